"""An export of the ledger book: JSON lines that somebody without the database can verify. Pure.

The first line says whether every entry is there (`whole`) and where every chain ended; then a line an entry, with the
chain hash of the one before it (`previous`; null where that one is missing), so that each can be checked by itself; the
last line says how many there were.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeVar

import msgspec

from alerts.ledger import moment_text
from alerts.records.entry import Entry, aware
from alerts.records.errors import ExportError
from alerts.records.heads import Head
from alerts.records.proving import Fault, Link, Mark, Prover, Verdict

Shape = TypeVar("Shape", bound=msgspec.Struct)


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry as it is written."""

    previous: str | None
    partition: int
    seq: int
    source_offset: int
    transition_id: str
    alert_id: str | None
    clock_id: str | None
    patient: str | None
    pathway: str | None
    unit: str | None
    region: str | None
    right: str | None
    kind: str
    at: str | None
    content: str | None
    salt: str | None
    content_hash: str
    chain_hash: str


class _Begin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the first line says."""

    whole: bool
    heads: tuple[tuple[int, int, str], ...]


class _First(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    begin: _Begin


class _End(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the last line says."""

    entries: int


class _Last(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    end: _End


def first_line(heads: Sequence[Head], *, whole: bool) -> str:
    """Write the first line."""
    places = tuple((head.partition, head.seq, head.chain_hash) for head in heads)
    return msgspec.json.encode(_First(_Begin(whole, places))).decode()


def entry_line(previous: str | None, entry: Entry) -> str:
    """Write an entry as a line."""
    values: dict[str, Any] = {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
    values["at"] = None if entry.at is None else moment_text(entry.at)
    return msgspec.json.encode(_Line(previous=previous, **values)).decode()


def last_line(entries: int) -> str:
    """Write the last line."""
    return msgspec.json.encode(_Last(_End(entries))).decode()


def verify_export(lines: Iterable[str], heads: str | None = None) -> Verdict:
    """Verify an export line by line, and against the text of a daily head. Raises ExportError, HeadTextError.

    An export of a part (`whole` false) proves each of its entries, and not that none was left out.
    """
    reader = _Reader(iter(lines))
    begin = reader.begin()
    prover = Prover(whole=begin.whole)
    prover.expect(Mark(*head, source="the first line") for head in begin.heads)
    faults: list[Fault] = []
    if heads is not None:
        faults = prover.expect_head(heads, "the given head")
    return prover.verdict(chain(faults, prover.look(reader.links()), reader.ending(prover)))


class _Reader:
    """Reads lines: the first, the entries, the last."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = enumerate(lines, 1)
        self._end: _End | None = None

    def begin(self) -> _Begin:
        """Read the first line. Raises ExportError."""
        number, line = next(self._lines, (1, ""))
        return _decode(number, line, _First).begin

    def links(self) -> Iterator[Link]:
        """Read entries up to the last line. Raises ExportError."""
        for number, line in self._lines:
            if line.startswith('{"end":'):
                self._end = _decode(number, line, _Last).end
                return
            yield _link(number, line)

    def ending(self, prover: Prover) -> Iterator[Fault]:
        """Judge the last line, once the entries are read. Raises ExportError for lines after it."""
        if self._end is None:
            yield Fault("tail", None, None, "the export is cut off: its last line is missing")
        elif self._end.entries != prover.entries:
            yield Fault("missing", None, None, f"{prover.entries} entries are there, and {self._end.entries} were")
        for number, _ in self._lines:
            raise ExportError(f"line {number} comes after the last line; give a file one export")


def _link(number: int, line: str) -> Link:
    read = _decode(number, line, _Line)
    values = msgspec.structs.asdict(read)
    previous = values.pop("previous")
    try:
        values["at"] = None if read.at is None else aware(read.at)
    except (ValueError, OverflowError) as error:
        raise _unreadable(number, error) from error
    return previous, Entry(**values)


def _decode(number: int, line: str, shape: type[Shape]) -> Shape:
    try:
        return msgspec.json.decode(line, type=shape)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise _unreadable(number, error) from error


def _unreadable(number: int, error: Exception) -> ExportError:
    return ExportError(f"line {number} is no line of an export ({error}); take the file as `ledger export` wrote it")
