"""One patient's part of a run: decode, decide, encode. Pure but for the clock; nothing here talks to a broker.

Whatever one patient's records raise stays with that patient (see `quarantine`).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from stream.clock import Clock, parse_moment
from stream.rebuild import is_rebuild, is_spent
from stream.worker import quarantine
from stream.worker.contracts import FoldResult, RowFormat, WatchEngine
from stream.worker.folded import Folded, Ticked
from stream.worker.moments import moment_for
from stream.worker.names import ACTIONS, FACTS, TICKS
from stream.worker.partition import is_home
from stream.worker.quarantine import Failure, Item, Mark, Name

log = logging.getLogger(__name__)

RETRY_AFTER = timedelta(hours=1)
"""How long, on the law's clock, a patient whose tick raised is left alone."""


class RowTooLargeError(ValueError):
    """A row or message is larger than a record may be: raise max_message_bytes here and on the brokers."""


class MisplacedRecordError(ValueError):
    """A record lies where its patient does not: something else than intake writes to our topics."""


class StuckEngineError(ValueError):
    """After a tick the engine wants to be asked at a moment that has passed: it would be asked for ever."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The engine with all that a fold needs.

    `max_bytes` is the size that key and value of a record may have together.
    """

    engine: WatchEngine
    rows: RowFormat
    clock: Clock
    partitions: int
    max_bytes: int = 900_000

    def fold(
        self, patient: bytes, partition: int, stored: tuple[bytes | None, bytes | None], items: Sequence[Item]
    ) -> Folded:
        """Apply a patient's records in their order. `stored` is the row and the mark as the table has them."""
        fold = self.begin(patient, partition, stored)
        for item in items:
            fold.take(item)
        return fold.end()

    def begin(self, patient: bytes, partition: int, stored: tuple[bytes | None, bytes | None]) -> "Fold":
        """Do the same record by record, for who has other things to do between two of them."""
        data, mark = stored
        return Fold(self, Folded(patient, partition, mark=quarantine.read_mark(mark, self.clock.now())), data)


