from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from stream.clock import FixedClock
from stream.worker.folded import Folded
from stream.worker.folding import Folder
from stream.worker.names import ACTIONS, FACTS, TICKS
from stream.worker.partition import partition_of
from stream.worker.quarantine import MAX_PENDING, OTHERS_SOURCE, Item
from tests.unit.worker.toy import START, ToyEngine, ToyRows, command, event, later, tick

PATIENT = b"k1:a"


@pytest.fixture
def engine() -> ToyEngine:
    return ToyEngine()


@pytest.fixture
def folder(engine) -> Folder:
    return Folder(engine, ToyRows(), FixedClock(START), 12, max_bytes=5_000)


def items(*messages: tuple[str, dict[str, object]], start: int = 0) -> list[Item]:
    return [Item(topic, 1, start + n, msgspec.json.encode(message)) for n, (topic, message) in enumerate(messages)]


def fold(
    folder: Folder, *messages: tuple[str, dict[str, object]], after: Folded | None = None, start: int = 0
) -> Folded:
    mark = None if after is None or after.mark is None else after.mark.encode()
    return folder.fold(PATIENT, 1, (after.data if after else None, mark), items(*messages, start=start))


def test_facts_of_a_run_are_applied_in_order_and_one_row_comes_out(folder) -> None:
    folded = fold(folder, (FACTS, event("1")), (FACTS, event("2")))
    assert ToyRows().decode(folded.data).facts == ("1", "2")


def test_each_transition_is_told_and_only_the_last_state_of_a_pathway(folder) -> None:
    folded = fold(folder, (FACTS, event("1")), (FACTS, event("2")))
    assert (len(folded.ledger), folded.transitions) == (2, [("raised", "plan")] * 2)
    assert msgspec.json.decode(folded.clocks[b"k1:a-p"])["clocks"] == ["1", "2"]


def test_the_row_says_what_was_applied_last_and_where_it_belongs(folder) -> None:
    folded = fold(folder, (FACTS, event("1")), (FACTS, event("2")), start=40)
    row = ToyRows().decode(folded.data)
    assert (row.applied, row.partition) == ({FACTS: 42}, 1)


def test_a_record_that_the_row_has_already_is_skipped(folder) -> None:
    first = fold(folder, (FACTS, event("1")), (FACTS, event("2")))
    again = fold(folder, (FACTS, event("1")), (FACTS, event("2")), (FACTS, event("3")), after=first)
    assert (again.row.facts, again.skipped, len(again.ledger)) == (("1", "2", "3"), 2, 1)


def test_offsets_are_kept_apart_by_topic(folder) -> None:
    first = fold(folder, (FACTS, event("1")), start=100)
    second = fold(folder, (ACTIONS, command("c")), after=first, start=5)
    assert (second.row.commands, second.row.applied) == (("c",), {FACTS: 101, ACTIONS: 6})


def test_a_tick_makes_the_engine_look(folder) -> None:
    first = fold(folder, (FACTS, event("1", due=later(-60))))
    second = fold(folder, (TICKS, tick(START - timedelta(seconds=60))), after=first)
    assert second.row.looks == (later(-60),)
    assert [each.timing for each in second.ticks] == ["on_time"]


def test_a_tick_looked_at_long_after_it_was_due_is_late(folder) -> None:
    first = fold(folder, (FACTS, event("1", due=later(-3600))))
    second = fold(folder, (TICKS, tick(START - timedelta(hours=1))), after=first)
    assert [each.timing for each in second.ticks] == ["late"]


def test_an_unverified_tick_is_handed_on_as_such(folder) -> None:
    first = fold(folder, (FACTS, event("1", due=later(-60))))
    second = fold(folder, (TICKS, tick(START - timedelta(seconds=60), unverified=True)), after=first)
    assert second.row.looks == (later(-60) + " unverified",)
    assert [each.timing for each in second.ticks] == ["unverified"]


