"""Promises of the ledger's records: the contract's fields, and identities that make repetition harmless."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from alerts.ledger import (
    LedgerRecord,
    alert_id_of,
    command_cause,
    due_cause,
    fact_cause,
    policy_cause,
    rulebook_cause,
    transition_id_of,
)

MIDNIGHT = datetime(2026, 2, 4, 23, 0, tzinfo=UTC)
RECORD = LedgerRecord(
    alert_id=alert_id_of("clock-1"),
    clock_id="clock-1",
    patient="k1:aa",
    pathway="k1:bb",
    right="cancer.treatment",
    line=1,
    unit="440781000016009",
    region="Midtjylland",
    kind="raised",
    from_tier=None,
    to_tier="plan",
    reason="staffed_days_left",
    at=MIDNIGHT + timedelta(seconds=1),
    due=MIDNIGHT,
    late=False,
    unverified=False,
    cause=due_cause(MIDNIGHT),
    actor=None,
    rulebook="2026-11",
    policy="2026-11",
)
CONTRACT_FIELDS = [
    "transition_id",
    "alert_id",
    "clock_id",
    "patient",
    "pathway",
    "right",
    "line",
    "unit",
    "region",
    "kind",
    "from",
    "to",
    "reason",
    "at",
    "due",
    "late",
    "unverified",
    "cause",
    "actor",
    "rulebook",
    "policy",
]


def test_a_record_has_exactly_the_contract_s_fields_in_its_order() -> None:
    assert list(RECORD.to_json()) == CONTRACT_FIELDS


def test_a_record_survives_json() -> None:
    assert json.loads(json.dumps(RECORD.to_json())) == RECORD.to_json()


def test_moments_are_written_in_utc_with_z() -> None:
    copenhagen = replace(RECORD, at=MIDNIGHT.astimezone(timezone(timedelta(hours=1))))
    assert copenhagen.to_json()["at"] == "2026-02-04T23:00:00Z"
    assert copenhagen.to_json()["due"] == "2026-02-04T23:00:00Z"


def test_a_record_without_a_due_moment_says_null() -> None:
    assert replace(RECORD, due=None).to_json()["due"] is None


def test_the_same_transition_computed_later_has_the_same_id() -> None:
    again = replace(RECORD, at=MIDNIGHT + timedelta(hours=2), late=True, unverified=True, unit=None, actor="x")
    assert again.transition_id == RECORD.transition_id


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "reopened"},
        {"to_tier": "act"},
        {"to_tier": None},
        {"alert_id": alert_id_of("clock-2")},
        {"cause": due_cause(MIDNIGHT + timedelta(days=1))},
        {"cause": fact_cause("urn:a", "1")},
    ],
)
def test_another_transition_has_another_id(change: dict[str, object]) -> None:
    assert replace(RECORD, **change).transition_id != RECORD.transition_id


def test_an_id_is_32_hexadecimal_digits() -> None:
    assert len(bytes.fromhex(transition_id_of("a", "closed", None, rulebook_cause("1")))) == 16


def test_ids_are_fixed_for_good() -> None:
    # They are kept in ledgers and rows for years: a change of the hash would orphan every open alert.
    assert alert_id_of("clock-1") == "c1aa3cf90f63c851de682773cbaac009"
    assert RECORD.transition_id == "14a66aef8fe600ae57efb77b904de708"


@pytest.mark.parametrize(
    ("cause", "written"),
    [
        (fact_cause("urn:a", "1"), {"fact": {"source": "urn:a", "id": "1"}}),
        (due_cause(MIDNIGHT), {"due": "2026-02-04T23:00:00Z"}),
        (command_cause("c-1"), {"command": "c-1"}),
        (rulebook_cause("2026-11"), {"rulebook": "2026-11"}),
        (policy_cause("2026-11"), {"policy": "2026-11"}),
    ],
)
def test_a_cause_is_one_key_that_says_its_kind(cause: dict[str, object], written: dict[str, object]) -> None:
    assert replace(RECORD, cause=cause).to_json()["cause"] == written