class Fold:
    """The work on one patient. `undecoded` is the stored row until it has been read."""

    def __init__(self, folder: Folder, out: Folded, data: bytes | None) -> None:
        self.folder = folder
        self.engine = folder.engine
        self.out = out
        self.undecoded = data

    def take(self, item: Item) -> None:
        """Apply the next record."""
        message: dict[str, Any] | None = None
        try:
            self._check_place()
            message = msgspec.json.decode(item.value or b"", type=dict[str, Any])
            self._check_patient(item, message)
            rebuilds = item.topic == ACTIONS and is_rebuild(message)
            self._decode_row(needed=not rebuilds)
            is_applied = self._is_applied(item)
            if rebuilds:
                is_applied = is_spent(self.out.row, message, item.topic, self.folder.partitions, is_applied=is_applied)
            if is_applied:
                self.out.skipped += 1
            elif rebuilds:
                self._rebuild(item, message)
            else:
                self._apply(item, message)
        except MisplacedRecordError as error:
            self._write_off(item, error)
        except Exception as error:  # noqa: BLE001 - one patient's failure must not stop the others of its partition
            self._quarantine(item, message, error)

    def end(self) -> Folded:
        """Return what came of it."""
        self._clear_mark()
        return self.out

    def _clear_mark(self) -> None:
        """Lift the quarantine if nothing is left to mark and nothing is missing."""
        mark, row = self.out.mark, self.out.row
        if mark is None or mark.pending or row is None:
            return
        if not self.folder.rows.incomplete(row, self.folder.clock.now()):
            self._set_mark(None)

    def _check_place(self) -> None:
        """Protect the row: offsets of another partition say nothing about what it has."""
        if not is_home(self.out.patient, self.out.partition, self.folder.partitions):
            raise MisplacedRecordError("the record's key does not belong to this partition, or is no pseudonym")

    def _check_patient(self, item: Item, message: Mapping[str, Any]) -> None:
        patient = message.get("partitionkey" if item.topic == FACTS else "patient")
        if str(patient).encode() != self.out.patient:
            raise MisplacedRecordError("the record's key is not its patient")

    def _decode_row(self, *, needed: bool = True) -> None:
        """Read the stored row. One that cannot be read is in the way of any record but the one that replaces it."""
        if self.undecoded is not None:
            try:
                self.out.row = self.folder.rows.decode(self.undecoded)
                self.undecoded = None
            except Exception as error:
                if needed:
                    raise
                patient = self.out.patient.decode(errors="replace")
                log.warning("the row of patient %s cannot be read (%s), and is replaced", patient, type(error).__name__)

    def _is_applied(self, item: Item) -> bool:
        """Tell whether the row has this record already, as after a crash; a tick of nobody has nothing to do."""
        row = self.out.row
        if row is None:
            return item.topic == TICKS and not (self.out.mark and self.out.mark.pending)
        return bool(item.offset < row.applied.get(item.topic, 0))

    def _apply(self, item: Item, message: dict[str, Any]) -> None:
        now = self._moment(item, message)
        self._refresh(now)
        self._mark_pending(now)
        row = self.out.row
        if item.topic == FACTS:
            self._keep(self.engine.fact(row, message, now), item)
        elif item.topic == ACTIONS:
            self._keep(self.engine.command(row, message, now), item)
        else:
            self._tick(item, message, now)
        # What is due next is known again; where nothing is known of the patient, somebody has to look again.
        self.out.retry_at = now + RETRY_AFTER if self.out.row is None else None

    def _rebuild(self, item: Item, message: Mapping[str, Any]) -> None:
        """Let a refolded row take this one's place, whatever this one says that it has applied."""
        now, before = self.folder.clock.now(), self.out.row
        result = self.engine.command(before, message, now)
        self.out.rebuilds.append("stale" if result.row is before else "done")
        self._keep(result, item)
        self.undecoded = None
        self._mark_pending(now)
        self._lift_failed_look(now)

    def _moment(self, item: Item, message: Mapping[str, Any]) -> datetime:
        row = self.out.row
        if item.topic != FACTS:
            return self.folder.clock.now()
        return moment_for(self.folder.clock, message, None if row is None else row.evaluated)

    def _tick(self, item: Item, message: Mapping[str, Any], now: datetime) -> None:
        due, unverified = parse_moment(message["due"]), bool(message.get("unverified"))
        if self.out.row is None:
            return
        upto = min(now, parse_moment(message["upto"])) if "upto" in message else now
        result = self.engine.tick(self.out.row, now, upto=upto, unverified=unverified)
        if result.row.next_due is not None and result.row.next_due <= upto:
            raise StuckEngineError("a tick left a due moment that is not after what it was to decide")
        self._keep(result, item)
        self._lift_failed_look(now)
        self.out.ticks.append(Ticked(due, now - due > self.engine.late_after, unverified))

    def _lift_failed_look(self, now: datetime) -> None:
        """Take back what a failed look left on the row: this one worked, and nothing of the patient was lost."""
        if self.out.mark is not None:
            command = quarantine.dismissal(self.out.patient.decode(errors="replace"), self.out.mark.look, now)
            self._keep(self.engine.command(self.out.row, command, now), None)

    def _refresh(self, now: datetime) -> None:
        row = self.out.row
        if row is not None and row.digest != self.engine.digest:
            self._keep(self.engine.refresh(row, now), None)

    def _mark_pending(self, now: datetime) -> None:
        """Put names that could not be marked before on the row; if that fails again, they go on waiting.

        It must not stop the record that comes now: that may be the look at which somebody is warned.
        """
        mark = self.out.mark
        if mark is None or not mark.pending:
            return
        patient, marked = self.out.patient.decode(errors="replace"), 0
        try:
            for name in mark.pending:
                self._keep(self.engine.command(self.out.row, quarantine.refusal(patient, name, now), now), None)
                marked += 1
        except Exception as error:  # noqa: BLE001 - the record that left the name behind has its dead letter
            waiting = len(mark.pending) - marked
            log.warning("%d names still wait beside the row of patient %s: %s", waiting, patient, type(error).__name__)
        if marked:
            self._set_mark(mark.without(marked))

    def _keep(self, result: FoldResult, item: Item | None) -> None:
        """Encode everything first: if one part cannot be stored, nothing of the result is kept."""
        applied = result.row.applied if item is None else {**result.row.applied, item.topic: item.offset + 1}
        row = msgspec.structs.replace(result.row, applied=applied, partition=self.out.partition)
        data = self._sized(self.out.patient, row.encode())
        ledger = [self._sized(self.out.patient, msgspec.json.encode(record)) for record in result.ledger]
        clocks = {key: self._clocks(key, message) for message in result.clocks if (key := message["pathway"].encode())}
        self.out.row, self.out.data = row, data
        self.out.ledger += ledger
        self.out.transitions += [(record["kind"], record.get("to")) for record in result.ledger]
        self.out.clocks |= clocks

    def _clocks(self, pathway: bytes, message: Mapping[str, Any]) -> bytes | None:
        return None if message["clocks"] is None else self._sized(pathway, msgspec.json.encode(message))

    def _sized(self, key: bytes, data: bytes) -> bytes:
        if len(key) + len(data) > self.folder.max_bytes:
            raise RowTooLargeError(f"{len(key) + len(data)} bytes, more than {self.folder.max_bytes}")
        return data

    def _set_mark(self, mark: Mark | None) -> None:
        self.out.mark, self.out.mark_changed = mark, True

    def _quarantine(self, item: Item, message: Mapping[str, Any] | None, error: Exception) -> None:
        now, patient = self.folder.clock.now(), self.out.patient.decode(errors="replace")
        mark = self.out.mark or quarantine.new_mark(now)
        name = quarantine.name_of(item, message, mark)
        self._dead_letter(item, message, patient, Failure(type(error).__name__, name, now, quarantine.where(error)))
        try:
            self._decode_row()
            self._keep(self.engine.command(self.out.row, quarantine.refusal(patient, name, now), now), item)
        except Exception:  # noqa: BLE001 - the first error is the one reported; the name waits in the mark
            mark = self._waiting(mark, name)
        self._set_mark(mark)
        if item.topic == TICKS:
            self.out.retry_at = now + RETRY_AFTER

    def _waiting(self, mark: Mark, name: Name) -> Mark:
        after = mark.waiting(name)
        if after.others in after.pending and after.others not in mark.pending:
            patient = self.out.patient.decode(errors="replace")
            self.out.dead.append(quarantine.others_letter(after, patient, self.folder.clock.now()))
        return after

    def _write_off(self, item: Item, error: MisplacedRecordError) -> None:
        """Leave a record that is nobody's. Its key is not told: it may hold anything."""
        name = Name(item.topic, f"{item.partition}:{item.offset}")
        self._dead_letter(item, None, None, Failure(type(error).__name__, name, self.folder.clock.now(), ""))

    def _dead_letter(
        self, item: Item, message: Mapping[str, Any] | None, patient: str | None, failure: Failure
    ) -> None:
        log.error("record %s of patient %s not applied: %s %s", item.place, patient, failure.cause, failure.where)
        self.out.dead.append(quarantine.dead_letter(item, message, patient, failure))
