"""SKS markers (forløbsmarkører): which register code says which step, from when, and which codes exist at all.

The map is data (`markers.toml`); the list of codes (`sks-af-codes.txt`) is a line a stem with its endings.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

from stream.facts.errors import DataFileError
from stream.law.fact import REFERRAL_TAKEN_OVER, STEP_RANK, UNKNOWN_MARKER

_HERE: Final = Path(__file__).parent
_STEPS: Final = frozenset({*STEP_RANK, REFERRAL_TAKEN_OVER, UNKNOWN_MARKER})
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a marker says: a step and its fields. `mark` names what was odd, None for a marker of the map."""

    step: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    pattern: re.Pattern[str]
    step: str
    fields: Mapping[str, Any]
    mark: str | None
    valid_from: date
    valid_to: date | None

    def applies(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def meaning(self, code: str) -> Meaning:
        match = self.pattern.fullmatch(code)
        groups = match.groupdict() if match else {}
        return Meaning(self.step, {name: _fill(value, groups) for name, value in self.fields.items()}, self.mark)


def _fill(value: Any, groups: Mapping[str, str]) -> Any:
    return _PLACEHOLDER.sub(lambda name: groups[name[1]], value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Markers:
    """The codes that exist, each with the entries of the map that may give it a meaning, first match first."""

    codes: Mapping[str, tuple[_Entry, ...]]
    digest: str
    """Changes with the files, so that what was read by an older map can be known."""

    @classmethod
    def load(cls, path: Path | None = None, codes: Path | None = None) -> Self:
        """Load the map and the list of codes; None is the file of the package. Raises DataFileError."""
        text = (path or _HERE / "markers.toml").read_bytes()
        listing = (codes or _HERE / "sks-af-codes.txt").read_bytes()
        try:
            entries = [_entry(row) for row in tomllib.loads(text.decode())["marker"]]
        except (KeyError, TypeError, ValueError, re.error) as error:
            raise DataFileError(f"marker map: {error}; each [[marker]] needs code, step and valid_from") from error
        existing = frozenset(_codes(listing.decode().splitlines()))
        return cls(_by_code(entries, existing), sha256(text + listing).hexdigest())

    def read(self, code: str, on: date) -> Meaning:
        """Return what `code` says of a local date: never nothing, for a code without meaning is kept and marked."""
        entries = self.codes.get(code)
        if entries is None:
            return Meaning(UNKNOWN_MARKER, mark="unknown_marker_code")
        for entry in entries:
            if entry.applies(on):
                return entry.meaning(code)
        return Meaning(UNKNOWN_MARKER, mark="marker_without_meaning")


def _entry(row: Mapping[str, Any]) -> _Entry:
    step, valid_to = row["step"], row.get("valid_to")
    if step not in _STEPS:
        raise ValueError(f"{row['code']} names the step {step!r}, which does not exist")
    if valid_to is not None and valid_to < row["valid_from"]:
        raise ValueError(f"{row['code']} ends before it begins")
    return _Entry(re.compile(row["code"]), step, row.get("fields", {}), row.get("mark"), row["valid_from"], valid_to)


def _codes(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        stem, _, endings = line.partition(":")
        if endings and not stem.startswith("#"):
            yield from (stem + ending.strip("-") for ending in endings.split())


def _by_code(entries: Iterable[_Entry], existing: Iterable[str]) -> dict[str, tuple[_Entry, ...]]:
    found: dict[str, list[_Entry]] = {code: [] for code in existing}
    for entry in entries:
        matching = [code for code in found if entry.pattern.fullmatch(code)]
        if not matching:
            raise DataFileError(f"marker map: {entry.pattern.pattern} matches no code; add it to the list of codes")
        for code in matching:
            found[code].append(entry)
    return {code: tuple(rows) for code, rows in found.items()}
