"""Where replayed events come from, cut into slices: files, folders and .gz files here, the topics in `topics`."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from stream.facts.errors import NestedTooDeepError, UnreadableJsonError
from stream.facts.jsontext import opaque_text, read_json
from stream.facts.parse import parse_event
from stream.refold import Refold
from stream.replay import Line, Replay, ReplayError, read_texts, unreadable_file
from stream.worker.partition import partition_of

Progress = Callable[[int], None]

SUFFIXES: Final = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")
"""Which files of a folder are taken."""
SLICE_BYTES: Final = 128 * 2**20
"""Bytes of event files in a slice: some 300,000 events, of which a process keeps the facts in memory."""
_SIZE_FIELD: Final = 4


class Source(Protocol):
    """Events in slices."""

    @property
    def total(self) -> int:
        """How much progress will be reported in all: bytes of files, records of topics."""

    @property
    def slices(self) -> int:
        """How many slices there are."""

    def cut(self, at_least: int) -> "Source":
        """Return the same source in at least so many slices, if it can be cut finer."""

    def load(self, number: int, replay: Replay, on_progress: Progress) -> Iterator[Refold]:
        """Take the events of a slice and yield its patients. Raises ReplayError, TransportError."""


@dataclass(frozen=True, slots=True)
class Files:
    """Event files: one CloudEvent a line, numbered through. Each slice reads all lines and parses its own."""

    paths: tuple[Path, ...]
    slices: int

    @classmethod
    def of(cls, paths: Iterable[Path]) -> "Files":
        """Find the files of folders, sorted by name. Raises ReplayError."""
        found = tuple(file for path in paths for file in _files_of(path))
        total = sum(_size(path) for path in found)
        return cls(found, max(1, -(-total // SLICE_BYTES)))

    @property
    def total(self) -> int:
        """Bytes of all lines, unpacked."""
        return sum(_size(path) for path in self.paths)

    def cut(self, at_least: int) -> "Files":
        """Return the same files in at least so many slices."""
        return replace(self, slices=max(self.slices, at_least))

    def load(self, number: int, replay: Replay, on_progress: Progress) -> Iterator[Refold]:
        """Take the lines of a slice, then yield its patients."""
        for line, text in read_texts(self.paths):
            if self.slices == 1 or _slice_of(text, self.slices) == number:
                on_progress(len(text))
                if stripped := text.strip():
                    replay.take(Line(line, parse_event(stripped)))
        yield from replay.patients


def _files_of(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.name.endswith(SUFFIXES) and file.is_file())
    if not found:
        raise ReplayError(f"{path} holds no event file; their names end in {', '.join(SUFFIXES)}")
    return found


def _size(path: Path) -> int:
    """Return the size of a file, unpacked; gzip keeps it modulo 2^32, enough for a progress bar."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, io.SEEK_END)
            if path.suffix != ".gz" or end < _SIZE_FIELD:
                return end
            file.seek(-_SIZE_FIELD, io.SEEK_END)
            return int.from_bytes(file.read(), "little")
    except OSError as error:
        raise unreadable_file(path, error) from error


class _Key(msgspec.Struct):
    partitionkey: Any = None


_KEY: Final = msgspec.json.Decoder(_Key)


def _slice_of(text: bytes, slices: int) -> int:
    """Return which slice a line belongs to: that of its patient, or the first if it names none that can be read."""
    try:
        value = _KEY.decode(text).partitionkey
    except (msgspec.MsgspecError, RecursionError):
        value = _key_of_odd(text)
    patient = opaque_text(value)
    return 0 if patient is None else partition_of(patient.encode(), slices)


def _key_of_odd(text: bytes) -> Any:
    """Read the key of a line that only the lenient reader of events can read."""
    try:
        event = read_json(text.strip())
    except (UnreadableJsonError, NestedTooDeepError):
        return None
    return event.get("partitionkey") if isinstance(event, dict) else None
