"""The engine: a patient's row and one fact, command or tick give the next row, its clocks and its ledger records.

Pure: `now` is given, nothing is read or written. The same input gives the same transitions with the same ids, however
the records are split into runs:

* what was due before a fact was recorded is decided first, with that due moment as its cause;
* then the fact is taken into the record and the patient is folded anew;
* a refused event, or its dismissal, only says whether something is missing.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from alerts.commands import KINDS, asked_at
from alerts.deciding import Rest, answer
from alerts.ledger import Cause, LedgerRecord, command_cause, due_cause, fact_cause, policy_cause, rulebook_cause
from alerts.lifecycle import AlertState, ClockFacts, Moment, step
from alerts.policy import Policy
from alerts.rungs import climb
from alerts.tiers import Thresholds, Verdict, View, tier_of
from stream.acting import escalations, longest_rest
from stream.clock import format_moment, parse_moment
from stream.due import change_days, next_due
from stream.facts.parse import fact_from_event
from stream.facts.record import Record
from stream.facts.units import Units
from stream.identity import Minted, mint
from stream.law.calendar import Calendar, CalendarReading
from stream.law.clock import Clock
from stream.law.evaluate import evaluate
from stream.law.fact import Fact, Ref, local_date
from stream.law.rulebook import Rulebook
from stream.published import known_then, stored_clock
from stream.publishing import publish
from stream.rebuild import is_rebuild, rebuilt
from stream.result import Result, joined
from stream.row import OpenClock, Row

INCOMPLETE: Final = {"refused": Record.refuse, "dismiss": Record.dismiss}
"""Commands that say something of a refused event of the patient."""


class Judged(msgspec.Struct, frozen=True, gc=False):
    """A clock with its id and the tier that holds."""

    clock: Clock
    clock_id: str
    verdict: Verdict


class Why(msgspec.Struct, frozen=True):
    """Why and when a patient is evaluated: `at` is the moment evaluated for, `now` when it is done."""

    at: datetime
    now: datetime
    cause: Cause
    due: datetime | None = None
    unverified: bool = False
    actor: str | None = None


class Engine:
    """Decides with one rulebook, calendar, unit file and alert policy.

    `pace` is how fast the law's clock runs against the wall: what is late is measured on the wall.
    """

    def __init__(self, rulebook: Rulebook, units: Units, policy: Policy, pace: float = 1.0) -> None:
        self.rulebook = rulebook
        self.units = units
        self.policy = policy
        self.late_after = timedelta(seconds=policy.late_after_seconds * pace)
        self.calendar = Calendar(units.closures, CalendarReading.of(rulebook.settings))
        parts = (rulebook.digest, units.digest, policy.digest)  # the policy last: see _new_rules
        self.digest = ".".join(hashlib.sha256(part.encode()).hexdigest()[:8] for part in parts)

    # -- what can happen to a patient

    def fact(self, row: Row | None, event: Mapping[str, Any], now: datetime) -> Result:
        """Take an accepted event, as it is kept in the facts topic."""
        return self.take(row, fact_from_event(event), now)

    def take(self, row: Row | None, fact: Fact, now: datetime) -> Result:
        """Take an accepted fact."""
        row = row or Row(fact.patient, Record())
        before = self._catch_up(row, min(now, fact.time), now)
        record = before.row.record.add(fact)
        if record == before.row.record:
            return before
        why = Why(now, now, fact_cause(fact.ref.source, fact.ref.id))
        return joined(before, self._evaluate(replace(before.row, record=record), why))

    def command(self, row: Row | None, command: Mapping[str, Any], now: datetime) -> Result:
        """Take a command about the patient.

        Staff act on an alert; a refused event is noted, or dismissed by name; or a row is rebuilt.
        """
        row = row or Row(command["patient"], Record())
        if is_rebuild(command):
            return self._rebuild(row, command, now)
        if command["kind"] in KINDS:
            return self._act(row, command, now)
        parse_moment(command["at"])  # a command without its moment is none
        note = INCOMPLETE.get(command["kind"])
        if note is None:
            return Result(row)
        record = note(row.record, Ref(command["source"], command["id"]))
        if record == row.record:
            return Result(row)
        # For the moment of the last evaluation: it moves no clock, and what has come due waits for its tick, as long as
        # events that came before may still be unread.
        why = Why(row.evaluated or now, now, command_cause(command["command_id"]), actor=command.get("actor"))
        return self._evaluate(replace(row, record=record), why)

    def tick(self, row: Row, now: datetime, *, upto: datetime | None = None, unverified: bool = False) -> Result:
        """Look at a patient because something is due; what is due up to `upto` is decided one after the other.

        `upto` (default: `now`) is the moment up to which all that was sent has been read.
        """
        return self._catch_up(row, min(upto or now, now), now, unverified=unverified)

    def refresh(self, row: Row, now: datetime) -> Result:
        """Evaluate a row anew because rulebook, units or policy changed: for just after its last evaluation.

        What fell due since then is decided afterwards, once what was sent meanwhile has been applied. The cause names
        the evaluation that it replaces, and no two are of one moment: who goes back to former rules and forth again
        makes transitions of their own, and readers do not drop them as repeats.
        """
        at = now if row.evaluated is None else min(now, row.evaluated + timedelta.resolution)
        return self._evaluate(row, Why(at, now, self._new_rules(row)))

    def _new_rules(self, row: Row) -> Cause:
        """Name what changed since the row was evaluated: the policy if it alone did, else the rulebook.

        A unit file counts as part of the rulebook: it says which days count.
        """
        replaced = "" if row.evaluated is None else f"/{format_moment(row.evaluated)}"
        before, present = row.digest.split("."), self.digest.split(".")
        if before[:-1] == present[:-1]:
            return policy_cause(f"{self.policy.version}/{self.digest}{replaced}")
        return rulebook_cause(f"{self.rulebook.version}/{self.digest}{replaced}")

    # -- how it is decided

    def _rebuild(self, row: Row, command: Mapping[str, Any], now: datetime) -> Result:
        """Put a refolded row in this one's place: evaluate it for the last moment that its ledger knows, then go on."""
        base = rebuilt(row, command)
        if base is None:
            return Result(row)
        cause, due = command.get("cause") or command_cause(command["command_id"]), command.get("due")
        at = min(now, base.evaluated or now)
        why = Why(at, now, cause, due and parse_moment(due), actor=command.get("actor"))
        first = self._evaluate(base, why)
        return joined(first, self._catch_up(first.row, now, now))

    def _act(self, row: Row, command: Mapping[str, Any], now: datetime) -> Result:
        """Decide on a command of staff: the one record that comes of it says accepted or refused, and why."""
        before = self._catch_up(row, min(now, asked_at(command) or now), now)
        moment = self._moment(None, Why(now, now, command_cause(str(command["command_id"]))))
        alerts, ledger = answer(before.row.alerts, command, moment, lambda state: self._rest(before.row, state, now))
        at = before.row.evaluated or now
        due = self._next_due(before.row, self.judged(before.row, at)[0], alerts, at)
        acted = replace(before.row, alerts=alerts, next_due=due)
        return joined(before, Result(acted, ledger=tuple(record.to_json() for record in ledger)))

    def _rest(self, row: Row, state: AlertState, now: datetime) -> Rest | None:
        """Return how long an alert may rest; None without a tier."""
        clocks = (each.clock for each in self.judged(row, now)[0] if each.clock_id == state.clock_id)
        clock = next(clocks, None)
        if clock is None or state.tier is None:
            return None
        return longest_rest(clock, state.tier, self.thresholds(clock), now, self.calendar)

    def _catch_up(self, row: Row, upto: datetime, now: datetime, *, unverified: bool = False) -> Result:
        result = Result(row)
        while (due := result.row.next_due) is not None and due <= upto:
            why = Why(due, now, due_cause(due), due, unverified)
            result = joined(result, self._evaluate(result.row, why))
        return result

    def judged(self, row: Row, at: datetime) -> tuple[list[Judged], tuple[Minted, ...]]:
        """Return the patient's clocks at an aware moment with their ids and tiers, and all ids ever minted."""
        clocks = evaluate(row.record.live(at), at, self.rulebook, self.calendar)
        ids, minted = mint(clocks, row.minted, row.record.succession())
        today = local_date(at)
        verdicts = [self.verdict(clock, today) for clock in clocks]
        return [Judged(*each) for each in zip(clocks, ids, verdicts, strict=True)], minted

    def stored(self, row: Row, judged: Judged, at: datetime) -> dict[str, Any]:
        """Return a judged clock in its stored form."""
        incomplete = row.record.incomplete(at)
        return stored_clock(judged.clock, judged.clock_id, judged.verdict, self.rulebook, incomplete=incomplete)

    def _evaluate(self, row: Row, why: Why) -> Result:
        judged, minted = self.judged(row, why.at)
        alerts, ledger = self._alerts(row, judged, why)
        stored = [self.stored(row, each, why.at) for each in judged]
        published, messages = publish(row, stored, self.rulebook, incomplete=row.record.incomplete(why.at))
        after = replace(
            row,
            minted=minted,
            alerts=alerts,
            published=published,
            open_clocks=tuple(self._counted(each, why) for each in judged if each.clock.state != "closed"),
            next_due=self._next_due(row, judged, alerts, why.at),
            evaluated=why.at,
            digest=self.digest,
        )
        return Result(after, messages, tuple(record.to_json() for record in ledger))

    def _next_due(
        self, row: Row, judged: Sequence[Judged], alerts: Mapping[str, AlertState], at: datetime
    ) -> datetime | None:
        today = local_date(at)
        clocks = (each.clock for each in judged)
        days = (day for each in clocks for day in change_days(each, self.thresholds(each), today, self.calendar))
        rests = (each.acts.snoozed_until for each in alerts.values())
        return next_due(days, today, row.record.pending(at), *(until for until in rests if until and until > at))

    def thresholds(self, clock: Clock) -> Thresholds:
        """Return from how many staffed days left each tier holds for the clock."""
        return self.policy.thresholds(clock.right, clock.unit)

    def verdict(self, clock: Clock, today: date) -> Verdict:
        """Return the tier that holds for a clock evaluated for `today` (a local date), and why."""
        view = View(
            right=clock.right,
            family=self.rulebook.rights[clock.right].family,
            state=clock.state,
            days_left=clock.days_left,
            staffed_days_left=clock.staffed_days_left,
            late_offer=clock.late_offer,
            timely_standing=bool(clock.timely_dates),
            timely_ahead=any(offered >= today for offered in clock.timely_dates),
        )
        return tier_of(view, self.thresholds(clock))

    def _alerts(self, row: Row, judged: Sequence[Judged], why: Why) -> tuple[dict[str, AlertState], list[LedgerRecord]]:
        now_there = {each.clock_id: each for each in judged}
        alerts: dict[str, AlertState] = {}
        ledger: list[LedgerRecord] = []
        registered = escalations(row, why.at)
        for clock_id in dict.fromkeys((*row.alerts, *now_there)):
            there = now_there.get(clock_id)
            facts = self._clock_facts(there, why) if there else None
            moment = self._moment(there, why)
            state, records = step(row.alerts.get(clock_id), facts, there.verdict if there else None, moment)
            ledger += records
            if state is not None:
                alerts[clock_id], rungs = climb(state, registered.get(state.pathway, ()), moment)
                ledger += rungs
        return alerts, ledger

    def _clock_facts(self, judged: Judged, why: Why) -> ClockFacts:
        clock = judged.clock
        return ClockFacts(
            clock_id=judged.clock_id,
            patient=clock.patient,
            pathway=clock.pathway,
            right=clock.right,
            line=clock.line,
            unit=clock.unit,
            region=self._region(clock, why),
            closed=clock.state == "closed",
        )

    def _region(self, clock: Clock, why: Why) -> str | None:
        return self.units.region(clock.unit, clock.closed_on or local_date(why.at))

    def _moment(self, judged: Judged | None, why: Why) -> Moment:
        # What became due while it was watched is never silent, however late it is decided.
        over = (local_date(why.now) - judged.clock.deadline).days if judged else 0
        late = why.due is not None and why.now - why.due > self.late_after
        return Moment(
            at=why.now,
            cause=why.cause,
            evaluated=why.at,
            rulebook=self.rulebook.version,
            policy=self.policy.version,
            due=why.due,
            late=late,
            unverified=why.unverified,
            actor=why.actor,
            silent=why.due is None and over > self.policy.silent_after_days,
            known=known_then(judged.clock) if judged else None,
        )

    def _counted(self, judged: Judged, why: Why) -> OpenClock:
        clock = judged.clock
        return OpenClock(clock.right, self._region(clock, why), judged.verdict.tier, clock.deadline.isoformat())
