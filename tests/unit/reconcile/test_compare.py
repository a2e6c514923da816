import msgspec
import pytest

from stream.facts.record import Record
from stream.law.fact import Ref
from stream.reconcile.differences import BEYOND_REPAIR, MEANING, Kind
from stream.reconcile.seen import Kept
from stream.row import FORMAT, Row
from stream.worker.names import ACTIONS, ALERTS, FACTS
from tests.unit.engine.events import ENGINE, event, kept
from tests.unit.law.build import SOURCE
from tests.unit.reconcile.patient import Patient


@pytest.fixture
def patient() -> Patient:
    """A referral to work-up on 2 February, looked at until the deadline is near."""
    patient = Patient("2026-02-02")
    patient.happens(event("referral-received", "2026-02-02", purpose="workup", condition="cancer", id="r"))
    for day in ("2026-02-05 00:30", "2026-02-09 00:30", "2026-02-11 13:00"):
        patient.looked_at(day)
    return patient


def test_a_patient_with_clocks_and_warnings_agrees_with_its_facts(patient) -> None:
    assert len(patient.seen.ledger) > 2
    assert patient.kinds() == set()


def test_refusals_and_dismissals_agree_too(patient) -> None:
    patient.told("refused", source="urn:h", id="1")
    patient.told("dismiss", source="urn:h", id="1")
    patient.told("something later versions know")
    assert patient.kinds() == set()


def test_a_patient_whose_clocks_are_closed_agrees(patient) -> None:
    patient.happens(event("workup-started", "2026-02-11", attendance="physical"))
    assert patient.kinds() == set()


def test_a_patient_whose_facts_were_all_retracted_agrees(patient) -> None:
    patient.happens(event("fact-retracted", "2026-02-11", event="r", event_source=SOURCE))
    assert all(message.value is None for message in patient.seen.clocks.values())
    assert patient.kinds() == set()


def test_two_contents_under_one_identity_agree(patient) -> None:
    patient.happens(event("referral-received", "2026-02-03", purpose="workup", condition="cancer", id="r"))
    assert patient.row.record.conflicts == 1
    assert patient.kinds() == set()


def test_what_lies_beyond_what_the_worker_has_settled_is_no_difference(patient) -> None:
    reach = patient.reach
    patient.write(FACTS, msgspec.json.encode(kept(event("workup-started", "2026-02-11", attendance="physical"))))
    assert patient.kinds(reach) == set()


def test_what_the_worker_says_it_has_settled_and_is_not_in_the_row_is_a_difference(patient) -> None:
    patient.write(FACTS, msgspec.json.encode(kept(event("workup-started", "2026-02-11", attendance="physical"))))
    assert patient.kinds() == {Kind.RECORD}


def test_a_command_that_is_not_in_the_row_is_a_difference(patient) -> None:
    command = {"command_id": "c", "kind": "refused", "at": "2026-02-02T12:00:00Z", "patient": "pt-1"}
    patient.write(ACTIONS, msgspec.json.encode(command | {"source": "urn:h", "id": "1"}))
    assert patient.kinds() == {Kind.RECORD}


def test_a_record_under_the_patients_key_that_is_another_patients_is_left_out(patient) -> None:
    patient.write(FACTS, msgspec.json.encode(kept(event("workup-started", "2026-02-11", patient="pt-2"))))
    assert patient.kinds() == set()


def test_a_record_that_nobody_can_read_is_missing_by_name_in_both(patient) -> None:
    patient.write(FACTS, b"\xff")
    patient.apply(FACTS, patient.ends[FACTS] - 1, b"\xff")
    assert patient.row.record.incomplete()
    assert patient.kinds() == set()


