"""The settings of the signs (``signs.toml``): which are looked for, by whom, and from when on."""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Self

import msgspec
from msgspec import Meta

from stream.facts.errors import DataFileError

_FILE: Final = Path(__file__).parent / "signs.toml"

Role = Annotated[str, Meta(pattern="^[a-z_]+$")]
Days = Annotated[int, Meta(ge=0, le=1000)]
Count = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(gt=0, lt=1)]


class _Sign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    on: bool
    owner: Role


class NoEvent(_Sign, frozen=True):
    """No event for `days` calendar days; `even_with_date`: also where nothing is missing."""

    days: Annotated[int, Meta(ge=1, le=1000)]
    even_with_date: bool


class After(_Sign, frozen=True):
    """A sign after `days` calendar days more than there should be."""

    days: Days


class Within(_Sign, frozen=True):
    """A sign when something did not come within so many working days (0: by the end of the day)."""

    working_days: Days


class Rising(_Sign, frozen=True):
    """When a unit's share is markedly above its own past."""

    window_months: Annotated[int, Meta(ge=1, le=24)]
    past_months: Annotated[int, Meta(ge=1, le=60)]
    minimum: Count
    past_minimum: Count
    ratio: Annotated[float, Meta(ge=1)]
    level: Share


class SignSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of every sign."""

    no_event: NoEvent
    late_offer_unanswered: After
    pause_overrun: After
    consent_without_date: Within
    hand_over_without_receipt: Within
    patient_wish_rising: Rising

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Load the delivered settings; those of a file stand instead where it names them. Raises DataFileError."""
        tables = _read(_FILE)
        for name, table in (_read(path) if path else {}).items():
            if name not in tables:
                raise DataFileError(f"signs file: there is no sign {name!r}{_hint(name, tables)}")
            if not isinstance(table, dict):
                raise DataFileError(f"signs file: {name} is no table; write [{name}] and its keys below")
            tables[name] = tables[name] | _known(name, table, tables[name])
        try:
            return msgspec.convert(tables, cls)
        except msgspec.ValidationError as error:
            text, _, place = str(error).partition(" - at `$.")
            raise DataFileError(f"signs file: {place.rstrip('`')}: {text.replace('`', '')}") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataFileError(f"signs file: {error}") from error


def _known(name: str, table: dict[str, Any], delivered: Mapping[str, Any]) -> dict[str, Any]:
    for key in table:
        if key not in delivered:
            raise DataFileError(f"signs file: {name} has no key {key!r}{_hint(key, delivered)}")
    return table


def _hint(name: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; use {', '.join(known)}"
