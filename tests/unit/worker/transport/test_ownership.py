"""The cursor alone decides what is handed over and what may be committed."""

from dataclasses import dataclass

import pytest

from stream.worker.transport import Record
from stream.worker.transport.ownership import ROOM, Batch, Cursor, missing, trusted


def batch(start: int, offsets: list[int], following: int) -> Batch:
    return Batch(start, [Record(offset, None, None, (), 0.0) for offset in offsets], following)


def offsets(batch: Batch) -> list[int]:
    return [record.offset for record in batch.records]


@dataclass
class Message:
    start: int
    settled: bool = False


def test_records_are_accepted_only_from_the_offset_wanted() -> None:
    cursor = Cursor(want=10)
    assert [cursor.accepts(offset) for offset in (9, 10, 11)] == [False, True, False]


def test_nothing_is_settled_while_the_first_run_is_not() -> None:
    cursor, first, second = Cursor(want=10), Message(10), Message(15)
    cursor.hand_over(first, 15)
    cursor.hand_over(second, 20)
    second.settled = True
    assert cursor.settled_upto() == 10


def test_settled_runs_count_up_to_the_first_that_is_not() -> None:
    cursor, messages = Cursor(want=0), [Message(0), Message(5), Message(10)]
    for message in messages:
        cursor.hand_over(message, message.start + 5)
    messages[0].settled = messages[1].settled = True
    assert cursor.settled_upto() == 10


def test_everything_handed_over_is_settled_when_nothing_is_in_flight() -> None:
    cursor, message = Cursor(want=3), Message(3)
    cursor.hand_over(message, 8)
    message.settled = True
    assert cursor.settled_upto() == 8


def test_there_is_room_until_so_many_runs_wait_and_again_when_the_first_is_settled() -> None:
    cursor, messages = Cursor(want=0), [Message(5 * number) for number in range(ROOM)]
    for message in messages:
        assert cursor.has_room()
        cursor.hand_over(message, message.start + 5)
    assert not cursor.has_room()
    messages[0].settled = True
    assert cursor.has_room()


def test_offsets_without_a_record_are_settled_with_the_run_before_them() -> None:
    cursor, message = Cursor(want=0), Message(0)
    cursor.hand_over(message, 5)
    cursor.hand_over(None, 7)
    assert cursor.settled_upto() == 0
    message.settled = True
    assert cursor.settled_upto() == 7


def test_what_is_committed_is_not_committed_again() -> None:
    assert Cursor(want=5, committed=5).to_commit() is None
    assert Cursor(want=6, committed=5).to_commit() == 6


def test_the_beginning_of_a_partition_is_not_committed() -> None:
    assert Cursor(want=0).to_commit() is None


@pytest.mark.parametrize(
    ("found", "gaps"),
    [
        (batch(5, [5, 6, 7], 8), []),
        (batch(5, [], 5), []),
        (batch(5, [7, 8], 9), [range(5, 7)]),
        (batch(5, [5, 8], 9), [range(6, 8)]),
        (batch(5, [5, 6], 9), [range(7, 9)]),
        (batch(5, [], 9), [range(5, 9)]),
        (batch(5, [6, 8], 10), [range(5, 6), range(7, 8), range(9, 10)]),
    ],
)
def test_every_offset_without_a_record_is_found(found: Batch, gaps: list[range]) -> None:
    assert missing(found) == gaps


def test_a_batch_is_cut_off_before_a_gap_that_is_new() -> None:
    cut = trusted(batch(5, [5, 6, 9, 10], 11), [])
    assert (cut.start, offsets(cut), cut.next) == (5, [5, 6], 7)


def test_a_gap_that_was_found_twice_is_believed() -> None:
    found = batch(7, [9, 10], 11)
    assert trusted(found, missing(batch(5, [5, 6, 9, 10], 11))) == found


def test_a_gap_that_a_second_read_fills_never_was() -> None:
    found = batch(7, [7, 8, 9], 10)
    assert trusted(found, [range(7, 9)]) == found


def test_a_gap_that_has_grown_is_doubted_again() -> None:
    assert trusted(batch(7, [12], 13), [range(7, 9)]) == batch(7, [], 7)


def test_a_batch_is_delivered_up_to_the_first_gap_that_only_the_second_read_found() -> None:
    cut = trusted(batch(5, [6, 8, 9], 10), [range(5, 6)])
    assert (offsets(cut), cut.next) == ([6], 7)
