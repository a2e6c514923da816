from typing import Any

import msgspec
import pytest

from stream.rebuild import is_rebuild, rebuilt
from stream.reconcile import remedy as remedies
from stream.reconcile.differences import Kind
from stream.reconcile.seen import Kept
from stream.row import Published, Row, RowFormatError
from stream.worker.names import ACTIONS, FACTS
from tests.unit.engine.events import ENGINE, event
from tests.unit.law.build import SOURCE
from tests.unit.reconcile.patient import Patient


@pytest.fixture
def patient() -> Patient:
    """Two lines of work-up; an id that only the order of arrival explains; warnings."""
    patient = Patient("2026-02-02")
    patient.happens(event("referral-received", "2026-02-02", purpose="workup", condition="cancer", id="r"))
    patient.happens(
        event("referral-received", "2026-02-01", purpose="workup", condition="cancer", id="s", supersedes="r")
    )
    patient.told("refused", source="urn:h", id="1")
    for day in ("2026-02-05 00:30", "2026-02-09 00:30"):
        patient.looked_at(day)
    return patient


def garble(patient: Patient) -> None:
    patient.seen.row = patient.seen.row[:50] + b"\xc1garbage"


def test_a_garbled_row_comes_back_as_it_was_but_for_its_revisions(patient) -> None:
    before, ledger = patient.row, len(patient.seen.ledger)
    garble(patient)
    folded = patient.mend()
    after = patient.row
    assert (after.record, after.minted, after.alerts) == (before.record, before.minted, before.alerts)
    assert (after.next_due, after.open_clocks) == (before.next_due, before.open_clocks)
    assert (folded.rebuilds, len(patient.seen.ledger), patient.kinds()) == (["done"], ledger, set())


def test_readers_take_what_is_published_again_for_newer(patient) -> None:
    before = msgspec.json.decode(patient.seen.clocks["pw-1"].value)["revision"]
    garble(patient)
    patient.mend()
    assert msgspec.json.decode(patient.seen.clocks["pw-1"].value)["revision"] == before + 1


def test_an_id_is_the_one_that_the_order_of_arrival_gives_and_not_the_first_fact(patient) -> None:
    garble(patient)
    patient.mend()
    assert patient.row.minted[0].starts[0] == (SOURCE, "r")


def test_a_transition_that_the_ledger_lost_is_written_again_under_its_id(patient) -> None:
    lost = transition(patient.seen.ledger.pop())
    assert patient.kinds() == {Kind.LEDGER_MISSING}
    patient.mend()
    again = transition(patient.seen.ledger[-1])
    assert (again["transition_id"], again["at"], patient.kinds()) == (lost["transition_id"], lost["at"], set())


def test_one_of_several_transitions_by_one_fact_is_written_again_under_its_id() -> None:
    patient = Patient("2026-02-14")
    patient.happens(
        event("referral-received", "2026-02-02", purpose="workup", condition="cancer", recorded="2026-02-14")
    )
    ids = [transition(each)["transition_id"] for each in patient.seen.ledger]
    del patient.seen.ledger[0]
    patient.mend()
    assert len(ids) == 2
    assert sorted(transition(each)["transition_id"] for each in patient.seen.ledger) == sorted(ids)


def acted(patient: Patient, kind: str, **fields: Any) -> None:
    (state,) = [each for each in patient.row.alerts.values() if each.right == "cancer.workup"]
    patient.told(kind, alert_id=state.alert_id, **fields)


def test_a_garbled_row_comes_back_with_what_staff_did(patient) -> None:
    patient.happens(event("escalated", "2026-02-09T00:30", to="region", by="unit"))
    acted(patient, "snooze", until="2026-02-09T10:00:00+01:00", reason="other")
    acted(patient, "watch")
    before = patient.row
    assert patient.kinds() == set()
    garble(patient)
    patient.mend()
    assert (patient.row.alerts, patient.row.next_due, patient.kinds()) == (before.alerts, before.next_due, set())


def test_a_snooze_that_was_taken_back_leaves_no_moment_behind(patient) -> None:
    acted(patient, "snooze", until="2026-02-09T10:00:00+01:00", reason="other")
    acted(patient, "hand-over", to="ml")
    assert patient.kinds() == set()


def test_an_act_that_the_ledger_does_not_tell_is_found(patient) -> None:
    acted(patient, "acknowledge")
    patient.seen.ledger.pop()
    assert patient.kinds() == {Kind.ROW_ALERT}


def transition(record: Kept) -> dict[str, Any]:
    return msgspec.json.decode(record.value)


def test_an_alert_of_which_the_ledger_knows_nothing_is_raised_again(patient) -> None:
    tiers = [state.tier for state in patient.row.alerts.values()]
    patient.seen.ledger.clear()
    patient.mend()
    assert [transition(each)["to"] for each in patient.seen.ledger] == tiers
    assert patient.kinds() == set()


def test_a_look_that_nobody_took_is_taken(patient) -> None:
    patient.clock.moment = patient.clock.moment.replace(month=3)
    assert patient.kinds() == {Kind.OVERDUE_LOOK}
    patient.mend()
    assert "passed" in {state.tier for state in patient.row.alerts.values()}
    assert patient.kinds() == set()


def test_a_repair_made_before_a_newer_fact_was_applied_is_stale(patient) -> None:
    command = patient.remedy().command
    patient.happens(event("workup-started", "2026-02-09", attendance="physical"))
    before = patient.row
    folded = patient.take(ACTIONS, command)
    assert folded.rebuilds == ["stale"]
    assert patient.row.record == before.record


