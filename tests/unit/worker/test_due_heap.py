from datetime import UTC, datetime, timedelta

import pytest

from stream.worker.due_heap import Due, DueHeap, Sight

T0 = datetime(2026, 2, 2, 8, 0, tzinfo=UTC)
A, B = b"k1:a", b"k1:b"


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def sight(
    now: float, *, caught_up: float | None = None, monotonic: float | None = None, ticks_read: float | None = None
) -> Sight:
    reached = None if caught_up is None else at(caught_up)
    return Sight(at(now), now if monotonic is None else monotonic, reached, ticks_read)


@pytest.fixture
def heap() -> DueHeap:
    return DueHeap(unverified_after=600, resend_after=30)


def test_nothing_is_due_before_its_moment(heap) -> None:
    heap.arm(A, at(10))
    assert heap.take(sight(9.9, caught_up=9.9)) == []


def test_a_key_is_due_when_its_moment_has_come_and_the_partition_is_read(heap) -> None:
    heap.arm(A, at(10))
    assert heap.take(sight(10, caught_up=10)) == [Due(A, at(10), unverified=False)]


def test_a_due_key_waits_until_the_partition_has_been_read_to_an_end_seen_after_it(heap) -> None:
    heap.arm(A, at(10))
    assert heap.take(sight(11, caught_up=9)) == []
    assert heap.take(sight(12, caught_up=9)) == []
    assert heap.take(sight(12.2, caught_up=10)) == [Due(A, at(10), unverified=False)]


def test_a_partition_that_was_never_read_to_its_end_sends_nothing_for_ten_minutes(heap) -> None:
    heap.arm(A, at(10))
    assert heap.take(sight(10)) == []
    assert heap.take(sight(609)) == []
    assert heap.take(sight(610)) == [Due(A, at(10), unverified=True)]


def test_waiting_is_measured_in_wall_time_from_when_it_came_due(heap) -> None:
    heap.arm(A, at(10))
    assert heap.take(sight(100_000, monotonic=5.0)) == []
    assert heap.take(sight(100_001, monotonic=605.0)) == [Due(A, at(10), unverified=True)]


def test_a_due_key_is_sent_once(heap) -> None:
    heap.arm(A, at(10))
    heap.take(sight(10, caught_up=10))
    assert [heap.take(sight(10 + n, caught_up=10 + n)) for n in range(5)] == [[]] * 5


def test_the_same_moment_armed_again_is_not_sent_again(heap) -> None:
    heap.arm(A, at(10))
    heap.take(sight(10, caught_up=10))
    heap.arm(A, at(10))
    assert heap.take(sight(11, caught_up=11)) == []


def test_a_moved_moment_cancels_the_one_before(heap) -> None:
    heap.arm(A, at(10))
    heap.arm(A, at(20))
    assert heap.take(sight(19, caught_up=19)) == []
    assert heap.take(sight(20, caught_up=20)) == [Due(A, at(20), unverified=False)]


def test_a_key_armed_while_its_tick_waits_is_called_off(heap) -> None:
    heap.arm(A, at(10))
    heap.take(sight(11, caught_up=9))
    heap.arm(A, None)
    assert heap.take(sight(12, caught_up=12)) == []
    assert len(heap) == 0


def test_arming_back_to_an_earlier_moment_works(heap) -> None:
    heap.arm(A, at(10))
    heap.arm(A, at(20))
    heap.arm(A, at(10))
    assert heap.take(sight(30, caught_up=30)) == [Due(A, at(10), unverified=False)]


def test_a_tick_without_effect_is_sent_again_once_the_ticks_have_been_read_past_it(heap) -> None:
    heap.arm(A, at(10))
    heap.take(sight(10, caught_up=10))
    assert heap.take(sight(50, caught_up=50, ticks_read=39.9)) == []
    assert heap.take(sight(51, caught_up=51, ticks_read=40.0)) == [Due(A, at(10), unverified=False)]


def test_a_tick_that_waits_in_a_long_queue_is_not_sent_again(heap) -> None:
    heap.arm(A, at(10))
    heap.take(sight(10, caught_up=10))
    assert heap.take(sight(5000, caught_up=5000, ticks_read=10)) == []


def test_missed_moments_come_at_once_the_earliest_first(heap) -> None:
    heap.fill([(B, at(-5000)), (A, at(-9000))])
    assert [due.key for due in heap.take(sight(0, caught_up=0))] == [A, B]


def test_filling_forgets_what_was_there(heap) -> None:
    heap.arm(A, at(1))
    heap.fill([(B, at(2))])
    assert [due.key for due in heap.take(sight(5, caught_up=5))] == [B]


def test_a_flood_of_ticks_leaves_room_for_the_facts_of_the_day() -> None:
    heap = DueHeap(in_flight=3)
    heap.fill([(str(n).encode(), at(n)) for n in range(5)])
    first = heap.take(sight(10, caught_up=10))
    assert [len(first), len(heap.take(sight(11, caught_up=11)))] == [3, 0]
    heap.arm(first[0].key, None)
    assert len(heap.take(sight(12, caught_up=12))) == 1


def test_the_oldest_outstanding_moment_is_known_until_it_is_looked_at(heap) -> None:
    heap.arm(A, at(10))
    heap.arm(B, at(5))
    assert heap.oldest_outstanding() is None
    heap.take(sight(11, caught_up=7))
    assert heap.oldest_outstanding() == at(5)
    heap.arm(B, None)
    assert heap.oldest_outstanding() == at(10)


def test_rearming_for_ever_does_not_grow_the_heap(heap) -> None:
    for n in range(10_000):
        heap.arm(A, at(100_000 - n))
    assert len(heap._heap) < 100


def test_ten_thousand_are_taken_at_once(heap) -> None:
    heap.fill([(str(n).encode(), at(n / 1000)) for n in range(10_000)])
    assert len(heap.take(sight(60, caught_up=60))) == 10_000


def test_what_has_been_looked_at_takes_no_memory_behind_one_that_waits(heap) -> None:
    heap.arm(A, at(0))
    for n in range(10_000):
        heap.arm(B, at(n + 1))
        heap.take(sight(n + 1, caught_up=-1))
        heap.arm(B, None)
    assert (heap.oldest_outstanding(), len(heap._outstanding) < 100) == (at(0), True)
