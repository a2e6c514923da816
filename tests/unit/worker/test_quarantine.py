from datetime import UTC, datetime

from stream.facts.refusal import LONGEST_REFERENCE
from stream.worker.names import ACTIONS, FACTS, TICKS
from stream.worker.quarantine import MAX_PENDING, Item, Mark, Name, mark_key, name_of, new_mark, patient_of, refusal

NOW = datetime(2026, 2, 2, 8, 0, tzinfo=UTC)

MARK = new_mark(NOW)


def item(topic: str) -> Item:
    return Item(topic, 3, 17, b"")


def test_a_fact_is_named_by_its_identity() -> None:
    assert name_of(item(FACTS), {"source": "urn:h", "id": "7"}, MARK) == Name("urn:h", "7")


def test_a_command_is_named_by_its_command_id() -> None:
    named = name_of(item(ACTIONS), {"kind": "dismiss", "command_id": "c", "source": "urn:h", "id": "7"}, MARK)
    assert named == Name("urn:fristvagt:actions", "c")


def test_a_refusal_is_named_by_what_it_refuses() -> None:
    named = name_of(item(ACTIONS), {"kind": "refused", "command_id": "c", "source": "urn:h", "id": "7"}, MARK)
    assert named == Name("urn:h", "7")


def test_looks_that_fail_again_and_again_have_one_name_in_a_quarantine() -> None:
    named = {name_of(item(TICKS), message, MARK) for message in ({"due": "2026-02-03T08:00:00Z"}, {"due": "x"}, None)}
    assert named == {Name("urn:fristvagt:ticks", "2026-02-02T08:00:00Z")}


def test_what_cannot_be_read_is_named_by_where_it_lies() -> None:
    assert name_of(item(FACTS), None, MARK) == Name(FACTS, "3:17")


def test_a_mark_survives_storage() -> None:
    mark = new_mark(NOW).waiting(Name("urn:h", "7"))
    assert Mark.decode(mark.encode()) == mark


def test_a_name_waits_once() -> None:
    assert new_mark(NOW).waiting(Name("s", "1")).waiting(Name("s", "1")).pending == (Name("s", "1"),)


def test_of_endless_names_only_so_many_wait_and_one_stands_for_the_others() -> None:
    mark = new_mark(NOW)
    for number in range(5 * MAX_PENDING):
        mark = mark.waiting(Name("urn:h", str(number)))
    assert (len(mark.pending), mark.pending[-1]) == (MAX_PENDING + 1, mark.others)


def test_the_largest_mark_fits_into_a_record() -> None:
    mark = new_mark(NOW)
    for number in range(2 * MAX_PENDING):
        mark = mark.waiting(Name("æ" * LONGEST_REFERENCE, f"{number}" + "æ" * (LONGEST_REFERENCE - 5)))
    assert len(mark.encode()) < 900_000


def test_marks_and_rows_are_told_apart_by_their_keys() -> None:
    assert (patient_of(mark_key(b"k1:a")), patient_of(b"k1:a")) == (b"k1:a", None)


def test_the_refusal_is_a_command_as_intake_writes_it() -> None:
    command = refusal("k1:a", Name("urn:h", "7"), NOW)
    assert (command["kind"], command["source"], command["id"], command["patient"]) == ("refused", "urn:h", "7", "k1:a")
    assert command["at"] == "2026-02-02T08:00:00Z"
