"""A message as text: subject, plain text and HTML, each of which stands alone. Pure.

Of an item only this reaches the reader: its right and unit, the words for what, tier and reason, the two notes, and a
link made of the clock's id. Nothing of the patient is in an item, and nothing else of an item is in a mail.
"""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from alerts.delivery.arrange import by_tier, by_unit
from alerts.delivery.links import Page
from alerts.delivery.message import Item, Message
from alerts.delivery.plain import lines, one_line
from alerts.delivery.subject import subject, unit_name
from alerts.delivery.words import ENDED, Words, case, count, notes, says, tier_key, told_as, words

WIDTH: Final = 76
"""Columns of the plain text; links are never broken."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a mail says. `text` and `html` say the same, with the same links."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as it is read. `asks`: the cure is something to do."""

    number: int
    right: str
    label: str
    says: str
    cure: str
    asks: bool
    notes: tuple[str, ...]
    link: str


@dataclass(frozen=True, slots=True)
class Group:
    """The items of one tier at one unit. `tier` is its key."""

    tier: str
    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One unit."""

    unit: str
    groups: tuple[Group, ...]


def render(message: Message, page: Page) -> Rendered:
    """Write a message in the recipient's language, with links to `page`."""
    table = words(message.recipient.language)
    values = {"t": table, "language": message.recipient.language, "subject": subject(message)}
    values |= _items(table, message, page) if message.items else _notice(table, message)
    values["why"] = _why(table, message)
    made = _environment()
    text = made.get_template("mail.txt").render(values)
    return Rendered(str(values["subject"]), text, made.get_template("mail.html").render(values))


def _items(table: Words, message: Message, page: Page) -> dict[str, Any]:
    single = len(message.items) == 1
    sections = tuple(_sections(table, message, page))
    return {
        "sections": sections,
        "single": single,
        "title": sections[0].groups[0].entries[0].cure if single else count(table, len(message.items)),
        "counts": _counts(table, sections),
    }


def _notice(table: Words, message: Message) -> dict[str, Any]:
    said = table["head" if message.head is not None else "test"]
    return {"sections": (), "title": said["title"], "text": said["text"], "head": lines(message.head or "")}


def _sections(table: Words, message: Message, page: Page) -> Iterator[Section]:
    number = 0
    for unit, items in by_unit(message.items, lambda item: unit_name(table, item)):
        groups = []
        for tier, members in by_tier(items):
            entries = tuple(_entry(table, item, page, at) for at, item in enumerate(members, number + 1))
            number += len(entries)
            groups.append(Group(tier, table["tiers"][tier]["name"], entries))
        yield Section(unit, tuple(groups))


def _entry(table: Words, item: Item, page: Page, number: int) -> Entry:
    right = one_line(item.right_name) or one_line(item.right)
    return Entry(
        number=number,
        right=right[:1].upper() + right[1:],
        label=table["whats"][told_as(item)]["label"],
        says=says(table, item),
        cure=table["cases"][case(item)]["cure"],
        asks=tier_key(item) != "none",
        notes=notes(table, item),
        link=page.clock(item.clock_id),
    )


def _counts(table: Words, sections: Iterable[Section]) -> tuple[tuple[str, str, int], ...]:
    numbers: dict[str, int] = {}
    for group in (group for section in sections for group in section.groups):
        numbers[group.tier] = numbers.get(group.tier, 0) + len(group.entries)
    return tuple((key, words_of["name"], numbers[key]) for key, words_of in table["tiers"].items() if key in numbers)


def _why(table: Words, message: Message) -> str:
    said: str = table["why"][_why_key(message)]
    return said.format(name=one_line(message.recipient.name))


def _why_key(message: Message) -> str:
    if not message.items:
        return message.about
    if not all(item.what in ENDED for item in message.items):
        return "alert"
    return "ended" if all(told_as(item) in ENDED for item in message.items) else "resting"


def _wrap(text: str, indent: int = 0) -> str:
    space = " " * indent
    return textwrap.fill(
        text, WIDTH, initial_indent=space, subsequent_indent=space, break_long_words=False, break_on_hyphens=False
    )


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["wrap"] = _wrap
    return made
