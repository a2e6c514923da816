"""One waiting clock of the simulation: from the start of its limit over offers and answers to the start of care.

How it ends is drawn first, then the story that ends so is told. The days of the limits come from the rulebook.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stream.simulate.days import date_text, day_of
from stream.simulate.story import Story

REFUSALS: Final = ("postponed", "declined")
ROOM_FOR_TWO_DATES: Final = 4
"""Calendar days between the first offer and the start that a story with two dates needs."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A waiting clock with all its limits started. `nominal` is its deadline (ordinal) without pauses."""

    nominal: int
    purpose: str
    step: str
    said: Mapping[str, Any]
    """The step that closes it, with its fields."""
    interrupted: float


def wait(story: Story, clock: Wait) -> bool:
    """Tell the wait up to the start; False when the pathway ended before."""
    if story.world.happens(clock.interrupted):
        _interrupt(story, clock)
        return False
    if story.world.happens(story.chances.mistaken):
        _mistake(story, clock)
    fate = FATES[story.world.shape.outcome.pick(story.world.rng)]
    start = fate(story, clock)
    story.tell(clock.step, story.hour(start), **clock.said)
    return True


def _interrupt(story: Story, clock: Wait) -> None:
    first = day_of(story.latest)
    day = _choose(story, first + 1, clock.nominal)
    if day - first >= ROOM_FOR_TWO_DATES and story.world.happens(0.5):
        _offer(story, clock, first, day)
    story.end(story.hour(day), story.world.shape.interruption.pick(story.world.rng))


def _mistake(story: Story, clock: Wait) -> None:
    at = story.hour(day_of(story.latest))
    story.mistake(clock.step, at, story.world.days.after(day_of(at), story.world.rng.randint(1, 4)), **clock.said)


