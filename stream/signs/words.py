"""The words of a sign in Danish and English, with dates and numbers put in (``texts.toml``)."""

import tomllib
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final

from stream.law.calendar_holidays import Bilingual
from stream.law.explain_texts import LANGUAGES, Value, amount, fill
from stream.signs.sign import Name, Sign

_DATES: Final = frozenset({"offered"})
COUNTS: Final = frozenset({"wished", "past_wished"})
"""Details that count patients."""


@cache
def texts() -> dict[str, Any]:
    """Return the tables of the text file."""
    return tomllib.loads(resources.files("stream.signs").joinpath("texts.toml").read_text(encoding="utf-8"))


def name(sign: Name) -> Bilingual:
    """Return what a kind of sign is called."""
    return dict(texts()[sign]["name"])


def what_to_do(sign: Name) -> Bilingual:
    """Return what to do about a kind of sign."""
    return dict(texts()[sign]["do"])


def owner(role: str) -> Bilingual:
    """Return a role in words; one of an installation's own is shown as it is."""
    return dict(texts()["owners"].get(role, dict.fromkeys(LANGUAGES, role)))


def reason(sign: Sign, hidden_below: int = 0) -> Bilingual:
    """Return why the sign stands. Counts of patients below `hidden_below` are not told. Units stand as SOR codes."""
    detail = {key: _value(key, value, hidden_below) for key, value in sign.detail.items()}
    return fill(texts()[sign.name]["text"], {**detail, "since": sign.since})


def _value(key: str, value: str | int, hidden_below: int) -> Value:
    if key in _DATES:
        return date.fromisoformat(str(value))
    if key == "days":
        return amount(int(value), "calendar_day")
    if key == "working_days":
        return amount(int(value), "working_day")
    if key in COUNTS and int(value) < hidden_below:
        return fill(texts()["words"]["fewer"], {"limit": hidden_below})
    return dict(texts()["words"]["nobody"]) if key == "from" and not value else value
