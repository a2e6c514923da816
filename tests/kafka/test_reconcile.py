"""On a real Kafka: a damaged row and an altered message are found while the worker runs, and put right by it."""

from collections import Counter
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from stream.reconcile.differences import Kind
from stream.worker.names import CLOCKS
from stream.worker.transport import TransportOptions
from tests.embedded.feeds import outgoing
from tests.embedded.mending import AT, FEED, garble_row, last, looked, reconciler, rows, write
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.servers.kafka import kafka_of_its_own as kafka
from tests.unit.engine.events import ENGINE

__all__ = ["kafka"]

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture
def options(options: TransportOptions) -> TransportOptions:
    return replace(options, run=500)


async def message_of_another(options: TransportOptions, patient: str) -> tuple[bytes, int, dict[str, Any]]:
    """Return a clocks message with key and partition: of a patient whose row is readable, or it is not compared."""
    for key, (number, record) in (await last(options, CLOCKS)).items():
        message = None if record.value is None else msgspec.json.decode(record.value)
        if message is not None and message["patient"] != patient:
            return key, number, message
    raise AssertionError("no other patient has clocks")


async def test_what_is_damaged_on_kafka_is_found_and_put_right_by_the_running_worker(tmp_path, options) -> None:
    async with Stack(tmp_path, ManualClock(AT), ENGINE, intake=True, transport=options) as stack:
        await stack.write(outgoing(FEED[:150], PARTITIONS))
        await stack.settle()
        assert (await looked(options)).counts == Counter()
        damaged = next(iter(await rows(options)))
        await garble_row(options, damaged)
        key, number, message = await message_of_another(options, damaged)
        altered = message | {"incomplete": not message["incomplete"]}
        await write(options, CLOCKS, key, msgspec.json.encode(altered), number)
        work = reconciler(options, pause=3.0)
        found = await work.look()
        assert found.counts == Counter({Kind.ROW_UNREADABLE: 1, Kind.CLOCK_WRONG: 1})
        assert (await work.repair(found)).counts == Counter()
        assert (await looked(options)).counts == Counter()
