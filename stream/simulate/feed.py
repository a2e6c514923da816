"""The feed: all pathways of the simulated country as one stream of events in order of `time`.

Only pathways that are under way are held: a story is told when it begins, its events wait on a heap for their turn.
"""

import heapq
import json
from collections import deque
from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any, Final

from stream.facts.markers import Markers
from stream.facts.units import Units
from stream.law.calendar import Calendar
from stream.law.rulebook import Rulebook
from stream.simulate.chapters import CHAPTERS
from stream.simulate.days import Days, hour
from stream.simulate.register import Register
from stream.simulate.shape import Shape, published_shape
from stream.simulate.sites import Site, Sites
from stream.simulate.story import Story, Told, World

REMEMBERED_PATIENTS: Final = 500
"""Patients who may get a second pathway: those of the latest beginnings."""

Waiting = tuple[int, int, Story, list[Told]]
"""The time of a story's next event, the story's number, the story and its events, the next one last."""


class SimulationError(ValueError):
    """The simulation cannot run as asked. The message says what to give instead."""


def simulate(pathways: int, seed: int, start: date, end: date, shape: Shape | None = None) -> Iterator[dict[str, Any]]:
    """Return synthetic CloudEvents in order of `time`, shaped by the published figures or another shape.

    The pathways begin evenly on the ordinary working days from `start` to `end` (local dates, both included), or on
    all days where there is no working day; each runs on until it is over, so events go on for some months after
    `end`. The same arguments give the same events. Raises SimulationError.
    """
    if pathways < 0:
        raise SimulationError(f"cannot simulate {pathways} pathways; give 0 or more")
    if end < start:
        raise SimulationError(f"the last day {end} lies before the first day {start}; swap them")
    return _events(_world(seed, start, shape or published_shape()), pathways, start.toordinal(), end.toordinal())


def line(event: dict[str, Any]) -> str:
    """Write an event as one JSON line, the same bytes for the same event (without the line end)."""
    return json.dumps(event, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _world(seed: int, start: date, shape: Shape) -> World:
    units, rulebook = Units.load(), Rulebook.load()
    limits = {
        name: {limit: rule.days_for(start) for limit, rule in right.limits.items()}
        for name, right in rulebook.rights.items()
    }
    listed = [
        (unit, hospital, units.region_of[hospital]) for unit in units if (hospital := units.hospital(unit, start))
    ]
    return World(
        seed=seed,
        rng=Random(seed),  # noqa: S311 - a simulation, not a secret
        shape=shape,
        days=Days(Calendar(units.closures)),
        limits=limits,
        sites=Sites(listed, shape.regions, shape.chances.marker_hospitals),
        units=units,
        register=Register(Markers.load(), start, rulebook.default_condition),
    )


def _events(world: World, pathways: int, start: int, end: int) -> Iterator[dict[str, Any]]:
    running: list[Waiting] = []
    known: deque[tuple[str, Site]] = deque(maxlen=REMEMBERED_PATIENTS)
    for number, begins in enumerate(_beginnings(world, pathways, start, end), start=1):
        yield from _until(running, begins)
        story = _tell(world, number, begins, known)
        told = story.finish()
        heapq.heappush(running, (told[-1].time, number, story, told))
    yield from _until(running, None)


def _beginnings(world: World, pathways: int, start: int, end: int) -> Iterator[int]:
    """Give the moments at which pathways begin, in order: the same number on every working day, give or take one."""
    days = world.days.between(start, end) or list(range(start, end + 1))
    for index, day in enumerate(days):
        number = (index + 1) * pathways // len(days) - index * pathways // len(days)
        yield from sorted(hour(world.rng, day, 0) for _ in range(number))


def _until(running: list[Waiting], moment: int | None) -> Iterator[dict[str, Any]]:
    """Give the events recorded before the moment, or all."""
    while running and (moment is None or running[0][0] < moment):
        _, number, story, told = running[0]
        yield story.event(told.pop())
        if told:
            heapq.heapreplace(running, (told[-1].time, number, story, told))
        else:
            heapq.heappop(running)


def _tell(world: World, number: int, begins: int, known: deque[tuple[str, Site]]) -> Story:
    rng = world.rng
    again = len(known) > 0 and world.happens(world.shape.chances.second_pathway)
    patient, site = _someone(rng, known) if again else (_pseudonym(rng), world.sites.pick(rng))
    unit = site.units[int(rng.random() * len(site.units))]
    story = Story(world, number, patient, _pseudonym(rng), site, unit, begins, only=not again)
    CHAPTERS[world.shape.pathway.pick(rng)](story)
    if not again and not story.patient_gone:
        known.append((patient, site))
    return story


def _someone(rng: Random, known: deque[tuple[str, Site]]) -> tuple[str, Site]:
    index = int(rng.random() * len(known))
    someone = known[index]
    del known[index]
    return someone


def _pseudonym(rng: Random) -> str:
    """Return a reference of 32 hexadecimal digits in one run: a CPR number never has that form."""
    return f"k1:{rng.getrandbits(128):032x}"
