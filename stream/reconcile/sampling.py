"""The scheduled form of the reconciliation: a few patients of one partition at a time, in the worker that owns them.

Every patient has its turn by a hash of its reference, so that one who has no row is found as well. A patient that
differs is looked at again each time its partition has its turn, until it does not. The worker's rows are compared as
they are in memory; the clocks topic and Redis are left to `fristvagt reconcile`, which reads everything.
"""

import asyncio
import logging
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, NamedTuple

from prometheus_client import CollectorRegistry
from prometheus_client import Counter as MetricCounter

from stream.engine import Engine
from stream.reconcile.compare import Comparer
from stream.reconcile.differences import Kind
from stream.reconcile.gathering import Gatherer, Wants, Word
from stream.worker.metrics import Reading, Readings
from stream.worker.names import WATCHED
from stream.worker.quarantine import patient_of, where
from stream.worker.transport import TransportError, settled_upto
from stream.worker.watch import Watch

log = logging.getLogger(__name__)

EVERY: Final = 300.0
"""Seconds between two turns: twelve partitions have theirs within the hour."""
SAMPLE: Final = 100
"""Patients of a turn, roughly."""
GRACE: Final = 120.0
"""Seconds on top of what a due moment may wait, before a look counts as missing."""

_STEP: Final = 5000
"""Keys looked at between two turns of the event loop."""


class Found(NamedTuple):
    """What a turn has found of one patient."""

    number: int
    kinds: frozenset[Kind]


@dataclass(slots=True)
class Sampler:
    """Takes the partitions in turn. `found` are the patients that differ, by their keys."""

    watch: Watch
    table: Any
    comparer: Comparer
    gatherer: Gatherer
    checked: MetricCounter
    sample: int = SAMPLE
    found: dict[bytes, Found] = field(default_factory=dict)
    finished_at: float = field(default_factory=time.monotonic)
    _turn: int = 0

    async def turn(self) -> None:
        """Compare a sample of the next partition. An exception is logged: the age of the last turn then grows."""
        try:
            await self._look()
        except TransportError as error:
            log.warning("reconcile could not read the topics: %s", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - a timer's exception would be swallowed, and the watch must go on
            log.error("reconcile failed: %s at %s", type(error).__name__, where(error))  # noqa: TRY400 - a traceback may quote a patient's data

    async def _look(self) -> None:
        owned = sorted(self.watch.deadlines.partitions)
        self.found = {key: found for key, found in self.found.items() if found.number in owned}
        if not self.watch.is_recovered:
            return
        if not owned:
            self.finished_at = time.monotonic()
            return
        number = owned[self._turn % len(owned)]
        wants = self._wants(number, self._turn // len(owned), len(owned))
        self._turn += 1
        word = self._word(number)  # before the rows, which may only be newer
        rows = await self._rows(wants)
        reach, seen = await self.gatherer.gather(number, rows, None, word, wants)
        for each in seen:
            key = each.patient.encode()
            kinds = frozenset(found.kind for found in self.comparer.compare(each, reach).differences)
            if self.table.data.get(key) != each.row:
                continue  # it has moved on meanwhile
            self.found.pop(key, None)
            if kinds:
                self.found[key] = Found(number, kinds)
                log.error("reconcile: patient %s differs: %s", each.patient, ", ".join(sorted(kinds)))
        self.checked.inc(len(seen))
        self.finished_at = time.monotonic()

    def _wants(self, number: int, round_: int, owned: int) -> Wants:
        pieces = max(1, len(self.table.data) // (owned * self.sample))

        def wants(patient: bytes) -> bool:
            is_chosen = patient in self.found or zlib.crc32(patient) % pieces == round_ % pieces
            return is_chosen and self.gatherer.is_home(patient, number)

        return wants

    async def _rows(self, wants: Wants) -> dict[bytes, bytes]:
        rows: dict[bytes, bytes] = {}
        for count, key in enumerate(list(self.table.data.keys())):
            if count % _STEP == 0:
                await asyncio.sleep(0)
            if wants(patient_of(key) or key) and (row := self.table.data.get(key)) is not None:
                rows[key] = row
        return rows

    def _word(self, number: int) -> Word:
        settled = {topic: settled_upto(self.watch.app, topic, number) or 0 for topic in WATCHED}
        return Word(settled, self.watch.folder.clock.now())

    def readings(self) -> Iterator[Reading]:
        """Yield the gauges of the sample."""
        counts = Counter(kind for found in self.found.values() for kind in found.kinds)
        values = [((kind.value,), float(counts[kind])) for kind in Kind if not kind.startswith(("redis", "clock"))]
        yield Reading("fristvagt_reconcile_differences", "Sampled patients that differ", ("kind",), values)
        age = time.monotonic() - self.finished_at
        yield Reading("fristvagt_reconcile_age_seconds", "Seconds since a sample was compared", (), [((), age)])


def make_sampler(app: Any, watch: Watch, engine: Engine, registry: CollectorRegistry, pace: float = 1.0) -> Sampler:
    """Return a sampler for a watch app; `registry` shows what it finds. `pace` is that of the law's clock."""
    seconds = (watch.deadlines.settings.unverified_after + GRACE) * pace
    comparer = Comparer(engine, timedelta(seconds=seconds))
    (table,) = app.row_tables.values()
    checked = MetricCounter("fristvagt_reconcile_checked", "Patients of samples compared", registry=registry)
    sampler = Sampler(watch, table, comparer, Gatherer(app.options, watch.folder.partitions), checked)
    registry.register(Readings(sampler.readings))
    return sampler


def attach(app: Any, watch: Watch, engine: Engine, registry: CollectorRegistry, pace: float = 1.0) -> None:
    """Let a watch app compare samples while it runs."""
    app.timer(EVERY)(make_sampler(app, watch, engine, registry, pace).turn)
