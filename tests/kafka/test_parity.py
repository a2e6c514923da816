"""On a real Kafka the stream says what `replay` says: clock for clock, and transition for transition."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from stream.clock import FeedClock
from stream.verify import read_cases
from stream.worker.transport import TransportOptions
from tests.embedded.feeds import GOLDEN, ledger, outgoing, play, remembered, replayed, simulated, streamed
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.servers.kafka import kafka_of_its_own as kafka
from tests.unit.engine.events import ENGINE

__all__ = ["kafka"]

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
AFTERWARDS = datetime(2027, 1, 4, 12, tzinfo=UTC)
"""After the last golden case. Each at its own moment: tests/embedded/test_parity.py."""
FEED = simulated(60, 7, date(2026, 1, 5), date(2026, 1, 30), AT)


@pytest.fixture
def options(options: TransportOptions) -> TransportOptions:
    """Those of the other tests on Kafka, with runs as long as in production."""
    return replace(options, run=500)


async def test_the_events_of_all_golden_cases_give_the_clocks_of_replay(tmp_path, options) -> None:
    events = [event for case in read_cases(GOLDEN) for event in case["events"]]
    async with Stack(tmp_path, ManualClock(AFTERWARDS), ENGINE, intake=True, transport=options) as stack:
        await stack.write(outgoing(events, PARTITIONS))
        await stack.settle()
        assert await streamed(stack, AFTERWARDS) == replayed(events, AFTERWARDS)


async def test_a_simulated_feed_gives_the_clocks_of_replay(tmp_path, options) -> None:
    async with Stack(tmp_path, ManualClock(AT), ENGINE, intake=True, transport=options) as stack:
        await stack.write(outgoing(FEED, PARTITIONS))
        await stack.settle()
        assert await streamed(stack, AT) == replayed(FEED, AT)


async def test_a_feed_in_order_of_time_gives_the_transitions_of_history(tmp_path, options) -> None:
    clock = FeedClock()
    async with Stack(tmp_path, clock, ENGINE, intake=True, transport=options) as stack:
        await play(stack, clock, FEED, AT, PARTITIONS)
        written = [record["transition_id"] for record in await ledger(stack)]
    assert sorted(written) == sorted(remembered(FEED, AT))


async def test_a_restart_in_the_middle_changes_nothing(tmp_path, options) -> None:
    half = len(FEED) // 2
    for part in (FEED[:half], FEED[half:]):
        async with Stack(tmp_path, ManualClock(AT), ENGINE, intake=True, transport=options) as stack:
            await stack.write(outgoing(part, PARTITIONS))
            await stack.settle()
            found = await streamed(stack, AT)
    assert found == replayed(FEED, AT)