def test_the_same_repair_twice_is_stale_the_second_time(patient) -> None:
    garble(patient)
    command = patient.remedy().command
    assert [patient.take(ACTIONS, command).rebuilds for _ in range(2)] == [["done"], ["stale"]]


def test_a_repair_delivered_again_is_skipped_also_where_its_offsets_would_let_it_in(patient) -> None:
    command = patient.remedy().command
    patient.take(ACTIONS, command)
    offset = patient.ends[ACTIONS] - 1
    patient.told("refused", source="urn:h", id="2")
    before = patient.row
    far = command | {"upto": {FACTS: 10**9, ACTIONS: 10**9}}
    folded = patient.apply(ACTIONS, offset, msgspec.json.encode(far))
    assert (patient.row, folded.rebuilds, folded.skipped) == (before, [], 1)


def test_a_repair_from_before_the_partitions_became_more_is_not_taken(patient) -> None:
    command = patient.remedy().command
    patient.seen.row = None
    folded = patient.take(ACTIONS, command | {"partitions": 2})
    assert (patient.seen.row, folded.skipped) == (None, 1)


def test_rows_that_stand_at_the_ends_after_a_move_to_more_partitions_agree(patient) -> None:
    patient.write(FACTS, b'{"partitionkey": "somebody else"}')
    patient.bend(applied={FACTS: patient.ends[FACTS], ACTIONS: patient.ends[ACTIONS]})
    assert patient.kinds() == set()


def test_offsets_that_are_nonsense_do_not_keep_a_repair_away_and_do_not_let_an_old_one_in(patient) -> None:
    patient.bend(applied={FACTS: 10**9, ACTIONS: 10**9})
    command = patient.remedy().command
    assert patient.take(ACTIONS, command).rebuilds == ["done"]
    assert patient.take(ACTIONS, command).rebuilds == ["stale"]
    assert patient.kinds() == set()


def test_a_repair_that_cannot_be_read_leaves_a_damaged_row_as_it_is(patient) -> None:
    garble(patient)
    before = patient.seen.row
    command = patient.remedy().command | {"state": "!"}
    folded = patient.take(ACTIONS, command)
    assert (patient.seen.row, folded.rebuilds, len(folded.dead)) == (before, [], 1)


def test_the_name_of_a_repair_that_could_not_be_read_goes_with_the_next_one(patient) -> None:
    patient.take(ACTIONS, patient.remedy().command | {"state": "!"})
    assert any(ref.id.startswith("rebuild:") for ref in patient.row.record.refused)
    patient.mend()
    assert not any(ref.id.startswith("rebuild:") for ref in patient.row.record.refused)


def test_a_patient_that_could_not_be_folded_leaves_quarantine_with_its_repair(patient) -> None:
    garble(patient)
    patient.happens(event("workup-started", "2026-02-09", attendance="physical"))
    patient.told("dismiss", source="urn:h", id="1")
    patient.looked_at("2026-02-10 00:30")
    assert patient.seen.mark is not None
    patient.mend()
    assert (patient.seen.mark, patient.row.record.incomplete(), patient.kinds()) == (None, False, set())


def test_a_fact_that_still_cannot_be_applied_keeps_its_patient_marked(patient, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(type(ENGINE), "take", lambda *_: 1 / 0)
        patient.happens(event("workup-started", "2026-02-09", attendance="physical", id="w"))
    command = patient.remedy().command
    assert (SOURCE, "w") in rebuilt(None, command).record.facts
    monkeypatch.setattr(type(ENGINE), "_evaluate", lambda *_: 1 / 0)
    folded = patient.take(ACTIONS, command)
    assert folded.mark is not None


def test_a_row_of_other_rules_is_not_replaced(patient) -> None:
    patient.bend(digest="other")
    assert patient.remedy() == (None, remedies.OTHER_RULES)


def test_a_row_that_holds_more_facts_than_the_topics_is_not_replaced(patient) -> None:
    patient.seen.facts.pop()
    assert patient.remedy() == (None, remedies.LOST)


def test_a_damaged_row_whose_facts_are_deleted_already_is_not_replaced(patient) -> None:
    reach = patient.reach
    reach.trimmed.add(FACTS)
    garble(patient)
    assert patient.remedy(reach) == (None, remedies.TOO_OLD)


def test_a_sound_record_is_kept_where_older_facts_are_deleted(patient) -> None:
    reach = patient.reach
    reach.trimmed.add(FACTS)
    del patient.seen.facts[0]
    patient.bend(next_due=None)
    assert rebuilt(None, patient.remedy(reach).command).record == patient.row.record


def test_a_row_that_does_not_fit_into_a_record_is_not_sent(patient) -> None:
    assert patient.remedy(max_bytes=500) == (None, remedies.TOO_LARGE)


def test_a_command_carries_no_more_than_the_row(patient) -> None:
    command = patient.remedy().command
    told = {"command_id", "kind", "actor", "at", "patient"}
    assert set(command) == told | {"partitions", "upto", "seen", "state", "cause", "due"}
    assert (is_rebuild(command), command["actor"]) == (True, "reconcile")


def test_the_highest_revision_that_anybody_knows_goes_on(patient) -> None:
    command = patient.remedy().command
    row = Row("pt-1", patient.row.record, published={"pw-1": Published(70, b"x"), "pw-9": Published(5, b"y")})
    assert {name: each.revision for name, each in rebuilt(row, command).published.items()} == {"pw-1": 70, "pw-9": 5}


def test_a_row_of_a_later_version_is_not_read(patient, monkeypatch) -> None:
    command = patient.remedy().command
    monkeypatch.setattr("stream.row.READABLE", frozenset())
    with pytest.raises(RowFormatError):
        rebuilt(None, command)
