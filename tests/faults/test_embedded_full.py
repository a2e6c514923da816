"""The whole stream on the embedded log, in a process whose files may not grow: it ends, and nothing is lost."""

import os
import resource
import signal
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest

from stream.worker.transport import TransportError
from tests.embedded.feeds import ledger, outgoing, replayed, simulated, streamed
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.unit.engine.events import ENGINE
from tests.unit.worker.transport.forked import Life, Say

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEED = simulated(150, 7, date(2026, 1, 5), date(2026, 2, 13), AT)
SLICE = 50


def stack(directory: Path) -> Stack:
    return Stack(directory, ManualClock(AT), ENGINE, intake=True)


async def feed_until_full(directory: Path, room: int, say: Say) -> None:
    """Feed slice after slice, say each that was acknowledged, and end as a crashed process does."""
    try:
        async with stack(directory) as running:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
            for first in range(0, len(FEED), SLICE):
                await running.write(outgoing(FEED[first : first + SLICE], PARTITIONS))
                say(b"%d" % (first + SLICE))
                await running.settle()
    except (TransportError, AssertionError):
        say(b"full")
    finally:
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("room", [400_000, 1_000_000, 2_000_000])
async def test_what_was_acknowledged_before_the_limit_is_there_when_it_is_raised(tmp_path: Path, room: int) -> None:
    said = Life(partial(feed_until_full, tmp_path, room)).lasts(240)
    acknowledged = max([0, *(int(number) for number in said if number != b"full")])
    async with stack(tmp_path) as running:
        await running.settle()
        assert await streamed(running, AT) == replayed(FEED[:acknowledged], AT)
        await running.write(outgoing(FEED[acknowledged:], PARTITIONS))
        await running.settle()
        assert await streamed(running, AT) == replayed(FEED, AT)
        written = [record["transition_id"] for record in await ledger(running)]
    assert (said[-1], len(written)) == (b"full", len(set(written)))
