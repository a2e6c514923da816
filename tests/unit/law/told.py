"""What a clock's explanation tells, for the tests of the explanations."""

from typing import Any

from stream.law.calendar import Calendar, CalendarReading
from stream.law.clock import Clock
from stream.law.explain import explain
from stream.law.fact import Fact, local_date
from tests.unit.law.build import RULEBOOK, clock, moment

Items = list[dict[str, Any]]


def explained(found: Clock, at: str, reading: str = "in_force", calendar: Calendar | None = None) -> Items:
    """The items of a clock's explanation at a local date."""
    rulebook = RULEBOOK.read_as(reading)
    days = calendar or Calendar(reading=CalendarReading.of(rulebook.settings))
    return explain(found, local_date(moment(at)), days, rulebook)


def items(right: str, *facts: Fact, at: str, line: int = 1, reading: str = "in_force") -> Items:
    """The items about the one clock of a right and line."""
    return explained(clock(right, *facts, at=at, line=line, reading=reading), at, reading)


def texts(found: Items, rule: str, language: str = "da") -> list[str]:
    """The texts of a rule, in order."""
    return [item["text"][language] for item in found if item["rule"] == rule]


def text(found: Items, rule: str, language: str = "da") -> str:
    """The one text of a rule."""
    (only,) = texts(found, rule, language)
    return only


def rules(found: Items) -> list[str]:
    """The rules in order."""
    return [item["rule"] for item in found]