def test_a_tick_of_a_patient_nobody_knows_does_nothing(folder) -> None:
    folded = fold(folder, (TICKS, tick(START)))
    assert (folded.data, folded.dead, folded.next_due) == (None, [], None)


def test_a_row_of_other_rules_is_evaluated_anew_before_anything_else(folder, engine) -> None:
    first = fold(folder, (FACTS, event("1")))
    engine.digest = "two"
    second = fold(folder, (TICKS, tick(START)), after=first)
    causes = [msgspec.json.decode(record)["cause"] for record in second.ledger]
    assert (causes, second.row.digest) == ([{"rulebook": "two"}], "two")


def test_an_exception_leaves_the_facts_as_they_were_and_marks_the_patient_incomplete(folder) -> None:
    folded = fold(folder, (FACTS, event("1")), (FACTS, event("2", boom="x")))
    assert folded.row.facts == ("1",)
    assert folded.row.missing == (("urn:test", "2"),)
    assert msgspec.json.decode(folded.clocks[b"k1:a-p"])["incomplete"] is True


def test_the_records_after_a_failed_one_are_applied(folder) -> None:
    folded = fold(folder, (FACTS, event("1", boom="x")), (FACTS, event("2")))
    assert (folded.row.facts, folded.row.applied) == (("2",), {FACTS: 2})


def test_a_dead_letter_names_the_record_and_the_kind_of_failure_and_nothing_else(folder) -> None:
    [letter] = fold(folder, (FACTS, event("1", boom="x", text="private"))).dead
    assert (letter.reason, letter.source, letter.id, letter.patient) == ("quarantined", "urn:test", "1", "k1:a")
    assert (letter.topic, letter.partition, letter.offset, letter.hint[:17]) == (FACTS, 1, 0, "ArithmeticError: ")
    assert b"private" not in letter.encode()
    assert b"secret" not in letter.encode()


def test_the_log_says_where_it_failed_without_quoting_data(folder, caplog) -> None:
    fold(folder, (FACTS, event("1", boom="x", text="private")))
    assert "toy.py" in caplog.text
    assert "secret" not in caplog.text
    assert "private" not in caplog.text


def test_quarantine_ends_when_the_event_is_accepted_after_all(folder) -> None:
    failed = fold(folder, (FACTS, event("1")), (FACTS, event("2", boom="x")))
    mended = fold(folder, (FACTS, event("2")), after=failed, start=2)
    assert (failed.mark is None, mended.mark, mended.mark_changed) == (False, None, True)
    assert mended.row.facts == ("1", "2")


def test_quarantine_ends_when_the_record_is_dismissed_by_name(folder) -> None:
    failed = fold(folder, (FACTS, event("1", boom="x")))
    done = fold(folder, (ACTIONS, command("c", kind="dismiss", source="urn:test", id="1")), after=failed)
    assert (done.mark, done.mark_changed, done.row.missing) == (None, True, ())


def test_another_fact_does_not_end_the_quarantine(folder) -> None:
    failed = fold(folder, (FACTS, event("1", boom="x")))
    after = fold(folder, (FACTS, event("2")), after=failed, start=1)
    assert after.mark is not None
    assert after.row.missing == (("urn:test", "1"),)


def test_when_nothing_works_for_a_patient_the_names_wait_beside_its_row(folder, engine) -> None:
    engine.broken = True
    folded = fold(folder, (FACTS, event("1")), (FACTS, event("2")))
    assert folded.data is None
    assert [name.id for name in folded.mark.pending] == ["1", "2"]


def test_names_that_waited_are_put_on_the_row_before_the_next_record(folder, engine) -> None:
    engine.broken = True
    failed = fold(folder, (FACTS, event("1")))
    engine.broken = False
    after = fold(folder, (FACTS, event("2")), after=failed, start=1)
    assert (after.row.missing, after.row.facts) == ((("urn:test", "1"),), ("2",))
    assert after.mark.pending == ()


