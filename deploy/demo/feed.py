"""What the demo shows, as a feed: events with the moment at which each is to be sent, the same at every start."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from deploy.errors import BadInputError
from stream.clock import ClockSettingError, parse_moment
from stream.law.fact import local_date
from stream.simulate import line, simulate

SEED: Final = 1
BLOCK: Final = timedelta(days=28)
"""Pathways are told in blocks of so many days; `--pathways` says how many begin in one."""

HISTORY_BLOCKS: Final = 2
"""Blocks before the start: longer than the longest limit, so that every tier has its patients."""


class Item(NamedTuple):
    """An event and the moment (aware) at which it is sent; one before the start is sent at once."""

    at: datetime
    event: bytes


class _Told(NamedTuple):
    at: datetime
    patient: str
    event: bytes


def simulated(start: datetime, pathways: int) -> Iterator[Item]:
    """Give a simulated country without end: first what was recorded up to `start`, then everything in its time.

    Of the history, patients who are still under way come first: they have the clocks that run. One patient's events
    stay together, so that nobody is judged by half a history.
    """
    first = local_date(start) - HISTORY_BLOCKS * BLOCK
    told = sorted(each for number in range(HISTORY_BLOCKS) for each in _block(first, number, pathways))
    later = [each for each in told if each.at > start]
    under_way = {each.patient for each in later}
    history = [each for each in told if each.at <= start]
    history.sort(key=lambda each: (each.patient not in under_way, each.patient, each.at))
    yield from (Item(each.at, each.event) for each in history)
    yield from _onward(later, first, pathways)


def _onward(waiting: list[_Told], first: date, pathways: int) -> Iterator[Item]:
    for number in count(HISTORY_BLOCKS):
        waiting = sorted([*waiting, *_block(first, number, pathways)])
        until = first + (number + 1) * BLOCK
        yield from (Item(each.at, each.event) for each in waiting if local_date(each.at) < until)
        waiting = [each for each in waiting if local_date(each.at) >= until]


def _block(first: date, number: int, pathways: int) -> Iterator[_Told]:
    begins = first + number * BLOCK
    for event in simulate(pathways, SEED + number, begins, begins + BLOCK - timedelta(days=1)):
        yield _Told(parse_moment(event["time"]), event["partitionkey"], line(event).encode())


def from_file(path: Path) -> list[Item]:
    """Read an event file (JSON lines) in the order of `time`. Raises BadInputError.

    A line whose time cannot be read goes with the line before it: intake will say what is wrong with it.
    """
    try:
        lines = [text for text in path.read_bytes().splitlines() if text.strip()]
    except OSError as error:
        raise BadInputError(f"cannot read {path}: {error.strerror}") from error
    moments = list(_filled(recorded_at(text) for text in lines))
    if not moments:
        raise BadInputError(f"{path} has no event with a readable time; a line is one CloudEvent in JSON")
    return sorted(map(Item, moments, lines), key=lambda item: item.at)


def recorded_at(text: bytes) -> datetime | None:
    """Return when an event was recorded, else when it happened, or None where that cannot be read."""
    try:
        event: Any = msgspec.json.decode(text)
        return parse_moment(event.get("time") or event["data"]["occurred_at"])
    except (msgspec.DecodeError, ClockSettingError, AttributeError, KeyError, TypeError):
        return None


def _filled(moments: Iterable[datetime | None]) -> Iterator[datetime]:
    """Give every line a moment: its own, else that of the line before; the first ones that of the first known."""
    latest, waiting = None, 0
    for moment in moments:
        latest = moment or latest
        waiting += 1
        if latest is not None:
            yield from (latest for _ in range(waiting))
            waiting = 0
