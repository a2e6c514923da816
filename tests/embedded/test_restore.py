"""What is restored from a backup gives the clocks of replay, and warns of nothing a second time."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

from stream.worker.transport.embedded.backup import back_up
from tests.embedded.feeds import ledger, outgoing, replayed, simulated, streamed
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.unit.engine.events import ENGINE

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEED = simulated(40, 7, date(2026, 1, 5), date(2026, 2, 13), AT)
HALF = len(FEED) // 2


async def test_a_restored_log_goes_on_with_the_same_clocks_and_repeats_no_alert(tmp_path: Path) -> None:
    async with Stack(tmp_path / "log", ManualClock(AT), ENGINE, intake=True) as stack:
        await stack.write(outgoing(FEED[:HALF], PARTITIONS))
        await stack.settle()
        warned = [record["transition_id"] for record in await ledger(stack)]
        await asyncio.to_thread(back_up, tmp_path / "log", tmp_path / "copy")
        await stack.write(outgoing(FEED[HALF:], PARTITIONS))
        await stack.settle()
        wanted = Counter(record["transition_id"] for record in await ledger(stack))
    async with Stack(tmp_path / "copy", ManualClock(AT), ENGINE, intake=True) as restored:
        await restored.settle()
        assert [record["transition_id"] for record in await ledger(restored)] == warned
        await restored.write(outgoing(FEED[HALF:], PARTITIONS))
        await restored.settle()
        assert await streamed(restored, AT) == replayed(FEED, AT)
        assert Counter(record["transition_id"] for record in await ledger(restored)) == wanted
