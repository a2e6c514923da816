"""Rows of former owners never count behind rows of later ones, however late they come."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stream.worker.transport import Record
from stream.worker.transport.fence import OWNER, Fence, Headers, Stamp, stamp_of

KEYS = (b"a", b"b", b"c")
TAKE, WRITE, HANG, LAND = "take", "write", "hang", "land"

Step = tuple[str, int]


@dataclass
class Log:
    """A changelog with owners one after the other. What one of them sends may hang, and land whenever it likes."""

    records: list[Record] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    """Who wrote each record, as a number: the later owner has the higher one."""
    hanging: list[tuple[int, bytes, Headers]] = field(default_factory=list)
    owner: int = 0
    fence: Fence = field(default_factory=Fence)

    def do(self, step: Step) -> None:
        kind, number = step
        key = KEYS[number % len(KEYS)]
        if kind == TAKE:
            self.take()
        elif kind == WRITE:
            self.append(self.owner, key, self.fence.headers)
            self.fence.wrote(key)
        elif kind == HANG:
            self.hanging.append((self.owner, key, self.fence.headers))
        elif self.hanging:
            self.append(*self.hanging.pop(number % len(self.hanging)))

    def take(self) -> None:
        """Give the partition to a new owner, who reads all of it."""
        self.owner += 1
        self.fence = Fence()
        list(self.fence.standing(self.records))
        self.fence.claim(self.owner, b"%d" % self.owner)

    def append(self, owner: int, key: bytes, headers: Headers) -> None:
        self.owners.append(owner)
        self.records.append(Record(len(self.records), key, b"%d" % len(self.records), tuple(headers), 0.0))


def played(steps: Sequence[Step]) -> Log:
    log = Log()
    log.take()
    for step in steps:
        log.do(step)
    return log


def read(records: Sequence[Record]) -> tuple[dict[bytes, bytes | None], set[bytes]]:
    """What stands for each key in the end, and which keys are late."""
    fence = Fence()
    rows = {record.key or b"": record.value for record in fence.standing(records)}
    return rows, fence.late


STEPS = st.lists(st.tuples(st.sampled_from([TAKE, WRITE, WRITE, HANG, LAND]), st.integers(0, 5)), max_size=60)


@given(STEPS)
@example([(WRITE, 0), (HANG, 0), (TAKE, 0), (WRITE, 0), (LAND, 0)])
@example([(HANG, 0), (TAKE, 0), (WRITE, 0), (LAND, 0)])
@example([(HANG, 0), (TAKE, 0), (LAND, 0), (WRITE, 0)])
def test_the_latest_owners_last_row_stands_and_a_key_is_late_if_its_last_row_goes_back(steps: list[Step]) -> None:
    log = played(steps)
    newest: dict[bytes, tuple[int, int]] = {}
    last: dict[bytes, int] = {}
    for record, owner in zip(log.records, log.owners, strict=True):
        key = record.key or b""
        newest[key] = max(newest.get(key, (0, 0)), (owner, record.offset))
        last[key] = owner
    rows, late = read(log.records)
    assert rows == {key: b"%d" % offset for key, (_, offset) in newest.items()}
    assert late == {key for key, (owner, _) in newest.items() if last[key] < owner}


@given(STEPS)
def test_an_owner_that_reads_on_knows_what_lies_upon_its_rows(steps: list[Step]) -> None:
    log = played(steps)
    rest = log.records[log.fence.upto :]
    mine = {record.key for record in rest if stamp_of(record.headers) == stamp_of(log.fence.headers)}
    list(log.fence.standing(rest))
    for key in mine:
        last = [record for record in rest if record.key == key][-1]
        assert (key in log.fence.late) == (stamp_of(last.headers) != stamp_of(log.fence.headers))


@given(STEPS)
def test_a_key_that_is_written_anew_is_late_no_more(steps: list[Step]) -> None:
    log = played(steps)
    log.take()
    for key in sorted(log.fence.late):
        log.append(log.owner, key, log.fence.headers)
    list(log.fence.standing(log.records[log.fence.upto :]))
    assert log.fence.late == set()
    assert read(log.records)[1] == set()


def record(value: bytes | None, stamp: Stamp | None, offset: int = 0) -> Record:
    headers = () if stamp is None else ((OWNER, msgspec.msgpack.encode(stamp)),)
    return Record(offset, b"a", value, headers, 0.0)


FIRST, SECOND = Stamp(1, 7, b"one"), Stamp(2, 3, b"two")
"""The second one's group was made anew, so that its generation is lower."""


def test_a_group_that_was_made_anew_does_not_make_its_rows_late() -> None:
    assert read([record(b"old", FIRST), record(b"new", SECOND)]) == ({b"a": b"new"}, set())


def test_a_late_row_does_not_come_back_where_the_newer_row_is_a_deletion() -> None:
    assert read([record(None, SECOND), record(b"late", FIRST)]) == ({b"a": None}, {b"a"})


def test_a_late_deletion_deletes_nothing() -> None:
    assert read([record(b"new", SECOND), record(None, FIRST)]) == ({b"a": b"new"}, {b"a"})


@pytest.mark.parametrize("headers", [(), ((OWNER, b"\xc1"),), ((OWNER, b"[]"),), (("other", b"x"),)])
def test_a_row_without_a_stamp_stands_and_so_does_what_follows(headers: Headers) -> None:
    plain = Record(1, b"a", b"plain", tuple(headers), 0.0)
    assert read([record(b"new", SECOND), plain]) == ({b"a": b"plain"}, set())
    assert read([record(b"new", SECOND), plain, record(b"next", FIRST)]) == ({b"a": b"next"}, set())


def test_a_named_instance_that_came_back_at_once_knows_its_rows_from_those_of_its_former_life() -> None:
    before, after = Fence(), Fence()
    before.claim(5, b"one")
    after.claim(5, b"two")
    after.wrote(b"a")
    list(after.standing([Record(0, b"a", b"old", tuple(before.headers), 0.0)]))
    assert after.late == {b"a"}


def test_rows_of_a_later_owner_are_not_late_for_one_that_has_not_heard_of_it() -> None:
    before, after = Fence(), Fence()
    before.claim(5, b"one")
    after.claim(6, b"two")
    before.wrote(b"a")
    list(before.standing([Record(0, b"a", b"new", tuple(after.headers), 0.0)]))
    assert before.late == set()


def test_rows_of_one_key_keep_their_order_among_rows_of_other_partitions() -> None:
    """As after `fristvagt repartition`: stamps of two partitions say nothing of each other."""
    far = record(b"far", Stamp(9, 9, b"x"))
    near = msgspec.structs.replace(record(b"near", FIRST), key=b"b")
    assert read([far, near]) == ({b"a": b"far", b"b": b"near"}, set())


def test_whoever_owns_next_is_above_all_whose_rows_were_found() -> None:
    fence = Fence()
    list(fence.standing([record(b"1", Stamp(9, 9, b"x")), record(b"2", SECOND), record(None, None)]))
    fence.claim(1, b"me")
    assert stamp_of(fence.headers) == Stamp(10, 1, b"me")


def test_reading_goes_on_behind_the_last_record() -> None:
    fence = Fence()
    list(fence.standing([record(b"1", FIRST, 4), record(b"2", FIRST, 9)]))
    assert fence.upto == 10
