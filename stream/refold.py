"""Refolding: the row that a patient's events leave behind, evaluated as seldom as the ids allow.

The engine evaluates a patient after each event; an id is minted when a clock first appears, so the order of arrival
decides it. Most events come in order, though, and then an evaluation at the end mints the same ids: an event that
happened after all others adds to lines and opens new ones, and takes nothing back. So an evaluation is needed only
*before* an event that may change what was already folded (`_disturbs`).
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

import msgspec

from stream.clock import parse_moment
from stream.engine import INCOMPLETE, Engine, Judged
from stream.facts.record import RETRACTION, Record
from stream.law.fact import REFERRAL_TAKEN_OVER, Fact, Ref
from stream.law.rulebook import Rulebook
from stream.row import Row

DIAGNOSIS: Final = "diagnosis-set"
REFERRAL: Final = "referral-received"
_MOVE_LINES: Final = frozenset({DIAGNOSIS, "right-excluded", "pathway-ended", REFERRAL_TAKEN_OVER, "surgery-moved"})


class Refold:
    """The events of one patient in the order of arrival, seen from one aware moment."""

    def __init__(self, engine: Engine, patient: str, at: datetime) -> None:
        self._engine = engine
        self._rulebook = engine.rulebook
        self.patient = patient
        self._at = at
        self._record = Record()
        self._minted: tuple[Any, ...] = ()
        self._waiting: list[Fact] = []
        self._known: set[Ref] = set()
        self._latest: tuple[Any, ...] = ()
        self._named: dict[str, str | None] = {}
        self._excluded: set[str] = set()
        self._failure: Exception | None = None

    def take(self, fact: Fact) -> None:
        """Take the next fact."""
        counts = fact.time <= self._at and fact.occurred_at <= self._at
        if counts and self._disturbs(fact):
            self._evaluate()
        self._waiting.append(fact)
        self._known.add(fact.ref)
        if counts and not _is_inert(self._rulebook, fact.step):
            self._latest = max(self._latest, fact.sort_key)

    def command(self, command: Mapping[str, Any]) -> None:
        """Take a command; it marks the record and moves no clock. Raises for one that the worker could not decide."""
        parse_moment(command["at"])
        if not isinstance(command["command_id"], str):
            raise TypeError
        note = INCOMPLETE.get(command["kind"])
        if note is not None:
            self._record = note(self._record, Ref(command["source"], command["id"]))

    def judged(self) -> tuple[Row, list[Judged]]:
        """Return the patient's record and ids, and its clocks. Raises what the engine raised."""
        if self._failure is not None:
            raise self._failure
        self._settle()
        row = Row(self.patient, self._record, self._minted)
        judged, self._minted = self._engine.judged(row, self._at)
        return msgspec.structs.replace(row, minted=self._minted), judged

    def _settle(self) -> None:
        if self._waiting:
            self._record = self._record.add(*self._waiting)
            self._waiting = []

    def _evaluate(self) -> None:
        if self._waiting and self._failure is None:
            try:
                self.judged()
            except Exception as error:  # noqa: BLE001 - `judged` raises it: who feeds records has other patients too
                self._failure = error

    def _disturbs(self, fact: Fact) -> bool:
        """Tell whether the fact may change what earlier ones were folded to: ids stand as of before it."""
        if fact.ref in self._known or fact.step == RETRACTION or fact.supersedes is not None:
            return True
        disturbs = self._names_pathway_anew(fact) | self._excludes(fact)
        if _is_inert(self._rulebook, fact.step):
            return disturbs
        ends = self._rulebook.rules_for(fact.step).ends
        return disturbs or fact.sort_key < self._latest or any(pattern.matches(fact) for _, _, pattern in ends)

    def _names_pathway_anew(self, fact: Fact) -> bool:
        """Tell whether the fact changes the condition of its pathway, and with it the meaning of what came before."""
        condition = self._rulebook.conditions.get(fact.fields.get("condition", ""))
        if fact.step != REFERRAL or condition is None or not condition.names_pathway:
            self._named.setdefault(fact.pathway, None)
            return False
        name: str = fact.fields["condition"]
        return self._named.setdefault(fact.pathway, name) != name

    def _excludes(self, fact: Fact) -> bool:
        """Tell whether the fact is a diagnosis that takes rights away, or may give them back."""
        if fact.step != DIAGNOSIS:
            return False
        code = fact.fields.get("code") or ""
        if any(code.startswith(exclusion.diagnosis) for exclusion in self._rulebook.exclusions):
            self._excluded.add(fact.pathway)
        return fact.pathway in self._excluded


@cache
def _is_inert(rulebook: Rulebook, step: str) -> bool:
    """Tell whether a step opens, starts and ends no line of any right, so that it may come in any order."""
    rules = rulebook.rules_for(step)
    if step in _MOVE_LINES or rules.starts or rules.ends or rules.untils:
        return False
    # A right that opens a line at each start does not ask what closed the line before.
    return all(right.lines == "each_start" for right, _ in rules.closes)
