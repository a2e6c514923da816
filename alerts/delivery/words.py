"""The words of the messages in Danish and English, from data (``texts.toml``), and which an item needs. Pure."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final

from alerts.delivery.message import Item
from alerts.recipients import Language

INFORMATION: Final = "information."
ENDED: Final = frozenset({"over", "wrong"})
"""What is told when it is over: there is nothing to do, whatever tier held."""
CURED: Final = frozenset({"closed", "timely_date_stands"})
"""Reasons after which nothing more is asked; after any other the deadline is open, and rests."""

Words = Mapping[str, Any]


@cache
def words(language: Language) -> Words:
    """Return the tables of a language."""
    texts = resources.files("alerts.delivery").joinpath("texts.toml").read_text(encoding="utf-8")
    found: Words = tomllib.loads(texts)[language]
    return found


def told_as(item: Item) -> str:
    """Return the key of what an item tells: itself, but for an `over` after which something is, or may be, left to do.

    The duty to report the cause of a passed deadline does not end with the warning.
    """
    if item.what != "over":
        return item.what
    if item.after_passed:
        return "after_passed"
    return "over" if item.reason in CURED else "resting"


def tier_key(item: Item) -> str:
    """Return the key of the tier that asks for something: `none` where it is over."""
    return "none" if item.tier is None or item.what in ENDED else item.tier


def case(item: Item) -> str:
    """Return the key of what the deadline lacks: the tier's own case, or that of its reason or right."""
    if item.what in ENDED:
        return told_as(item)
    if item.tier is None:
        return "none"
    if item.right.startswith(INFORMATION):
        return "information_passed" if item.tier == "passed" else "information"
    if item.tier == "act" and item.reason in {"late_offer", "start_not_registered"}:
        return item.reason
    return item.tier


def says(table: Words, item: Item) -> str:
    """Say what it is: what has changed, what the deadline lacks, and why nothing has to be done where that is so."""
    parts = [table["whats"][told_as(item)]["news"], table["cases"][case(item)]["says"]]
    if tier_key(item) == "none" and item.what != "wrong":
        parts.append(table["rest"].get(item.reason, ""))
    return " ".join(filter(None, parts))


def notes(table: Words, item: Item) -> tuple[str, ...]:
    """Return what the reader has to know about how the warning came to be."""
    told = (("late", item.late), ("unverified", item.unverified))
    return tuple(table["notes"][key] for key, holds in told if holds)


def count(table: Words, number: int) -> str:
    """Write a number of deadlines."""
    form: str = table["count"]["one" if number == 1 else "many"]
    return form.format(n=number)


def lack(table: Words, items: Sequence[Item]) -> str:
    """Say of items of one tier how many there are and what they lack: their common case, else the tier's own."""
    cases = {case(item) for item in items}
    key = cases.pop() if len(cases) == 1 else tier_key(items[0])
    return f"{count(table, len(items))} {table['cases'][key]['one' if len(items) == 1 else 'many']}"
