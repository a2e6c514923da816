"""What happens to an alert twice for the same cause is no repeat: readers would drop the second warning."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from stream.reconcile.ledger import read_ledger
from stream.reconcile.seen import Kept
from stream.result import Result
from stream.row import Row
from tests.unit.engine.events import ENGINE, event, kept
from tests.unit.law.build import moment

CONSENT = {"line": "initial", "modality": "surgery"}
OFFER = {"for": "treatment", "offered_date": "2026-02-16", "place": "own", "concrete": True}


@dataclass
class Patient:
    """A row, and the ledger as it was written."""

    row: Row | None = None
    ledger: list[dict[str, Any]] = field(default_factory=list)

    def fact(self, kind: str, on: str, at: str, **data: Any) -> None:
        recorded = data.pop("recorded", at)
        self._keep(ENGINE.fact(self.row, kept(event(kind, on, recorded=recorded, **data)), moment(at)))

    def tick(self, at: str) -> None:
        assert self.row is not None
        self._keep(ENGINE.tick(self.row, moment(at)))

    def _keep(self, result: Result) -> None:
        self.row = result.row
        self.ledger += result.ledger

    @property
    def tiers(self) -> tuple[list[str | None], list[str | None]]:
        """Those of the row, and those of who reads the ledger."""
        assert self.row is not None
        told = read_ledger(Kept(n, msgspec.json.encode(each)) for n, each in enumerate(self.ledger))
        states = [each.state for each in told.alerts.values()]
        assert {each.clock_id: each.told for each in states} == {k: v.told for k, v in self.row.alerts.items()}
        return [each.tier for each in self.row.alerts.values()], [each.tier for each in states]


@pytest.fixture
def patient() -> Patient:
    return Patient()


def test_an_event_that_is_sent_again_with_another_date_warns_again(patient: Patient) -> None:
    patient.fact("consent-given", "2026-02-02", "2026-02-11T12:00", id="c", recorded="2026-02-11T10:00", **CONSENT)
    patient.fact("date-offered", "2026-02-11T12:10", "2026-02-11T12:15", id="o", **OFFER)
    assert patient.tiers == ([None], [None])
    patient.fact("consent-given", "2026-01-30", "2026-02-11T13:00", id="c", recorded="2026-02-11T09:59", **CONSENT)
    assert [each["to"] for each in patient.ledger] == ["refer", None, "refer"]
    assert patient.tiers == (["refer"], ["refer"])


def test_a_clock_that_ran_ahead_and_was_put_right_warns_again_when_it_is_time(patient: Patient) -> None:
    patient.fact("consent-given", "2026-02-02", "2026-02-02T13:00", id="c", **CONSENT)
    patient.tick("2026-03-20")
    patient.fact("patient-informed", "2026-02-03T09:00", "2026-02-03T09:05", id="i", about="rights")
    assert patient.tiers == ([None], [None])
    for day in ("2026-02-05", "2026-02-09", "2026-02-11", "2026-02-13", "2026-02-17"):
        patient.tick(f"{day}T00:00")
        row, readers = patient.tiers
        assert row == readers
    assert row == ["passed"]


def test_computed_again_from_the_same_row_it_is_the_same(patient: Patient) -> None:
    patient.fact("consent-given", "2026-02-02", "2026-02-02T13:00", id="c", **CONSENT)
    patient.tick("2026-03-20")
    patient.fact("patient-informed", "2026-02-03T09:00", "2026-02-03T09:05", id="i", about="rights")
    assert patient.row is not None
    once, again = (ENGINE.tick(patient.row, moment("2026-02-05")).ledger for _ in range(2))
    assert once == again != ()
