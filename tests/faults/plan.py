"""What a fault run sends: a simulated feed, cut into steps of a steered clock. Pure; one seed, one plan.

Nothing falls due within a local day but at its beginning, so a step ends with a day, and facts, ticks and commands of
that day may arrive in any order: the ledger must come out the same. Added to the feed:

* repeats of what was sent before, anywhere;
* broken events, refused by name, and for half of them a dismissal by name;
* the two nights on which the clocks are put forward and back, in several steps;
* one jump of the clock over months, and one back over a midnight.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from stream.clock import format_moment
from stream.law.fact import COPENHAGEN
from stream.simulate import simulate

Event = dict[str, Any]

SPRING = (date(2026, 3, 16), date(2026, 3, 31))
AUTUMN = (date(2026, 10, 12), date(2026, 11, 27))
NIGHTS = frozenset({date(2026, 3, 29), date(2026, 10, 25)})
"""Local dates with 23 and with 25 hours."""

REPEATED, BROKEN, DISMISSED = 0.15, 0.02, 0.5


@dataclass(frozen=True)
class Step:
    """At what moment the clock stands, and what is sent meanwhile."""

    now: datetime
    events: tuple[Event, ...] = ()
    commands: tuple[Event, ...] = ()
    is_full: bool = False
    """Whether facts, commands and ticks are known to meet in it on the same patients: see `feed`."""


def long_plan(seed: int, pathways: int) -> list[Step]:
    """Return some weeks of a spring and an autumn without a holiday, with the jumps of the clock between them."""
    chance = Random(seed)
    spring = list(simulate(pathways // 2, seed, *SPRING))
    autumn = [_renamed(each) for each in simulate(pathways, seed + 1, *AUTUMN)]
    first = salted(cut(spring, moments(*SPRING)), chance)
    back = replace(_back(first), now=first[-1].now - timedelta(days=1, hours=3))
    jump = Step(_end_of(AUTUMN[0] - timedelta(days=1)))
    second = salted(cut(autumn, moments(*AUTUMN)), chance)
    return [*first, back, jump, *second]


def short_plan(seed: int, pathways: int, days: int = 4) -> list[Step]:
    """Return some days around the night on which the clocks are put back."""
    feed = list(simulate(pathways, seed, date(2026, 10, 19), date(2026, 10, 27)))
    first = date(2026, 10, 27) - timedelta(days=days - 1)
    return salted(cut(feed, moments(first, date(2026, 10, 27))), Random(seed))


def moments(first: date, last: date) -> list[datetime]:
    """Return the moments at which the clock is put between two local dates, both included."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [moment for day in days for moment in (*(_night(day) if day in NIGHTS else ()), _end_of(day))]


def cut(feed: Iterable[Event], at: Sequence[datetime]) -> list[Step]:
    """Give each moment the events recorded up to it and not before; what comes later is left out."""
    waiting = sorted(((datetime.fromisoformat(each["time"]), each) for each in feed), key=lambda each: each[0])
    steps = []
    for now in at:
        events = [each for recorded, each in waiting if recorded <= now]
        waiting = waiting[len(events) :]
        steps.append(Step(now, tuple(events)))
    return steps


def salted(steps: Iterable[Step], chance: Random) -> list[Step]:
    """Add repeats, broken events and dismissals."""
    sent: list[Event] = []
    salted_steps = []
    for step in steps:
        events: list[Event] = []
        commands: list[Event] = []
        for event in step.events:
            events.append(event)
            sent.append(event)
            if chance.random() < REPEATED:
                events.append(chance.choice(sent))
            if chance.random() < BROKEN:
                events.append(broken(event))
                if chance.random() < DISMISSED:
                    commands.append(dismissal(events[-1], step.now))
        salted_steps.append(Step(step.now, tuple(events), tuple(commands)))
    return salted_steps


def broken(event: Event) -> Event:
    """Return an event of the same patient that intake refuses, under a name of its own."""
    return {**event, "id": f"{event['id']}-broken", "data": {**event["data"], "occurred_at": "yesterday"}}


def dismissal(event: Event, at: datetime) -> Event:
    """Return the command of a named person that a refused event is not needed."""
    name = f"{event['source']} {event['id']}"
    return {
        "command_id": sha256(name.encode()).hexdigest()[:32],
        "kind": "dismiss",
        "actor": "urn:test:someone",
        "at": format_moment(at),
        "patient": event["partitionkey"],
        "pathway": event["subject"],
        "source": event["source"],
        "id": event["id"],
        "reason": "not_relevant",
    }


def _back(steps: Sequence[Step]) -> Step:
    """Repeats, and each patient's first dismissal: one cause each, or it would be a matter of chance which acts."""
    repeats = [event for step in steps for event in step.events if not event["id"].endswith("-broken")][::20]
    refused = {event["partitionkey"]: event for step in steps for event in step.events if "-broken" in event["id"]}
    dismissed = {(each["source"], each["id"]) for step in steps for each in step.commands}
    left = [event for event in refused.values() if (event["source"], event["id"]) not in dismissed]
    now = steps[-1].now
    return Step(now, tuple(repeats), tuple(dismissal(event, now - timedelta(days=1, hours=3)) for event in left))


def _night(day: date) -> Iterator[datetime]:
    """Shortly before, between and after the two times that the local clock shows, or leaves out."""
    start = datetime.combine(day, time(0, 30), COPENHAGEN).timestamp()
    yield from (datetime.fromtimestamp(start + 3600 * hours, COPENHAGEN) for hours in (0, 1.5, 2.25, 3))


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), COPENHAGEN)


def _renamed(event: Event) -> Event:
    """The second feed is about other people: names are drawn from the seed alone."""
    return {**event, "subject": f"{event['subject']}s", "partitionkey": f"{event['partitionkey']}s"}
