"""Explains the steps of a clock's history that its limits, pauses and offers do not show."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from stream.law.clock import Note
from stream.law.explain_case import Case, Item, Values, item, limit_name, value_of
from stream.law.explain_texts import knows, word

ENDINGS: Final = frozenset({"closed_by_start", "interrupted", "not_covered"})
TOLD_ELSEWHERE: Final = ENDINGS | {"pause", "resume"}


def history_items(case: Case) -> Iterator[Item]:
    """Explain the notes on beginnings, repetitions and transfers; a rule without a text gets a plain sentence."""
    for note in case.clock.notes:
        if note.rule not in TOLD_ELSEWHERE:
            told = _TELLERS.get(note.rule, _tell_plainly)(case, note)
            if told is not None:
                yield told


def ending_items(case: Case) -> Iterator[Item]:
    """Explain what closed the clock."""
    for note in case.notes(*ENDINGS):
        if note.rule == "closed_by_start":
            text = word("done", case.closing_step)
        elif note.rule == "interrupted":
            text = word("ended", value_of(note, "reason"))
        else:
            text = word("excluded", value_of(note, "why"))
        yield Item(note.on, note.rule, text, note.fact)


def _opened(case: Case, note: Note) -> Item:
    right, line = case.right, case.clock.line
    values: Values = {"name": right.name, "paragraph": right.paragraph, "line": line}
    return item(note.on, "opened", values, fact=note.fact, key="opened" if line == 1 else "opened.again")


def _limit_started(case: Case, note: Note) -> Item | None:
    name = value_of(note, "limit")
    standing = case.limit(name)
    if standing is not None and standing.started_by == note.fact:
        return None
    return item(note.on, "limit.started", {"limit": limit_name(name)}, fact=note.fact)


def _limit_ended(_: Case, note: Note) -> Item:
    return item(note.on, "limit_ended", {"limit": limit_name(value_of(note, "limit"))}, fact=note.fact)


def _repeat(_: Case, note: Note) -> Item:
    key = f"repeat.{value_of(note, 'limit')}"
    return item(note.on, "repeat", {}, fact=note.fact, key=key if knows("items", key) else "repeat")


def _transferred(_: Case, note: Note) -> Item:
    former, unit = value_of(note, "from"), value_of(note, "to")
    key = "transferred" if former else "transferred.to"
    return item(note.on, "transferred", {"from": former, "to": unit}, fact=note.fact, key=key)


def _tell_plainly(_: Case, note: Note) -> Item:
    known = knows("items", note.rule) and not note.values
    return item(note.on, note.rule, {}, fact=note.fact, key=note.rule if known else "unknown")


_TELLERS: Final[Mapping[str, Callable[[Case, Note], Item | None]]] = MappingProxyType(
    {
        "opened": _opened,
        "limit_started": _limit_started,
        "limit_ended": _limit_ended,
        "repeat": _repeat,
        "transferred": _transferred,
    }
)