def test_a_fact_that_the_worker_could_not_apply_is_told_as_such(patient, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(type(ENGINE), "take", lambda *_: 1 / 0)
        patient.happens(event("workup-started", "2026-02-11", attendance="physical"))
    assert patient.kinds() == {Kind.QUARANTINED}


def test_a_row_may_hold_more_than_the_topics_where_retention_took_their_beginning(patient) -> None:
    patient.happens(event("workup-started", "2026-02-11", attendance="physical"))
    reach = patient.reach
    reach.trimmed.add(FACTS)
    del patient.seen.facts[0]
    assert patient.kinds(reach) == set()
    assert patient.kinds() == {Kind.RECORD}


def test_a_row_lacks_a_fact_also_where_retention_took_others(patient) -> None:
    patient.bend(record=Record())
    reach = patient.reach
    reach.trimmed.add(FACTS)
    assert Kind.RECORD in patient.kinds(reach)


def test_an_order_key_that_another_version_spelt_otherwise_is_no_difference(patient) -> None:
    (fact,) = patient.row.record.facts.values()
    other = msgspec.structs.replace(fact, order_key=b"{}")
    patient.bend(record=Record({fact.ref: other}))
    assert patient.kinds() == set()


def test_a_row_with_nothing_behind_it_is_told(patient) -> None:
    patient.seen.facts.clear()
    assert Kind.ROW_WITHOUT_FACTS in patient.kinds()


def test_no_row_and_nothing_settled_is_no_difference_yet(patient) -> None:
    patient.seen.row, reach = None, patient.reach
    assert patient.kinds(reach) == {Kind.ROW_MISSING}
    reach.settled = {}
    assert patient.kinds(reach) == set()


def test_a_row_of_a_later_format_is_not_called_damaged(patient) -> None:
    patient.seen.row = bytes([FORMAT + 1]) + patient.seen.row[1:]
    assert patient.kinds() == {Kind.ROW_FOREIGN}
    patient.seen.row = bytes([FORMAT]) + b"\xc1"
    assert patient.kinds() == {Kind.ROW_UNREADABLE}


def test_a_row_that_was_evaluated_by_other_rules_is_judged_by_its_facts_only(patient) -> None:
    patient.bend(digest="other", next_due=None, minted=())
    assert patient.kinds() == set()


def test_an_id_that_its_first_start_does_not_give_is_found(patient) -> None:
    first, *others = patient.row.minted
    patient.bend(minted=(msgspec.structs.replace(first, clock_id="0" * 32), *others))
    assert Kind.ROW_STATE in patient.kinds()


@pytest.mark.parametrize("field", ["open_clocks", "published", "minted"])
def test_a_row_that_forgot_a_part_is_found(patient, field) -> None:
    patient.bend(**{field: type(getattr(patient.row, field))()})
    assert Kind.ROW_STATE in patient.kinds()


def test_a_row_in_another_partition_is_found(patient) -> None:
    patient.bend(partition=patient.reach.number + 1)
    assert patient.kinds() == {Kind.ROW_STATE}


def test_a_transition_missing_from_the_middle_of_the_ledger_is_found(patient) -> None:
    del patient.seen.ledger[1]
    assert patient.kinds() == {Kind.LEDGER_GAP}


def test_the_beginning_of_a_ledger_may_be_gone_where_retention_took_it(patient) -> None:
    del patient.seen.ledger[0]
    reach = patient.reach
    reach.trimmed.add(ALERTS)
    assert (patient.kinds(), patient.kinds(reach)) == ({Kind.LEDGER_GAP}, set())


def test_a_transition_that_is_written_twice_is_no_difference(patient) -> None:
    patient.seen.ledger.append(Kept(99, patient.seen.ledger[0].value))
    assert patient.kinds() == set()


def test_a_ledger_record_that_nobody_can_read_is_a_gap(patient) -> None:
    patient.seen.ledger.append(Kept(99, b"\xff"))
    assert patient.kinds() == {Kind.LEDGER_GAP}


def test_a_ledger_that_is_ahead_of_the_row_is_believed_once_the_worker_is_quiet(patient) -> None:
    before, reach = patient.seen.row, patient.reach
    patient.looked_at("2026-02-17 00:30")
    patient.seen.row = before
    reach.settled = {**reach.settled, FACTS: 0}
    assert Kind.ROW_ALERT in patient.kinds()
    assert Kind.ROW_ALERT not in patient.kinds(reach)


def test_a_due_moment_gets_time_before_its_look_is_missed(patient) -> None:
    reach = patient.reach
    reach.now = patient.row.next_due
    assert patient.kinds(reach) == set()
    reach.now = patient.clock.moment.replace(year=2027)
    assert patient.kinds(reach) == {Kind.OVERDUE_LOOK}


def test_a_name_the_row_has_from_nowhere_is_found(patient) -> None:
    patient.bend(record=patient.row.record.dismiss(Ref("urn:x", "1")))
    assert patient.kinds() == {Kind.RECORD}


def test_every_kind_is_explained_and_what_no_command_mends_says_what_does() -> None:
    assert set(MEANING) == set(Kind)
    assert set(BEYOND_REPAIR) < set(Kind)


def test_a_row_that_cannot_even_be_evaluated_is_found(patient, monkeypatch) -> None:
    monkeypatch.setattr(type(ENGINE), "refresh", lambda *_: 1 / 0)
    assert patient.kinds() == {Kind.ROW_STATE}


def test_an_empty_row_that_was_never_evaluated_agrees() -> None:
    patient = Patient("2026-02-02")
    patient.told("something later versions know")
    assert isinstance(patient.row, Row)
    assert patient.kinds() == set()
