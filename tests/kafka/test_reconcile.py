"""On a real Kafka: a damaged row and an altered message are found while the worker runs, and put right by it."""

from collections import Counter
from dataclasses import replace

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


async def test_what_is_damaged_on_kafka_is_found_and_put_right_by_the_running_worker(tmp_path, options) -> None:
    async with Stack(tmp_path, ManualClock(AT), ENGINE, intake=True, transport=options) as stack:
        await stack.write(outgoing(FEED[:150], PARTITIONS))
        await stack.settle()
        assert (await looked(options)).counts == Counter()
        await garble_row(options, next(iter(await rows(options))))
        (number, record), key = next(
            (found, key) for key, found in (await last(options, CLOCKS)).items() if found[1].value is not None
        )
        altered = msgspec.json.decode(record.value) | {"incomplete": True}
        await write(options, CLOCKS, key, msgspec.json.encode(altered), number)
        work = reconciler(options, pause=1.0)
        found = await work.look()
        assert found.counts == Counter({Kind.ROW_UNREADABLE: 1, Kind.CLOCK_WRONG: 1})
        assert (await work.repair(found)).counts == Counter()
        assert (await looked(options)).counts == Counter()
