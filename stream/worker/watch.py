"""The watch agent: one reader of facts, actions and ticks, so that a patient's row has one writer.

Thin: it groups runs by patient, lets the folder decide, and stores ledger records, clocks and rows, in that order.
"""

import asyncio
import gc
import logging
import time
from collections.abc import Iterable, Sequence
from typing import Any

from stream.clock import FeedClock
from stream.published import PATIENT_HEADER
from stream.worker import quarantine
from stream.worker.deadlines import Deadlines
from stream.worker.folded import Folded
from stream.worker.folding import Folder
from stream.worker.gauges import OpenClocks, Quarantined
from stream.worker.metrics import WatchMetrics
from stream.worker.names import ALERTS, CLOCKS, DEADLETTERS, FACTS
from stream.worker.partition import partition_of
from stream.worker.progress import Progress
from stream.worker.quarantine import Item
from stream.worker.recovery import Recovered, recover
from stream.worker.transport import Outbox, Run, settled_together

log = logging.getLogger(__name__)

_TURN = 0.02
"""Seconds of folding between two turns of the event loop: timers and the API of the same process must not starve."""


class Watch:
    """The agent and what it keeps in memory beside the table: all of it is rebuilt at each recovery."""

    def __init__(self, app: Any, table: Any, folder: Folder, deadlines: Deadlines, metrics: WatchMetrics) -> None:
        self.app = app
        self.folder = folder
        self.deadlines = deadlines
        self.clocks = OpenClocks()
        self.quarantined = Quarantined()
        self.is_recovered = False
        self.stored_at = time.monotonic()
        self.writing = asyncio.Lock()  # rows have one writer at a time: runs, or late_rows
        self.progress = Progress(app, folder.clock, deadlines)
        self._table = table
        self._metrics = metrics

    async def agent(self, stream: Any) -> None:
        """Read runs for ever."""
        async for runs in settled_together(stream):
            async with self.writing:
                await self.take(runs)

    async def take(self, runs: Sequence[Run]) -> None:
        """Apply runs and return when everything they lead to is stored. Only TransportError may leave."""
        folded = await self._fold(runs)
        box = Outbox(self.app)
        for each in folded:
            self._pack(box, each)
        with self._metrics.store.time():
            await box.store()
        self.stored_at = time.monotonic()
        for run in runs:
            self._metrics.runs.labels(run.topic).inc()
            self._metrics.records.labels(run.topic).inc(len(run.records))
        for each in folded:
            self._note(each)

    async def pulse(self) -> None:
        """Send what has come due and tell how far we are. Called by a timer; an exception ends the process."""
        try:
            await self._measure_loop()
            if self.is_recovered and not self.app.rebalancing:
                await self.deadlines.turn()
                await self.progress.turn(self.quarantined.of, self.quarantined.named)
        except Exception as error:
            log.exception("the deadlines stopped: the process must end, or nobody would be warned")
            await self.app.crash(error)

    def revoked(self) -> None:
        """Forget what belongs to partitions: they are being handed out anew."""
        self.is_recovered = False
        self.deadlines.clear()
        self.progress.clear()
        self.clocks.clear()
        self.quarantined = Quarantined()

    async def recovered(self) -> None:
        """Rebuild from the recovered rows. Faust swallows exceptions here, so they end the process by hand."""
        try:
            await self._rebuild()
        except Exception as error:
            log.exception("the rows could not be read after recovery")
            await self.app.crash(error)

    async def _fold(self, runs: Sequence[Run]) -> list[Folded]:
        folded: list[Folded] = []
        turn = time.monotonic()
        for (patient, partition), items in _by_patient(runs).items():
            stored = self._table.data.get(patient), self._table.data.get(quarantine.mark_key(patient))
            fold, spent = self.folder.begin(patient, partition, stored), 0.0
            for item in items:
                began = time.monotonic()
                if began - turn > _TURN:
                    await asyncio.sleep(0)
                    began = turn = time.monotonic()
                fold.take(item)
                spent += time.monotonic() - began
            folded.append(fold.end())
            self._metrics.fold.observe(spent)
        return folded

    def _pack(self, box: Outbox, folded: Folded) -> None:
        patient, partition = folded.patient, folded.partition
        for letter in folded.dead:
            box.send(DEADLETTERS, None, letter.encode())
        for record in folded.ledger:
            box.send(ALERTS, patient, record, partition=partition)
        for pathway, message in folded.clocks.items():
            box.send(CLOCKS, pathway, message, headers=() if message is not None else ((PATIENT_HEADER, patient),))
        if folded.data is not None:
            box.put(self._table, patient, folded.data, partition=partition)
        if folded.mark_changed:
            mark = None if folded.mark is None else folded.mark.encode()
            box.put(self._table, quarantine.mark_key(patient), mark, partition=partition)

    def _note(self, folded: Folded) -> None:
        patient = folded.patient
        if folded.ticks:  # they answer what was sent; behind them the same moment may have come due anew
            self.deadlines.arm(folded.partition, patient, None)
        if folded.row is not None or folded.retry_at is not None:
            self.deadlines.arm(folded.partition, patient, folded.next_due)
        if folded.data is not None:
            self.clocks.put(patient, self.folder.rows.watched(folded.row))
        if folded.mark_changed:
            self.quarantined.note(patient, folded.partition, quarantined=folded.mark is not None)
        self._metrics.skipped.inc(folded.skipped)
        for letter in folded.dead:
            self._metrics.dead_letters.labels(letter.reason).inc()
        for kind, tier in folded.transitions:
            self._metrics.ledger.labels(kind, tier or "none").inc()
        for result in folded.rebuilds:
            self._metrics.rebuilds.labels(result).inc()
        for tick in folded.ticks:
            self._metrics.ticks.labels(tick.timing).inc()

    async def _rebuild(self) -> None:
        generation = self.app.consumer_generation_id
        owned = {tp.partition for tp in self.app.consumer.assignment() if tp.topic == FACTS}
        clocks = OpenClocks()
        found = await recover(self._table.data, owned, self.folder, clocks)
        if generation == self.app.consumer_generation_id:  # else a later recovery does it
            self._install(found, clocks)

    def _install(self, found: Recovered, clocks: OpenClocks) -> None:
        self.revoked()
        for partition, due in found.due.items():
            self.deadlines.start(partition, due.items())
        self.clocks = clocks
        places = ((patient, partition_of(patient, self.folder.partitions)) for patient in found.quarantined)
        self.quarantined = Quarantined(places)
        if isinstance(self.folder.clock, FeedClock) and found.evaluated is not None:
            self.folder.clock.advance(found.evaluated)
        gc.freeze()  # what is kept of every patient is no garbage: a full collection over it would stop the loop
        self.is_recovered = True
        log.info("watching %d partitions", len(found.due))

    async def _measure_loop(self) -> None:
        asked = time.monotonic()
        await asyncio.sleep(0)
        self._metrics.loop_delay.set(time.monotonic() - asked)


def _by_patient(runs: Iterable[Run]) -> dict[tuple[bytes, int], list[Item]]:
    """Group records by patient and partition: order matters within a patient only. A record without key has none."""
    grouped: dict[tuple[bytes, int], list[Item]] = {}
    for run in runs:
        for record in run.records:
            item = Item(run.topic, run.partition, record.offset, record.value)
            grouped.setdefault((record.key or b"", run.partition), []).append(item)
    return grouped
