"""What an explanation is made from, and the items it is made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from stream.law.calendar import Calendar
from stream.law.calendar_holidays import Bilingual
from stream.law.clock import Clock, Limit, LimitName, Note
from stream.law.explain_texts import Value, amount, say, word
from stream.law.fact import Ref
from stream.law.rulebook import Right, Rulebook

Values = dict[str, Value]
"""The values of a text, by the name of their place in it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One sentence of an explanation: the local date it is about, its rule, its text, the fact behind it."""

    on: date
    rule: str
    text: Bilingual
    fact: Ref | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the item as the contract writes it."""
        fact = None if self.fact is None else {"source": self.fact.source, "id": self.fact.id}
        return {"on": self.on.isoformat(), "text": self.text, "rule": self.rule, "fact": fact}


@dataclass(frozen=True, slots=True)
class Case:
    """A clock with what it was computed from. `today` is the local date for which it was evaluated."""

    clock: Clock
    today: date
    calendar: Calendar
    rulebook: Rulebook

    @property
    def right(self) -> Right:
        """The right of the clock. Raises RulebookError when the rulebook has it no longer."""
        return self.rulebook.right(self.clock.right)

    @property
    def is_open(self) -> bool:
        """The clock has not been closed."""
        return self.clock.closed_on is None

    @property
    def closing_step(self) -> str:
        """The step that closes the right's clocks, such as treatment-started."""
        return next((pattern.step for pattern in self.right.closed_by), "")

    def days(self, number: int) -> Bilingual:
        """Write a number of days in the right's unit."""
        return amount(number, "working_day" if self.right.day_unit == "working" else "calendar_day")

    def notes(self, *rules: str) -> list[Note]:
        """Return the notes of these rules, in order."""
        return [note for note in self.clock.notes if note.rule in rules]

    def limit(self, name: str) -> Limit | None:
        """Return the clock's running limit of that name."""
        return next((limit for limit in self.clock.limits if limit.limit == name), None)


def item(on: date, rule: str, values: Mapping[str, Value], *, fact: Ref | None = None, key: str | None = None) -> Item:
    """Build an item whose text has the name of its rule, or another one, with its values filled in."""
    return Item(on, rule, say("items", key or rule, values), fact)


def limit_name(name: LimitName | str) -> Bilingual:
    """Return the short name of a limit, such as "fristen fra samtykket"."""
    return word("limits", name)


def value_of(note: Note, name: str) -> str:
    """Return a value of a note, or an empty text."""
    return dict(note.values).get(name, "")


def by_day(items: Iterable[Item]) -> Sequence[Item]:
    """Order the items by day; those of one day stay as they came."""
    return sorted(items, key=lambda each: each.on)
