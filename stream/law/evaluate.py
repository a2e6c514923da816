"""Evaluation: the facts of one patient, a moment, a rulebook and a calendar give the patient's clocks."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from stream.law.calendar import Calendar
from stream.law.clock import Clock, Limit, LimitName, Note, Outcome
from stream.law.fact import Fact, Ref, local_date
from stream.law.fold import fold, order
from stream.law.line import Line
from stream.law.offers import earliest_standing, timely
from stream.law.outcome import outcome_of, state_of
from stream.law.pathway import PathwayFold
from stream.law.pauses import Running, move
from stream.law.rulebook import LimitRule, Right, Rulebook

LIMIT_ORDER: Final[tuple[LimitName, ...]] = ("consent", "referral", "inform")
"""Among limits of the same deadline the first one binds."""


def evaluate(facts: Sequence[Fact], now: datetime, rulebook: Rulebook, calendar: Calendar) -> list[Clock]:
    """Return the clocks of one patient's live facts at an aware moment.

    The facts come in any order; those that happen or were recorded after `now` must have been left out. The clocks
    are ordered by pathway, right and line. Dates are local dates of Europe/Copenhagen.
    """
    today, ordered = local_date(now), order(facts)
    clocks = []
    for pathway, folded in fold(facts, rulebook).items():
        own = [fact for fact in ordered if fact.pathway == pathway]
        condition, package, residence = _first_said(own, "condition", "package", "residence")
        evaluation = _Evaluation(folded, condition, package, residence, today, calendar)
        for lines in folded.lines.values():
            clocks += [evaluation.clock(line) for line in lines if line.limits]
    return sorted(clocks, key=lambda clock: (clock.pathway, clock.right, clock.line))


class _Evaluation(msgspec.Struct, frozen=True, gc=False):
    """One pathway on one day."""

    folded: PathwayFold
    condition: str | None
    package: str | None
    residence: str | None
    today: date
    calendar: Calendar

    def clock(self, line: Line) -> Clock:
        right, closing, calendar = line.right, line.closing, self.calendar
        until = closing.on if closing is not None else self.today
        limits = tuple(self.limit(right, name, line.limits[name], until) for name in LIMIT_ORDER if name in line.limits)
        binding = min(limits, key=lambda limit: limit.deadline)
        deadline, nominal = binding.deadline, min(limit.nominal_deadline for limit in limits)
        outcome = outcome_of(closing, nominal, deadline, line.offers) if closing is not None else None
        offered, timely_dates = earliest_standing(line.offers), timely(line.offers, deadline)
        target = calendar.target(deadline, line.unit)
        return Clock(
            right=right.id,
            patient=line.opened_by.patient,
            pathway=line.opened_by.pathway,
            line=line.number,
            condition=self.condition,
            package=self.package,
            residence=self.residence,
            unit=line.unit,
            limits=limits,
            binding=binding.limit if binding.limit != "inform" else None,
            started_on=min(limit.started_on for limit in limits),
            deadline=deadline,
            nominal_deadline=nominal,
            target=target,
            days_left=days_between(right.day_unit, self.today, deadline, calendar),
            staffed_days_left=calendar.staffed_days_left(self.today, target, line.unit),
            state=state_of(line, self.today, deadline, paused=binding.pausing),
            outcome=outcome,
            days_over=days_over(right.day_unit, outcome, until, nominal if closing else deadline, calendar),
            closed_on=closing.on if closing is not None else None,
            offered_date=offered,
            late_offer=offered is not None and not timely_dates,
            timely_dates=timely_dates,
            offers=tuple(offer.frozen() for offer in line.offers),
            starts=tuple(line.starts),
            facts=_facts_of(line, self.folded, limits),
            notes=_notes_of(line, self.folded),
            opened_at=line.opened_by.time,
        )

    def limit(self, right: Right, name: LimitName, fact: Fact, until: date) -> Limit:
        """Return a started limit, moved by the pauses up to `until`."""
        settings = self.folded.rulebook.settings
        running = self.running(right, right.limits[name], fact.on)
        pauses = self.folded.pauses if right.pauses else ()
        moved = move(running, pauses, until, str(settings["pause"]))
        rolls = settings["roll"] == "next_working_day" and right.day_unit == "calendar"
        return Limit(
            limit=name,
            started_on=fact.on,
            days=running.days,
            deadline=self.calendar.next_working_day(moved.deadline) if rolls else moved.deadline,
            nominal_deadline=self.calendar.next_working_day(running.nominal) if rolls else running.nominal,
            started_by=fact.ref,
            moved_by=moved.spans,
            pausing=moved.running,
        )

    def running(self, right: Right, rule: LimitRule, started_on: date) -> Running:
        """Count the days of a limit; the start day is day 0."""
        days = rule.days_for(started_on)
        if right.day_unit == "working":
            return Running(started_on, days, self.calendar.add_working_days(started_on, days))
        return Running(started_on, days, started_on + timedelta(days=days))


def _first_said(facts: Sequence[Fact], *names: str) -> list[str | None]:
    """Return the first that a pathway's facts say of each thing."""
    said: dict[str, str] = {}
    for fields in (fact.fields for fact in facts):
        for name in names:
            if name not in said and fields.get(name):
                said[name] = fields[name]
    return [said.get(name) for name in names]


def days_between(day_unit: str, today: date, deadline: date, calendar: Calendar) -> int:
    """Return the days from `today` to the deadline in the right's day unit; negative when it lies behind."""
    if day_unit == "working":
        return calendar.working_days_between(today, deadline)
    return (deadline - today).days


def days_over(day_unit: str, outcome: Outcome | None, until: date, deadline: date, calendar: Calendar) -> int:
    """Return the days over in the right's day unit, never below 0; none for what is not covered."""
    if outcome == "not_covered":
        return 0
    return max(0, days_between(day_unit, deadline, until, calendar))


def _facts_of(line: Line, folded: PathwayFold, limits: Sequence[Limit]) -> tuple[Ref, ...]:
    """All facts that made the clock what it is, each once, in the order of their effect."""
    spans = {begin for limit in limits for begin, _ in limit.moved_by}
    pauses = [pause for pause in folded.pauses if pause.counts and spans]
    refs = [note.fact for note in line.notes if note.fact is not None]
    refs += [ref for offer in line.offers for ref in (offer.ref, *offer.heard)]
    refs += [fact.ref for pause in pauses for fact in (pause.fact, pause.resumed_by) if fact is not None]
    return tuple(dict.fromkeys(refs))


def _notes_of(line: Line, folded: PathwayFold) -> tuple[Note, ...]:
    notes = list(line.notes)
    for pause in folded.pauses if line.right.pauses else ():
        values = (("reason", str(pause.fact.fields.get("reason", ""))), ("counts", str(pause.counts).lower()))
        notes.append(Note(pause.begin, "pause", pause.fact.ref, values))
        if pause.resumed_by is not None and pause.end is not None:
            notes.append(Note(pause.end, "resume", pause.resumed_by.ref))
    return tuple(sorted(notes, key=lambda note: note.on))
