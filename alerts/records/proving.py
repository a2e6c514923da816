"""Whether entries are what their hashes say: every check of the ledger book, for a database and for a file. Pure.

Entries are taken one after the other in the order of partition and `seq`; memory does not grow with their number.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, Literal

from alerts.records.chain import GENESIS, chain_hash, salted_hash
from alerts.records.entry import IDENTIFYING, OUTLINE, Entry, columns_of
from alerts.records.heads import read_head_text

MOST_FAULTS: Final = 1000
"""Faults that are told at most: after those nobody reads on."""

FaultKind = Literal["content", "columns", "half_erased", "chain", "missing", "order", "tail", "head", "place"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was written. `partition` and `seq` say where, as far as that can be said."""

    kind: FaultKind
    partition: int | None
    seq: int | None
    text: str

    @property
    def line(self) -> str:
        """The fault in one line."""
        place = "" if self.partition is None else f" partition {self.partition}"
        return f"{self.kind}{place}{'' if self.seq is None else f' entry {self.seq}'}: {self.text}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was looked at, and what was found. `whole`: every entry of every partition had to be there."""

    entries: int
    erased: int
    whole: bool
    faults: tuple[Fault, ...]

    def proves(self, partition: int) -> bool:
        """Say whether a partition's chain has no fault; one that names no partition may be anywhere."""
        seen_all = len(self.faults) < MOST_FAULTS
        return seen_all and all(fault.partition not in {None, partition} for fault in self.faults)


@dataclass(frozen=True, slots=True)
class Mark:
    """An entry that has to be there with this chain hash, because `source` says so."""

    partition: int
    seq: int
    chain_hash: str
    source: str


Link = tuple[str | None, Entry]
"""An entry after the chain hash of the one before it; None where that one is missing."""


@dataclass(slots=True)
class Prover:
    """Looks at entries and remembers only the last one, what is counted, and the marks not yet passed."""

    whole: bool
    marks: dict[tuple[int, int], list[Mark]] = field(default_factory=dict)
    entries: int = 0
    erased: int = 0
    last: Entry | None = None

    def expect(self, marks: Iterable[Mark]) -> None:
        """Take note of entries that have to be there; an empty partition needs none."""
        for mark in marks:
            if mark.seq:
                self.marks.setdefault((mark.partition, mark.seq), []).append(mark)

    def expect_head(self, text: str, source: str) -> list[Fault]:
        """Take note of what the text of a daily head names; return its own faults. Raises HeadTextError."""
        day = read_head_text(text)
        self.expect(Mark(head.partition, head.seq, head.chain_hash, source) for head in day.heads)
        return [] if day.sound else [Fault("head", None, None, f"{source} was altered: its digest does not fit")]

    def look(self, links: Iterable[Link]) -> Iterator[Fault]:
        """Yield what is wrong with each entry, then what is missing at the end."""
        for previous, entry in links:
            self.entries += 1
            self.erased += entry.erased
            yield from _own_faults(entry)
            yield from self._chain_faults(previous, entry)
            for mark in self.marks.pop((entry.partition, entry.seq), ()):
                if mark.chain_hash != entry.chain_hash:
                    yield _fault("head", entry, f"its hash is not the one that {mark.source} names")
            self.last = entry
        if self.whole:
            yield from (_cut_off(mark) for marks in self.marks.values() for mark in marks)

    def _chain_faults(self, previous: str | None, entry: Entry) -> Iterator[Fault]:
        before = self.last if self.last is not None and self.last.partition == entry.partition else None
        expected = 1 if before is None else before.seq + 1
        if (self.last is not None and entry.partition < self.last.partition) or entry.seq < expected:
            yield _fault("order", entry, "it stands after an entry that it has to precede")
        elif self.whole and entry.seq > expected:
            yield _fault("missing", entry, f"entries {expected} to {entry.seq - 1} before it are missing")
        if before is not None and entry.seq == expected and previous != before.chain_hash:
            yield _fault("chain", entry, "it follows another entry than the one before it")
        if entry.seq == 1 and previous != GENESIS:
            yield _fault("chain", entry, "the first entry follows another")
        elif previous is not None and not _follows(previous, entry):
            yield _fault("chain", entry, "its chain hash does not follow from it and the entry before it")

    def verdict(self, faults: Iterable[Fault]) -> Verdict:
        """Take faults until there are too many, and judge."""
        found = tuple(islice(faults, MOST_FAULTS))
        return Verdict(self.entries, self.erased, self.whole, found)


def _fault(kind: FaultKind, entry: Entry, text: str) -> Fault:
    return Fault(kind, entry.partition, entry.seq, text)


def _cut_off(mark: Mark) -> Fault:
    return Fault("tail", mark.partition, mark.seq, f"it is missing, and {mark.source} names it")


def _follows(previous: str, entry: Entry) -> bool:
    try:
        return chain_hash(previous, entry) == entry.chain_hash
    except ValueError:
        return False


def _own_faults(entry: Entry) -> Iterator[Fault]:
    """Yield what is wrong with an entry whatever stands around it."""
    if entry.content is None:
        if any(getattr(entry, name) is not None for name in ("salt", *IDENTIFYING)):
            yield _fault("half_erased", entry, "its content is gone, and salt, patient or pathway are not")
    elif not _is_hashed(entry.salt, entry.content, entry.content_hash):
        yield _fault("content", entry, "its content was altered: salt and content do not give its hash")
    else:
        said = _said(entry.content)
        wrong = [name for name in OUTLINE if said.get(name) != getattr(entry, name)]
        if wrong:
            yield _fault("columns", entry, f"its content says otherwise about {', '.join(wrong)}")


def _is_hashed(salt: str | None, content: str, digest: str) -> bool:
    try:
        return salt is not None and salted_hash(salt, content) == digest
    except ValueError:
        return False


def _said(content: str) -> dict[str, Any]:
    try:
        return columns_of(content)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return {}
