"""Why offsets are ours: what stock Faust would commit here. If one of these fails, Faust was mended; look again."""

from collections import defaultdict
from typing import Any

from faust.transport.consumer import Consumer
from faust.types import TP
from intervaltree import IntervalTree

from stream.worker.transport.ownership import Cursor

ZERO = TP("in", 0)


class Stock:
    """The bookkeeping of a stock consumer, without the consumer."""

    _new_offset = Consumer._new_offset

    def __init__(self, committed: int | None) -> None:
        self._acked: Any = defaultdict(list)
        self._acked_index: Any = defaultdict(set)
        self._gap: Any = defaultdict(IntervalTree)
        self._committed_offset = {ZERO: committed}

    def ack(self, *offsets: int) -> None:
        self._acked[ZERO].extend(offsets)


class Done:
    def __init__(self, start: int, *, settled: bool) -> None:
        self.start = start
        self.settled = settled


def test_stock_faust_commits_over_one_message_that_is_not_done() -> None:
    stock = Stock(committed=2)
    stock.ack(3, 4)
    assert stock._new_offset(ZERO) == 5


def test_the_cursor_does_not() -> None:
    cursor = Cursor(want=2, committed=2)
    for offset, settled in ((2, False), (3, True), (4, True)):
        cursor.hand_over(Done(offset, settled=settled), offset + 1)
    assert cursor.to_commit() is None


def test_stock_faust_commits_over_any_hole_before_its_first_commit() -> None:
    stock = Stock(committed=None)
    stock.ack(7, 8)
    assert stock._new_offset(ZERO) == 9


def test_the_cursor_takes_nothing_that_does_not_follow() -> None:
    assert not Cursor(want=0).accepts(7)


def test_stock_faust_counts_offsets_as_done_that_were_never_delivered() -> None:
    stock = Stock(committed=3)
    stock.ack(3)
    stock._gap[ZERO].addi(4, 90)
    stock.ack(90)
    assert stock._new_offset(ZERO) == 91
