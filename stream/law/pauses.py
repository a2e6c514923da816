"""Pauses: how a documented health pause moves a limit."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import msgspec

from stream.law.fact import Fact


class Pause(msgspec.Struct, gc=False):
    """A pause of a pathway, from one local date to another; open while `end` is None."""

    fact: Fact
    begin: date
    end: date | None = None
    resumed_by: Fact | None = None

    @property
    def counts(self) -> bool:
        """Only a documented health pause moves a limit."""
        return self.fact.fields.get("reason") == "health" and self.fact.fields.get("documented") is True


class Running(msgspec.Struct, frozen=True, gc=False):
    """A limit before the pauses: its start, its days and its deadline without pauses."""

    started_on: date
    days: int
    nominal: date


class Moved(msgspec.Struct, frozen=True, gc=False):
    """A limit after the pauses: its deadline, the half-open spans that moved it, and whether one still runs."""

    deadline: date
    spans: tuple[tuple[date, date], ...]
    running: bool


def move(limit: Running, pauses: Sequence[Pause], until: date, effect: str) -> Moved:
    """Move a limit by its pauses.

    `until` is the local date of the close, or today: an open pause counts as if it ended then. A pause that begins
    after the limit's deadline, as moved so far, moves nothing. Days are counted once (the union of the pauses).
    `effect` is the rulebook's setting: remaining_days, restart (all days run again), none.
    """
    deadline, covered_to = limit.nominal, limit.started_on
    spans: list[tuple[date, date]] = []
    used: list[Pause] = []
    if effect == "none":
        return Moved(limit.nominal, (), running=False)
    for pause in sorted((pause for pause in pauses if pause.counts), key=lambda each: each.begin):
        end = min(pause.end or until, until)
        if pause.begin > deadline or pause.begin > until or (pause.end is not None and end <= limit.started_on):
            continue
        used.append(pause)
        begin = max(pause.begin, covered_to)
        if end > begin:
            deadline = end + timedelta(days=limit.days) if effect == "restart" else deadline + (end - begin)
            spans.append((begin, end))
            covered_to = end
    running = any(pause.end is None for pause in used)
    return Moved(deadline, tuple(spans), running)


def resume(pauses: Iterable[Pause], fact: Fact) -> None:
    """End every open pause."""
    for pause in pauses:
        if pause.end is None:
            pause.end, pause.resumed_by = fact.on, fact
