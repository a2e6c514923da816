"""The signs of one patient: a pure function of the facts that count, the clocks and the moment.

Every sign needs an open clock; closed ones are silent. Days are local dates of Europe/Copenhagen.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from stream.law.calendar import Calendar
from stream.law.clock import Clock
from stream.law.fact import Fact, Ref, local_date
from stream.law.fold import order
from stream.signs.settings import After, NoEvent, SignSettings, Within
from stream.signs.sign import Name, Sign

Watched = tuple[str, Clock]
"""A clock and its id."""


class _Case(NamedTuple):
    """One pathway with an open clock: its facts in the order of the fold, its open clocks, the most urgent first."""

    today: date
    facts: Sequence[Fact]
    clocks: Sequence[Watched]
    calendar: Calendar


class _Move(NamedTuple):
    """A hand-over of a clock from one unit to another."""

    fact: Ref | None
    from_unit: str
    to_unit: str


def signs(
    facts: Sequence[Fact], clocks: Sequence[Watched], moment: datetime, calendar: Calendar, settings: SignSettings
) -> tuple[Sign, ...]:
    """Return the signs of one patient at an aware moment.

    `facts` are those that count then, in any order; `clocks` are the patient's, evaluated for the moment's local date.
    """
    found: list[Sign] = []
    for case in _cases(facts, clocks, local_date(moment), calendar):
        for name, look in _LOOKS.items():
            setting = getattr(settings, name)
            if setting.on:
                found += look(case, setting)
    return tuple(found)


def _cases(facts: Sequence[Fact], clocks: Sequence[Watched], today: date, calendar: Calendar) -> Iterator[_Case]:
    ordered = order(facts)
    still_open = [each for each in clocks if each[1].state != "closed"]
    still_open.sort(key=lambda each: (each[1].deadline, each[0]))
    for pathway in sorted({clock.pathway for _, clock in still_open}):
        own = [fact for fact in ordered if fact.pathway == pathway]
        yield _Case(today, own, [each for each in still_open if each[1].pathway == pathway], calendar)


def _sign(name: Name, owner: str, at: Watched, since: date, **detail: str | int) -> Sign:
    clock_id, clock = at
    return Sign(name, clock.pathway, clock_id, clock.right, clock.unit, since, owner, detail)


def _no_event(case: _Case, setting: NoEvent) -> Iterator[Sign]:
    last = local_date(max(map(_heard_at, case.facts)))
    days = (case.today - last).days
    dated = all(any(day >= case.today for day in clock.timely_dates) for _, clock in case.clocks)
    if days < setting.days or _rests(case) or (dated and not setting.even_with_date):
        return
    yield _sign("no_event", setting.owner, case.clocks[0], last, days=days)


def _late_offer_unanswered(case: _Case, setting: After) -> Iterator[Sign]:
    for each in case.clocks:
        clock = each[1]
        waiting = [offer for offer in clock.offers if offer.standing and offer.answer is None]
        if not clock.late_offer or not waiting:
            continue
        first = min(waiting, key=lambda offer: (offer.made_on, offer.offered_date))
        if (case.today - first.made_on).days >= setting.days:
            offered = first.offered_date.isoformat()
            yield _sign("late_offer_unanswered", setting.owner, each, first.made_on, offered=offered)


def _pause_overrun(case: _Case, setting: After) -> Iterator[Sign]:
    pause = _open_pause(case.facts)
    end = _stated_end(pause)
    if pause is None or end is None or (case.today - end).days <= setting.days:
        return
    concerned = (each for each in case.clocks if any(note.fact == pause.ref for note in each[1].notes))
    for each in list(concerned)[:1]:
        yield _sign("pause_overrun", setting.owner, each, end, days=(case.today - end).days)


def _consent_without_date(case: _Case, setting: Within) -> Iterator[Sign]:
    dates = {fact.ref for fact in case.facts if fact.step == "surgery-moved" or fact.fields.get("concrete") is True}
    for each in case.clocks:
        clock = each[1]
        consent = next((limit for limit in clock.limits if limit.limit == "consent"), None)
        if consent is None or any(offer.ref in dates and not offer.withdrawn for offer in clock.offers):
            continue
        # Nobody books while the wait is paused of health reasons.
        counted_from = max([consent.started_on, *(end for _, end in consent.moved_by)])
        days = case.calendar.working_days_between(counted_from, case.today)
        if days > setting.working_days:
            yield _sign("consent_without_date", setting.owner, each, consent.started_on, working_days=days)


def _hand_over_without_receipt(case: _Case, setting: Within) -> Iterator[Sign]:
    there = {fact.ref: fact for fact in case.facts}
    for each in case.clocks:
        move = _last_move(each[1])
        hand_over = None if move is None or move.fact is None else there[move.fact]
        if move is None or hand_over is None or _is_received(case.facts, hand_over, move.to_unit):
            continue
        days = case.calendar.working_days_between(hand_over.on, case.today)
        if days > setting.working_days:
            detail: dict[str, str | int] = {"working_days": days, "from": move.from_unit}
            yield _sign("hand_over_without_receipt", setting.owner, each, hand_over.on, **detail)
            return


def _last_move(clock: Clock) -> _Move | None:
    """Return how the clock last came to another unit. An owner who takes over what it has was not handed anything."""
    notes = (note for note in clock.notes if note.rule == "transferred")
    moves = [_Move(note.fact, values["from"], values["to"]) for note in notes if (values := dict(note.values))]
    return next((move for move in reversed(moves) if move.from_unit != move.to_unit), None)


def _is_received(facts: Sequence[Fact], hand_over: Fact, unit: str) -> bool:
    """Tell whether the receiving unit has been heard of since; the hand-over itself, whoever sent it, is no receipt."""
    heard_at = _heard_at(hand_over)
    return any(fact.unit == unit and fact.ref != hand_over.ref and _heard_at(fact) >= heard_at for fact in facts)


def _heard_at(fact: Fact) -> datetime:
    """Return from when on a fact was known: what is registered late was still heard of that day."""
    return max(fact.time, fact.occurred_at)


def _open_pause(facts: Sequence[Fact]) -> Fact | None:
    """Return the pause that is open, of several the one that began last: who extends a pause sends another."""
    last: Fact | None = None
    for fact in facts:
        if fact.step in {"wait-paused", "wait-resumed"}:
            last = fact if fact.step == "wait-paused" else None
    return last


def _stated_end(pause: Fact | None) -> date | None:
    end = None if pause is None else pause.fields.get("expected_end")
    return end if isinstance(end, date) else None


def _rests(case: _Case) -> bool:
    """Tell whether the wait is paused until a day that has not gone by, so that nothing needs to happen."""
    end = _stated_end(_open_pause(case.facts))
    return end is not None and end >= case.today


_LOOKS: Final[Mapping[Name, Callable[[_Case, Any], Iterator[Sign]]]] = MappingProxyType(
    {
        "no_event": _no_event,
        "late_offer_unanswered": _late_offer_unanswered,
        "pause_overrun": _pause_overrun,
        "consent_without_date": _consent_without_date,
        "hand_over_without_receipt": _hand_over_without_receipt,
    }
)
