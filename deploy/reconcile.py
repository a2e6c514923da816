"""What `fristvagt reconcile` does: reads every patient, compares, looks twice at what differs, and sends repairs.

Partition by partition, in batches of so many facts that they fit into memory; a large partition is read several times,
with a part of its patients each time.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec

from api.projection import compare as read_model
from api.projection.compare import ReadModel, Wrong
from api.projection.keys import Store
from deploy.reconcile_report import Report
from stream.reconcile.batches import Part, batches, part_of, with_any
from stream.reconcile.compare import Comparer
from stream.reconcile.differences import BEYOND_REPAIR, Difference, Kind
from stream.reconcile.gathering import READ, Gatherer, Wants, Word
from stream.reconcile.remedy import Healer
from stream.reconcile.seen import Reach, Seen
from stream.worker.names import ACTIONS, ALERTS, FACTS
from stream.worker.partition import partition_of
from stream.worker.transport import Outgoing, Sender, TransportOptions, end_offsets

BATCH: Final = 200_000
"""Facts, commands and ledger records in memory at a time, roughly."""

ROUNDS: Final = 3
"""How often a repair is tried: the worker leaves one alone that came too late."""

_KINDS: Final = {
    "clock": Kind.REDIS_CLOCK,
    "broken": Kind.REDIS_BROKEN,
    "alert": Kind.REDIS_ALERT,
    "index": Kind.REDIS_INDEX,
}


@dataclass(slots=True)
class Finding:
    """What came of one patient."""

    seen: Seen
    reach: Reach
    differences: list[Difference]
    revisions: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Reconciler:
    """Compares and repairs. `store` is None where Redis is not to be compared.

    `pause` is how many seconds of wall time a stream gets to move on before a difference is believed.
    """

    options: TransportOptions
    gatherer: Gatherer
    comparer: Comparer
    store: Store | None
    now: Callable[[], datetime]
    pause: float = 3.0
    batch: int = BATCH

    async def total(self) -> int:
        """Return about how many records one look reads."""
        ends = [await end_offsets(self.options, topic) for topic in READ]
        return sum(sum(each.values()) for each in ends)

    async def look(self) -> Report:
        """Compare everything, and once more what differs."""
        first = await self._compare(None)
        if not first.counts:
            return first
        await asyncio.sleep(self.pause)
        again = await self._again(first)
        again.waiting = max(first.waiting, again.waiting)
        return again

    async def repair(self, report: Report) -> Report:
        """Send what puts the differing patients right, and look at them again until they are, or cannot be.

        On an embedded log nobody reads what was sent until the process starts again.
        """
        for _ in range(ROUNDS):
            sent, obstacles = await self._send(frozenset(report.suspects))
            report.sent += sent
            report.obstacles |= obstacles
            if not sent or self.options.kind == "embedded":
                break
            await asyncio.sleep(self.pause)
            after = await self._again(report)
            after.sent, after.obstacles = report.sent, report.obstacles
            report = after
            if not report.counts:
                break
        return report

    async def _again(self, before: Report) -> Report:
        after = await self._compare(frozenset(before.suspects))
        after.patients = before.patients
        after.moved_on = before.moved_on + len(before.suspects - after.suspects)
        after.other_rules = before.other_rules
        return after

    async def _compare(self, only: frozenset[bytes] | None) -> Report:
        report = Report()
        for batch in await self._batches(only):
            async for finding in self._findings(batch, only, report):
                report.patients += 1
                report.note(finding.differences)
                if finding.differences:
                    report.suspects.add(finding.seen.patient.encode())
        model = await self._model(report)
        if model is not None:
            report.note(_difference(each) for each in await model.listed())
        return report

    async def _send(self, suspects: frozenset[bytes]) -> tuple[int, dict[str, str]]:
        healer = Healer(self.comparer.engine, self.options.max_message_bytes)
        commands: list[Outgoing] = []
        obstacles: dict[str, str] = {}
        for batch in await self._batches(suspects):
            async for finding in self._findings(batch, suspects, Report()):
                patient, kinds = finding.seen.patient, {each.kind for each in finding.differences}
                beyond = [BEYOND_REPAIR[kind] for kind in kinds if kind in BEYOND_REPAIR]
                if not kinds:
                    continue
                if beyond and (Kind.REDIS_BROKEN in kinds or kinds <= BEYOND_REPAIR.keys()):
                    obstacles[patient] = beyond[0]
                    continue
                found = healer.remedy(finding.seen, finding.reach, finding.revisions, self.now())
                if found.command is None:
                    obstacles[patient] = found.obstacle
                else:
                    value = msgspec.json.encode(found.command)
                    commands.append(Outgoing(ACTIONS, patient.encode(), value, finding.reach.number))
        if commands:
            async with Sender(self.options) as sender:
                await sender.send_many(commands)
        return len(commands), obstacles

    async def _batches(self, only: frozenset[bytes] | None) -> list[list[Part]]:
        ends = [await end_offsets(self.options, topic) for topic in (FACTS, ACTIONS, ALERTS)]
        every = batches({number: sum(each[number] for each in ends) for number in ends[0]}, self.batch)
        if only is None:
            return every
        return [some for batch in every if (some := with_any(batch, only, self.gatherer.partitions))]

    async def _findings(
        self, batch: Sequence[Part], only: frozenset[bytes] | None, report: Report
    ) -> AsyncIterator[Finding]:
        wants = self._wants(batch, only)
        words = await self.gatherer.words()
        rows = {part.number: await self.gatherer.rows(part.number, wants) for part in batch}
        clocks = await self.gatherer.clocks(wants)
        gathered = [
            await self.gatherer.gather(number, rows[number], clocks, words.get(number, Word({}, None)), wants)
            for number in rows
        ]
        model = await self._model(report)
        strays = await _strays(model, wants, clocks)
        for reach, some in gathered:
            for seen in _with(some, strays, reach):
                yield await self._finding(seen, reach, model, strays, report)

    async def _finding(
        self, seen: Seen, reach: Reach, model: ReadModel | None, strays: "_Strays", report: Report
    ) -> Finding:
        compared = self.comparer.compare(seen, reach)
        report.other_rules += compared.other_rules
        finding = Finding(seen, reach, compared.differences)
        if model is not None:
            messages = {pathway: (seen.patient, each) for pathway, each in (seen.clocks or {}).items()}
            clocks = await model.pathways(messages)
            alerts = await model.alerts(seen.patient, reach.number, seen.ledger)
            wrong = [*clocks.wrong, *alerts.wrong, *strays.of.get(seen.patient, [])]
            finding.differences += map(_difference, wrong)
            finding.revisions = strays.revisions | clocks.revisions
            report.waiting += clocks.waiting + alerts.waiting
        return finding

    async def _model(self, report: Report) -> ReadModel | None:
        if self.store is None:
            report.redis = "not compared: it does not answer"
            return None
        applied = await read_model.applied(self.store, self.gatherer.partitions)
        if applied is None:
            report.redis = "not compared: the projector has not filled it yet"
            return None
        return ReadModel(self.store, applied)

    def _wants(self, batch: Sequence[Part], only: frozenset[bytes] | None) -> Wants:
        parts = {part.number: part for part in batch}

        def wants(patient: bytes) -> bool:
            return (only is None or patient in only) and part_of(patient, parts, self.gatherer.partitions) is not None

        return wants


@dataclass(slots=True)
class _Strays:
    of: dict[str, list[Wrong]] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)


async def _strays(model: ReadModel | None, wants: Wants, clocks: Mapping[str, Mapping[str, Any]]) -> _Strays:
    if model is None:
        return _Strays()
    found = await model.strays(wants, {pathway for some in clocks.values() for pathway in some})
    strays = _Strays(revisions=found.revisions)
    for each in found.wrong:
        strays.of.setdefault(each.patient, []).append(each)
    return strays


def _with(some: list[Seen], strays: _Strays, reach: Reach) -> list[Seen]:
    """Add the patients of whom nothing but a document in Redis is left."""
    known = {seen.patient for seen in some}
    home = (name for name in strays.of if partition_of(name.encode(), reach.partitions) == reach.number)
    return some + [Seen(name, clocks={}) for name in home if name not in known]


def _difference(wrong: Wrong) -> Difference:
    return Difference(_KINDS[wrong.what], wrong.patient, wrong.ref, wrong.note)