def test_names_that_wait_for_a_patient_without_a_row_are_marked_by_a_tick(folder, engine) -> None:
    engine.broken = True
    failed = fold(folder, (FACTS, event("1")))
    engine.broken = False
    after = fold(folder, (TICKS, tick(START)), after=failed)
    assert after.row.missing == (("urn:test", "1"),)


def test_a_damaged_row_is_left_alone_and_its_records_wait(folder) -> None:
    folded = folder.fold(PATIENT, 1, (b"\x01{broken", None), items((FACTS, event("1"))))
    assert (folded.data, folded.row, folded.clocks) == (None, None, {})
    assert [name.id for name in folded.mark.pending] == ["1"]


def test_bytes_that_are_no_json_are_named_by_where_they_lie(folder) -> None:
    folded = folder.fold(PATIENT, 1, (None, None), [Item(FACTS, 1, 17, b"\xff{")])
    assert folded.row.missing == ((FACTS, "1:17"),)


def test_a_row_too_large_to_store_keeps_the_one_before(folder) -> None:
    first = fold(folder, (FACTS, event("1")))
    second = fold(folder, (FACTS, event("2", text="x" * 6_000)), after=first, start=1)
    assert (second.row.facts, second.row.missing) == (("1",), (("urn:test", "2"),))
    assert second.dead[0].hint.startswith("RowTooLargeError")


def test_a_patient_whose_tick_fails_is_left_alone_for_an_hour(folder) -> None:
    first = fold(folder, (FACTS, event("1", due=later(-60), fails_at="tick")))
    second = fold(folder, (TICKS, tick(START - timedelta(seconds=60))), after=first)
    assert second.next_due == START + timedelta(hours=1)
    assert second.dead[0].source == "urn:fristvagt:ticks"


def test_a_look_that_works_lifts_the_quarantine_of_one_that_failed(folder, engine) -> None:
    first = fold(folder, (FACTS, event("1", due=later(-60), fails_at="tick")))
    failed = fold(folder, (TICKS, tick(START)), after=first)
    engine._check = lambda boom: None
    mended = fold(folder, (TICKS, tick(START)), after=failed, start=1)
    assert (failed.row.missing, mended.row.missing) == ((("urn:fristvagt:ticks", "2026-02-02T08:00:00Z"),), ())
    assert (mended.mark, mended.mark_changed) == (None, True)


def test_an_engine_that_stays_due_is_not_asked_for_ever(folder, engine) -> None:
    first = fold(folder, (FACTS, event("1", due=later(-60))))
    engine.tick = lambda row, now, upto=None, unverified=False: engine.refresh(row, now)
    second = fold(folder, (TICKS, tick(START - timedelta(seconds=60))), after=first)
    assert second.dead[0].hint.startswith("StuckEngineError")
    assert second.next_due == START + timedelta(hours=1)


@pytest.mark.parametrize("topic", [FACTS, ACTIONS, TICKS])
def test_a_record_under_another_patients_key_changes_nobody(folder, topic) -> None:
    misplaced = {FACTS: event("1", "k1:b"), ACTIONS: command("c", "k1:b"), TICKS: tick(START, "k1:b")}[topic]
    folded = fold(folder, (topic, misplaced))
    assert (folded.data, folded.mark) == (None, None)
    assert (folded.dead[0].patient, folded.dead[0].hint[:20]) == (None, "MisplacedRecordError")


def test_a_record_in_another_partition_than_its_patients_changes_nobody(folder) -> None:
    folded = folder.fold(PATIENT, 2, (None, None), items((FACTS, event("1"))))
    assert (folded.data, folded.mark) == (None, None)
    assert folded.dead[0].hint.startswith("MisplacedRecordError")


