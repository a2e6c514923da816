"""Looking for late rows stops neither the clocks nor itself, and never writes an old row over a new one."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP
from prometheus_client import CollectorRegistry, Counter

from stream.worker import late_rows
from stream.worker.late_rows import LateRows
from stream.worker.settings import StreamSettings
from stream.worker.transport import Record, TransportError
from stream.worker.transport.fence import Fence
from stream.worker.transport.rows import RowStore

CHANGELOG = "rows-changelog"


class Place:
    """A worker that owns partition 0 of a changelog, and the changelog. What an outbox stores is appended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: str = "kafka") -> None:
        self.records: list[Record] = []
        self.error: Exception | None = None
        self.seconds = 0.0
        self.reads = 0
        self.app = SimpleNamespace(
            options=SimpleNamespace(kind=kind, send_timeout=1.0, max_message_bytes=1000),
            consumer=SimpleNamespace(highwaters=self.highwaters),
            producer=SimpleNamespace(store=self.store),
            consumer_generation_id=2,
            rebalancing=False,
            crashed=False,
        )
        store = RowStore("rows://memory", self.app, self, table_name="rows")
        self.table = SimpleNamespace(changelog_topic_name=CHANGELOG, data=store)
        self.watch: Any = SimpleNamespace(app=self.app, is_recovered=True, writing=asyncio.Lock())
        self.counter = Counter("late_rows", "x", registry=CollectorRegistry())
        self.looker = LateRows(self.watch, self.table, self.counter, StreamSettings(), lambda: self.seconds)
        monkeypatch.setattr(late_rows, "read_batches", self.read)

    async def highwaters(self, tp: TP) -> Mapping[TP, int]:
        return {tp: len(self.records)}

    async def read(self, *_: object, start: int, **__: object) -> AsyncGenerator[tuple[int, Sequence[Record]], None]:
        self.reads += 1
        if self.error is not None:
            raise self.error
        yield 0, self.records[start:]

    async def store(self, _: object, rows: Sequence[Any]) -> None:
        for row in rows:
            self.append(row.key, row.value, row.headers)

    def append(self, key: bytes, value: bytes | None, headers: Any) -> None:
        self.records.append(Record(len(self.records), key, value, tuple(headers), 0.0))

    @property
    def values(self) -> list[bytes | None]:
        return [record.value for record in self.records]


@pytest.fixture
async def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    return await taken_over(Place(monkeypatch))


async def taken_over(place: Place) -> Place:
    """Let a former owner have written `old`, and the present one `new`; then the former one's `late` lands."""
    former = Fence()
    former.claim(1, b"other")
    place.append(b"k", b"old", former.headers)
    store = place.table.data
    store.take_in(0, place.records)
    await store.on_recovery_completed({TP(CHANGELOG, 0)}, set())
    place.append(b"k", b"new", store.headers(0))
    store.set_row(0, b"k", b"new")
    place.append(b"k", b"late", former.headers)
    return place


async def test_a_row_that_lands_after_the_recovery_is_written_over(place: Place) -> None:
    await place.looker.turn()
    assert place.values == [b"old", b"new", b"late", b"new"]
    assert place.counter._value.get() == 1


async def test_what_is_written_anew_is_written_once(place: Place) -> None:
    for _ in range(3):
        await place.looker.turn()
    assert place.values == [b"old", b"new", b"late", b"new"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TransportError("away"), "tried again"),
        (TimeoutError(), "tried again"),
        (ArithmeticError(), "ArithmeticError at"),
    ],
)
async def test_what_cannot_be_read_is_told_and_read_at_the_next_turn(
    place: Place, caplog: pytest.LogCaptureFixture, error: Exception, said: str
) -> None:
    place.error = error
    await place.looker.turn()
    assert (place.values[-1], said in caplog.text) == (b"late", True)
    place.error = None
    await place.looker.turn()
    assert place.values[-1] == b"new"


