"""The units (SOR codes) that are responsible for patients: name, hospital, region, who leads, closed days. All dated.

The file (`units.toml`) is the installation's own; the one that comes along is for the demonstration. A unit that
it does not know still has an owner, so that no clock is without one.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

from stream.facts import verhoeff
from stream.facts.errors import DataFileError

_FILE: Final = Path(__file__).parent / "units.toml"


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a unit is from a date on, until its next entry."""

    name: str
    hospital: str
    lead: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class _Region:
    name: str
    until: date
    successor: str | None


@dataclass(frozen=True, slots=True)
class Units:
    """The unit file. Dates are local dates in Europe/Copenhagen; `None` stands for what the file does not know."""

    entries: Mapping[str, tuple[_Entry, ...]]
    """What each unit is, oldest entry first."""
    regions: Mapping[str, _Region]
    region_of: Mapping[str, str]
    """Region by hospital, before any succession of regions."""
    closures: Mapping[str, frozenset[date]]
    """Days that a unit has declared closed, beside weekends and holidays."""
    fallback_name: str
    fallback_lead: str
    digest: str

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Load the unit file; None is the one of the package. Raises DataFileError."""
        raw = (path or _FILE).read_bytes()
        try:
            return cls(**_read(tomllib.loads(raw.decode())), digest=sha256(raw).hexdigest())
        except KeyError as error:
            raise DataFileError(f"unit file: {error} is missing") from error
        except (TypeError, ValueError) as error:
            raise DataFileError(f"unit file: {error}") from error

    def __contains__(self, unit: object) -> bool:
        return unit in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def known(self, unit: str | None) -> bool:
        """Tell whether the file has this unit, at any time."""
        return unit in self.entries

    def name(self, unit: str | None, on: date | None = None) -> str:
        """Return the unit's name on a date (its latest, without one), or the fallback's."""
        entry = self._entry(unit, on)
        return entry.name if entry else self.fallback_name

    def lead(self, unit: str | None, on: date | None = None) -> str:
        """Return who leads the unit: a role, never a person. Unknown units have the fallback owner."""
        entry = self._entry(unit, on)
        return entry.lead if entry else self.fallback_lead

    def hospital(self, unit: str | None, on: date | None = None) -> str | None:
        """Return the unit's hospital on a date, or None."""
        entry = self._entry(unit, on)
        return entry.hospital if entry else None

    def region(self, unit: str | None, on: date) -> str | None:
        """Return the region that the unit belongs to on a date, or None."""
        hospital = self.hospital(unit, on)
        return None if hospital is None else self.region_on(self.region_of[hospital], on)

    def region_on(self, region: str, on: date) -> str:
        """Return the region that has the duties of `region` on a date: itself, or what it became part of."""
        for _ in self.regions:
            known = self.regions.get(region)
            if known is None or known.successor is None or on <= known.until:
                break
            region = known.successor
        return region

    def _entry(self, unit: str | None, on: date | None) -> _Entry | None:
        entries = self.entries.get(unit or "")
        if entries is None:
            return None
        begun = [entry for entry in entries if on is None or entry.valid_from <= on]
        return begun[-1] if begun else entries[0]


def _read(file: Mapping[str, Any]) -> dict[str, Any]:
    regions = {row["name"]: _region(row) for row in file["region"]}
    hospitals = {row["name"]: row for row in file["hospital"]}
    entries: dict[str, list[_Entry]] = {}
    closures: dict[str, frozenset[date]] = {}
    for row in file["unit"]:
        code = _checked(row, hospitals, regions)
        lead = row.get("lead") or hospitals[row["hospital"]].get("lead") or file["defaults"]["lead"]
        entry = _Entry(row["name"], row["hospital"], lead, row.get("valid_from", date.min))
        entries.setdefault(code, []).append(entry)
        closures[code] = closures.get(code, frozenset()) | frozenset(_days(row.get("closed", ())))
    return {
        "entries": {code: tuple(sorted(some, key=lambda entry: entry.valid_from)) for code, some in entries.items()},
        "regions": regions,
        "region_of": {name: row["region"] for name, row in hospitals.items()},
        "closures": {code: days for code, days in closures.items() if days},
        "fallback_name": file["fallback"]["name"],
        "fallback_lead": file["fallback"]["lead"],
    }


def _region(row: Mapping[str, Any]) -> _Region:
    return _Region(row["name"], row.get("until", date.max), row.get("successor"))


def _checked(row: Mapping[str, Any], hospitals: Mapping[str, Any], regions: Mapping[str, _Region]) -> str:
    """Return the code of a unit row whose references hold. Raises ValueError."""
    code = str(row["code"])
    if not verhoeff.is_valid(code):
        raise ValueError(f"{code} fails its check digit; copy the SOR code again")
    if row["hospital"] not in hospitals:
        raise ValueError(f"{code} is of {row['hospital']}, which has no [[hospital]]")
    region = hospitals[row["hospital"]]["region"]
    if region not in regions:
        raise ValueError(f"{row['hospital']} is in {region}, which has no [[region]]")
    return code


def _days(spans: Any) -> Iterator[date]:
    """Give each day of the closed spans, a list of first and last day."""
    for first, last in spans:
        for count in range((last - first).days + 1):
            yield first + timedelta(days=count)
