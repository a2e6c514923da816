"""A flood is taken in with bounded memory: what waits, waits on disk.

Memory is looked at as the machine sees it (resident pages): before, at its peak, and when all is applied. Rows stay, so
the bound has a part for them; the rest of it is the same for a flood of any size.
"""

import asyncio
import gc
import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from stream.worker.names import INBOX
from stream.worker.transport import Outgoing, Sender, TopicSpec, TransportOptions, ensure_topics
from stream.worker.transport.options import topic_config
from tests.embedded.feeds import outgoing, simulated
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.unit.engine.events import ENGINE

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
EVENTS = int(os.environ.get("FLOOD", "25000"))
"""A quarter of the flood of a hundred thousand, which ``FLOOD=100000`` sends: it takes four times as long."""
PASSING = 45_000_000
"""Bytes that memory may grow by whatever the size of the flood."""
STAYING = 1.5
"""Bytes of memory for each byte of a row, which stays: its entry in the table, its due moment, its open clocks."""


def flood(events: int) -> Iterator[list[Outgoing]]:
    """A simulated country again and again, each time with other patients."""
    country = simulated(120, 7, date(2026, 1, 5), date(2026, 2, 13), AT)
    sent = 0
    while sent < events:
        sent += len(country)
        yield outgoing([copy_of(event, sent) for event in country], PARTITIONS)


def copy_of(event: dict[str, Any], number: int) -> dict[str, Any]:
    named = {name: f"{event[name]}-{number}" for name in ("id", "subject", "partitionkey") if event.get(name)}
    return event | named


def resident(what: str) -> int:
    """Bytes that are resident now (VmRSS), or were at the peak since it was last forgotten (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))


def forget_peak() -> None:
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")


@pytest.mark.slow
async def test_a_flood_is_taken_in_with_bounded_memory(tmp_path: Path) -> None:
    options = TransportOptions(url=f"embedded:{tmp_path}", replication=1, synchronous="normal")
    spec = TopicSpec(INBOX, PARTITIONS, 1, topic_config(compacted=False, retention=7 * 86_400.0))
    assert not await ensure_topics(options, [spec], create=True)
    sent = 0
    async with Sender(options) as sender:
        for part in flood(EVENTS):
            sent += len(await sender.send_many(part))
    forget_peak()
    before, started, worked = resident("VmRSS"), time.monotonic(), time.process_time()
    async with Stack(tmp_path, ManualClock(AT), ENGINE, intake=True, transport=options) as stack:
        while stack.metric("events_accepted_total") < sent or not stack.is_settled():
            assert not stack.app.crashed
            await asyncio.sleep(0.05)
        took, peak = time.monotonic() - started, resident("VmHWM")
        after, data = resident("VmRSS"), stack.watch._table.data.data
        rows = sum(len(key) + len(value) for key, value in data.items())
    print(  # noqa: T201 - the figures are what one wants
        f"{sent} events, {len(data)} rows of {rows:,} bytes, {took:.1f} s, {time.process_time() - worked:.1f} s of work"
    )
    print(f"resident: {before:,} before, {peak:,} at the peak, {after:,} after")  # noqa: T201 - the figures are what one wants
    assert len(data) > sent / 20
    assert peak - before < PASSING + STAYING * rows