async def test_a_patient_is_named_in_no_log_and_no_value_is(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    place.error = ArithmeticError("secret")
    await place.looker.turn()
    place.error = None
    await place.looker.turn()
    assert "1 rows of former owners" in caplog.text
    assert "secret" not in caplog.text


async def test_nothing_is_written_while_runs_are_applied(place: Place) -> None:
    async with place.watch.writing:
        turn = asyncio.create_task(place.looker.turn())
        await asyncio.sleep(0.01)
        assert place.values[-1] == b"late"
        place.append(b"k", b"newer", place.table.data.headers(0))
        place.table.data.set_row(0, b"k", b"newer")
    await turn
    assert place.values[-1] == b"newer"
    assert b"new" not in place.values[2:]


async def test_a_late_row_that_is_read_before_our_own_is_acknowledged_is_not_forgotten(place: Place) -> None:
    store, former = place.table.data, place.records[0].headers
    async with place.watch.writing:
        place.append(b"k", b"newer", store.headers(0))
        place.append(b"k", b"late", former)
        turn = asyncio.create_task(place.looker.turn())
        await asyncio.sleep(0.01)
        store.set_row(0, b"k", b"newer")
    await turn
    assert place.values[-2:] == [b"late", b"newer"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("rebalancing", True), ("crashed", True), ("consumer_generation_id", 3), ("is_recovered", False)],
)
async def test_whoever_may_have_lost_its_partitions_writes_nothing(place: Place, name: str, value: Any) -> None:
    async with place.watch.writing:
        turn = asyncio.create_task(place.looker.turn())
        await asyncio.sleep(0.01)
        setattr(place.watch if name == "is_recovered" else place.app, name, value)
    await turn
    assert place.values[-1] == b"late"


async def test_after_some_time_nothing_is_read_any_more_until_partitions_are_handed_out_anew(place: Place) -> None:
    place.records.pop()
    await place.looker.turn()
    place.seconds = StreamSettings().late_rows_watch + 1
    place.append(b"k", b"far too late", place.records[0].headers)
    reads = place.reads
    await place.looker.turn()
    assert (place.reads, place.values[-1]) == (reads, b"far too late")
    place.app.consumer_generation_id = 3
    await place.looker.turn()
    assert place.values[-1] == b"new"


async def test_a_changelog_in_which_nothing_is_new_is_not_read(place: Place) -> None:
    await place.looker.turn()
    await place.looker.turn()
    reads = place.reads
    await place.looker.turn()
    assert place.reads == reads


async def test_one_process_alone_has_no_former_owners(monkeypatch: pytest.MonkeyPatch) -> None:
    place = await taken_over(Place(monkeypatch, kind="embedded"))
    await place.looker.turn()
    assert (place.reads, place.values[-1]) == (0, b"late")


async def test_more_late_rows_than_one_store_takes_are_all_written_anew(place: Place) -> None:
    store, former = place.table.data, place.records[0].headers
    keys = [b"%d" % number for number in range(1200)]
    for key in keys:
        place.append(key, b"new", store.headers(0))
        store.set_row(0, key, b"new")
    for key in keys:
        place.append(key, b"late", former)
    await place.looker.turn()
    last = {record.key: record.value for record in place.records}
    assert set(last.values()) == {b"new"}


async def test_a_read_that_hangs_is_given_up_and_one_that_is_stopped_ends_by_itself(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = asyncio.Event()

    async def slowly(_: TP) -> Mapping[TP, int]:
        await asyncio.sleep(0.05)
        ended.set()
        return {TP(CHANGELOG, 0): 0}

    place.app.consumer.highwaters = slowly
    turn = asyncio.create_task(place.looker.turn())
    await asyncio.sleep(0)
    turn.cancel()
    await asyncio.wait([turn])
    assert ended.is_set()
    monkeypatch.setattr(late_rows, "_PATIENCE", 0.0)
    monkeypatch.setattr(late_rows, "_FAREWELL", 0.0)
    ended.clear()
    await place.looker.turn()
    await asyncio.sleep(0.1)
    assert not ended.is_set()
