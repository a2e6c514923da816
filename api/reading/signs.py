"""Leading signs as they are read: those whose clock is still open, in words, filtered, page by page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from api.projection.index import Entry, Index
from api.projection.keys import Store
from api.projection.sign_figures import Round
from api.reading.cursor import Cursor
from api.reading.filters import EntryFilter, RegionOf
from api.reading.reader import Page
from stream.signs import PATHWAY_WIDE, Sign, words
from stream.view import UnitNames


@dataclass(frozen=True, slots=True)
class SignFilter:
    """Which signs are asked for: facets as of clocks, and `names` of signs; empty asks for all."""

    entries: EntryFilter
    names: frozenset[str]

    def fits(self, sign: Sign, region_of: RegionOf) -> bool:
        """Tell whether a sign is asked for."""
        return (not self.names or sign.name in self.names) and self.entries.fits(_entry(sign), region_of)


class SignReader:
    """Answers what signs stand. Asked between two rounds, it leaves out those whose clock was closed meanwhile."""

    def __init__(self, store: Store) -> None:
        self._redis = store.redis
        self._keys = store.keys
        self._clocks = Index(store.keys, "clocks")

    async def standing(self) -> list[Sign]:
        """Return all signs, the oldest first."""
        still_open = {entry.id for entry in await self._clocks.live(self._redis)}
        found = [sign for value in await self._redis.hvals(self._keys.signs) for sign in _read(value)]
        of_units = _read(await self._redis.get(self._keys.unit_signs))
        return sorted([*(sign for sign in found if sign.clock_id in still_open), *of_units], key=_spot)

    async def at(self, clocks: Iterable[Mapping[str, Any]]) -> dict[str, list[Sign]]:
        """Return the signs to be shown at clocks, by clock id; a sign of a pathway at each of its open ones."""
        asked = [clock for clock in clocks if clock["state"] != "closed"]
        patients = sorted({clock["patient"] for clock in asked})
        values = await self._redis.hmget(self._keys.signs, patients) if patients else []
        signs = dict(zip(patients, map(_read, values), strict=True))
        return {
            clock["clock_id"]: [sign for sign in signs[clock["patient"]] if _belongs(sign, clock)] for clock in asked
        }

    async def page(self, wanted: SignFilter, region_of: RegionOf, limit: int, after: Cursor | None) -> Page[Sign]:
        """Return a page of signs, the oldest first."""
        found = [
            sign
            for sign in await self.standing()
            if wanted.fits(sign, region_of) and (after is None or _spot(sign) > after.spot)
        ]
        return Page(found[:limit], Cursor.of(_entry(found[limit - 1])) if len(found) > limit else None)

    async def looked_at(self) -> str | None:
        """Return the moment that the last whole round looked at (RFC 3339, UTC); None before the first one."""
        value = await self._redis.get(self._keys.signs_round)
        return None if value is None else msgspec.json.decode(value, type=Round).at


def shown(sign: Sign, today: date, units: UnitNames, hidden_below: int = 0) -> dict[str, Any]:
    """Return a sign in words, with the unit's hospital and region on a local date.

    Counts of patients below `hidden_below` are not told.
    """
    detail = {
        key: None if key in words.COUNTS and int(value) < hidden_below else value for key, value in sign.detail.items()
    }
    return {
        "sign": sign.name,
        "name": words.name(sign.name),
        "pathway": sign.pathway,
        "clock_id": sign.clock_id,
        "right": sign.right,
        "unit": sign.unit,
        "hospital": units.hospital(sign.unit, today),
        "region": units.region(sign.unit, today),
        "since": sign.since,
        "owner": sign.owner,
        "owner_name": words.owner(sign.owner),
        "text": words.reason(sign, hidden_below),
        "what_to_do": words.what_to_do(sign.name),
        "detail": detail,
    }


def _read(value: bytes | str | None) -> list[Sign]:
    return [] if value is None else msgspec.json.decode(value, type=list[Sign])


def _belongs(sign: Sign, clock: Mapping[str, Any]) -> bool:
    is_of_pathway = sign.name in PATHWAY_WIDE and sign.pathway == clock["pathway"]
    return is_of_pathway or bool(sign.clock_id == clock["clock_id"])


def _spot(sign: Sign) -> tuple[str, str]:
    return _entry(sign).spot


def _entry(sign: Sign) -> Entry:
    return Entry(sign.since.isoformat(), sign.id, sign.unit, sign.right or "", None, "", None)