def test_a_cpr_number_as_key_is_told_to_nobody(caplog, engine) -> None:
    folder = Folder(engine, ToyRows(), FixedClock(START), 1)
    folded = folder.fold(b"010190-1234", 0, (None, None), [Item(FACTS, 0, 0, b"\xff")])
    assert (folded.data, folded.mark, folded.dead[0].patient) == (None, None, None)
    assert "010190" not in caplog.text


def test_a_record_without_a_key_changes_nobody(folder) -> None:
    folded = folder.fold(b"", 1, (None, None), items((FACTS, event("1", ""))))
    assert (folded.data, folded.mark, len(folded.dead)) == (None, None, 1)


def test_a_pathway_without_clocks_becomes_a_tombstone(folder, engine) -> None:
    told = engine.fact(None, event("1"), START)
    engine.fact = lambda row, event, now: told._replace(clocks=({"pathway": "p", "clocks": None},))
    assert fold(folder, (FACTS, event("1"))).clocks == {b"p": None}


def test_a_damaged_mark_keeps_the_patient_quarantined_and_stops_nothing(folder) -> None:
    folded = folder.fold(PATIENT, 1, (None, b"{broken"), items((FACTS, event("1", boom="x"))))
    assert (folded.mark is None, folded.row.missing) == (False, (("urn:test", "1"),))


def test_a_flood_of_records_that_cannot_be_applied_waits_under_a_bounded_number_of_names(folder, engine) -> None:
    engine.broken = True
    folded = fold(folder, *[(FACTS, event(str(number))) for number in range(3 * MAX_PENDING)])
    assert len(folded.mark.pending) == MAX_PENDING + 1
    assert [letter.source for letter in folded.dead].count(OTHERS_SOURCE) == 1
    assert len(folded.dead) == 3 * MAX_PENDING + 1


def test_a_flooded_patient_is_incomplete_until_the_name_that_stands_for_the_rest_is_dismissed(engine) -> None:
    engine.broken = True
    folder = Folder(engine, ToyRows(), FixedClock(START), 12)
    flood = [(FACTS, event(str(number))) for number in range(MAX_PENDING + 5)]
    failed = fold(folder, *flood)
    engine.broken = False
    mended = fold(folder, *flood, after=failed, start=len(flood))
    others = failed.mark.others
    dismissal = command("c", kind="dismiss", source=others.source, id=others.id)
    done = fold(folder, (ACTIONS, dismissal), after=mended)
    assert mended.row.missing == ((others.source, others.id),)
    assert (done.row.missing, done.mark) == ((), None)


def test_a_name_that_cannot_be_put_on_the_row_does_not_stop_the_look_that_warns(folder) -> None:
    first = fold(folder, (FACTS, event("1", due=later(0))))
    limit = len(PATIENT) + len(first.data) + 200
    small = Folder(folder.engine, folder.rows, folder.clock, 12, max_bytes=limit)
    marked = fold(small, (FACTS, event("n" * 300)), after=first, start=1)
    assert marked.mark.pending
    looked = fold(small, (TICKS, tick(START)), after=replace(marked, data=first.data))
    assert msgspec.json.decode(looked.ledger[0])["cause"] == {"due": START.isoformat()}
    assert looked.mark.pending == marked.mark.pending


def test_a_failed_look_puts_off_nothing_that_a_later_record_finds(folder) -> None:
    first = fold(folder, (FACTS, event("1", due=later(0), fails_at="boom")))
    healed = event("2", due=later(600))
    healed["data"]["fails_at"] = None
    folded = fold(folder, (TICKS, tick(START)), (FACTS, healed), after=first, start=1)
    assert folded.next_due == START + timedelta(seconds=600)


def test_a_key_that_is_no_text_is_nobodys(folder) -> None:
    key = next(key for key in (b"\xff%d" % n for n in range(99)) if partition_of(key, 12) == 1)
    folded = folder.fold(key, 1, (None, None), [Item(FACTS, 1, 0, b"{")])
    assert (folded.data, folded.mark, len(folded.dead)) == (None, None, 1)