def _within(story: Story, clock: Wait) -> int:
    first = day_of(story.latest)
    start = _choose(story, first + 1 + (clock.nominal - first) // 3, clock.nominal)
    way = story.world.shape.way.pick(story.world.rng)
    offered_on = story.world.days.after(first, story.world.rng.randint(0, 2))
    if way == "no_offer" or offered_on >= start:
        return start
    if way in TWO_DATES and start - offered_on >= ROOM_FOR_TWO_DATES:
        TWO_DATES[way](story, clock, offered_on, start)
        return start
    place = story.world.shape.elsewhere.pick(story.world.rng) if way == "elsewhere" else "own"
    offer = _offer(story, clock, offered_on, start, place)
    if way != "unanswered":
        _answer(story, offer, start, "accepted")
    return start


def _moved_by_hospital(story: Story, clock: Wait, offered_on: int, start: int) -> None:
    offer = _offer(story, clock, offered_on, _choose(story, offered_on + 1, start - 1))
    moved_on = _choose(story, offered_on, start - 1)
    story.tell("date-cancelled", story.hour(moved_on), offer=offer, by="hospital", reason="capacity")
    _offer(story, clock, moved_on, start)


def _moved_by_patient(story: Story, clock: Wait, offered_on: int, start: int) -> None:
    offer = _offer(story, clock, offered_on, _choose(story, offered_on + 1, clock.nominal))
    refused_on = _choose(story, offered_on, start - 1)
    _refuse(story, offer, refused_on)
    _offer(story, clock, refused_on, start)


def _surgery_moved(story: Story, clock: Wait, offered_on: int, start: int) -> None:
    if clock.said.get("modality") != "surgery":
        _moved_by_hospital(story, clock, offered_on, start)
        return
    _offer(story, clock, offered_on, _choose(story, offered_on + 1, start - 1))
    moved = story.hour(_choose(story, offered_on, start - 2))
    story.tell("surgery-moved", moved, new_date=date_text(start))
    informed = story.hour(story.world.days.after(day_of(moved), story.world.rng.randint(0, 5)))
    story.tell_later("patient-informed", informed, about="rights")


def _vague_first(story: Story, clock: Wait, offered_on: int, start: int) -> None:
    _offer(story, clock, offered_on, start, concrete=False)
    _offer(story, clock, _choose(story, offered_on + 1, start - 1), start)


def _over_health(story: Story, clock: Wait) -> int:
    days, rng, first = story.world.days, story.world.rng, day_of(story.latest)
    paused = story.hour(_choose(story, first, clock.nominal))
    resumed = days.after(day_of(paused) + 4, rng.randint(1, 9))
    expected = {"expected_end": date_text(resumed)} if story.world.happens(0.6) else {}
    story.tell("wait-paused", paused, reason="health", documented=True, **expected)
    story.tell("wait-resumed", story.hour(resumed))
    moved = clock.nominal + resumed - day_of(paused)
    start = _choose(story, max(clock.nominal + 1, resumed), moved)
    if start > resumed:
        _offer(story, clock, resumed, start)
    return start


def _over_patient_wish(story: Story, clock: Wait) -> int:
    offer, day = _timely_offer(story, clock, "own")
    refused_on = _choose(story, day_of(story.latest), day)
    _refuse(story, offer, refused_on)
    start = _late_start(story, clock, 21)
    if story.world.happens(0.3):
        story.tell("wait-paused", story.hour(refused_on), reason="patient", documented=True)
    _offer(story, clock, refused_on, start)
    return start


def _over_capacity(story: Story, clock: Wait) -> int:
    start = _late_start(story, clock, 21)
    _offer(story, clock, day_of(story.latest), start)
    story.tell("escalated", story.hour(day_of(story.latest)), to="region", by="hospital")
    offer, day = _timely_offer(story, clock, story.world.shape.elsewhere.pick(story.world.rng))
    _answer(story, offer, day, "declined", reason="distance", documented=True)
    return start


def _not_complied(story: Story, clock: Wait) -> int:
    start = _late_start(story, clock, 13)
    if story.world.happens(0.6):
        _offer(story, clock, day_of(story.latest), start)
        story.tell("escalated", story.hour(day_of(story.latest)), to="hospital", by="unit")
    return start


def _timely_offer(story: Story, clock: Wait, place: str) -> tuple[str, int]:
    first = day_of(story.latest)
    offered_on = min(story.world.days.after(first, story.world.rng.randint(0, 2)), clock.nominal)
    day = _choose(story, min(offered_on + 1, clock.nominal), clock.nominal)
    return _offer(story, clock, offered_on, day, place), day


def _late_start(story: Story, clock: Wait, most: int) -> int:
    over = min(story.world.rng.randint(1, most), story.world.rng.randint(1, most))
    return story.world.days.on_or_after(max(clock.nominal, day_of(story.latest)) + over)


def _offer(story: Story, clock: Wait, on: int, day: int, place: str = "own", **said: Any) -> str:
    return story.tell(
        "date-offered",
        story.hour(on),
        **{"for": clock.purpose, "offered_date": date_text(day), "place": place, "concrete": True, **said},
    )


def _answer(story: Story, offer: str, before: int, answer: str, **said: Any) -> None:
    days, rng, first = story.world.days, story.world.rng, day_of(story.latest)
    day = min(days.after(first, rng.randint(0, 2)), max(first, before))
    if story.world.happens(story.chances.weekend_answer):
        day = min(days.saturday(day), max(first, before))
    story.tell("offer-answered", story.hour(day), offer=offer, answer=answer, **said)


def _refuse(story: Story, offer: str, on: int) -> None:
    rng, reason = story.world.rng, story.world.shape.reason.pick(story.world.rng)
    if story.world.happens(0.4):
        story.tell("date-cancelled", story.hour(on), offer=offer, by="patient", reason=reason)
        return
    answer = REFUSALS[int(rng.random() * len(REFUSALS))]
    story.tell("offer-answered", story.hour(on), offer=offer, answer=answer, reason=reason, documented=True)


def _choose(story: Story, first: int, last: int) -> int:
    return story.world.days.choose(story.world.rng, first, max(first, last))


FATES: Final[Mapping[str, Callable[[Story, Wait], int]]] = {
    "within": _within,
    "health": _over_health,
    "patient_wish": _over_patient_wish,
    "capacity": _over_capacity,
    "not_complied": _not_complied,
}
TWO_DATES: Final[Mapping[str, Callable[[Story, Wait, int, int], None]]] = {
    "moved_by_hospital": _moved_by_hospital,
    "moved_by_patient": _moved_by_patient,
    "surgery_moved": _surgery_moved,
    "vague_first": _vague_first,
}
