"""Facts for the tests of the law, written briefly: `fact("consent-given", "2026-02-02", line="initial")`."""

from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any

from stream.law.calendar import Calendar, CalendarReading
from stream.law.clock import Clock
from stream.law.evaluate import evaluate
from stream.law.fact import COPENHAGEN, Fact, Ref
from stream.law.rulebook import Rulebook

RULEBOOK = Rulebook.load()
CALENDAR = Calendar()
SOURCE = "urn:fristvagt:test"
UNIT = "440781000016009"
_numbers = count(1)


def moment(text: str) -> datetime:
    """A local date or date and time in Copenhagen as an aware UTC moment; a bare date means noon."""
    at = datetime.fromisoformat(text)
    if len(text) == len("2026-02-02"):
        at = datetime.combine(at.date(), time(12))
    return at.replace(tzinfo=COPENHAGEN).astimezone(UTC)


def fact(step: str, on: str, *, id: str | None = None, pathway: str = "pw-1", **fields: Any) -> Fact:  # noqa: A002
    """A fact that happened at a local moment and was recorded then (or at `recorded`)."""
    at = moment(on)
    special = {name: fields.pop(name) for name in ("unit", "supersedes", "retracts") if name in fields}
    recorded = moment(fields.pop("recorded")) if "recorded" in fields else at
    for name in ("offered_date", "new_date"):
        if name in fields:
            fields[name] = date.fromisoformat(fields[name])
    if isinstance(fields.get("offer"), str):
        fields["offer"] = Ref(SOURCE, fields["offer"])
    ref = Ref(SOURCE, id or f"e{next(_numbers)}")
    return Fact(ref, step, "pt-1", pathway, recorded, at, special.pop("unit", UNIT), fields, **special)


def consent(on: str = "2026-02-02") -> Fact:
    """A consent to a first treatment."""
    return fact("consent-given", on, line="initial")


def offer(on: str, offered: str, place: str = "own", *, concrete: bool = True, name: str = "offer") -> Fact:
    """An offered date of treatment."""
    fields = {"for": "treatment", "place": place, "concrete": concrete}
    return fact("date-offered", on, id=name, offered_date=offered, **fields)


def answer(on: str, said: str, *, documented: bool = True) -> Fact:
    """What the patient said to the offer of this name."""
    return fact("offer-answered", on, offer="offer", answer=said, documented=documented)


def clocks(*facts: Fact, at: str, reading: str = "in_force") -> list[Clock]:
    """The clocks of the facts at noon of a local date, in a reading of the rulebook."""
    rulebook = RULEBOOK.read_as(reading)
    return evaluate(facts, moment(at), rulebook, Calendar(reading=CalendarReading.of(rulebook.settings)))


def clock(right: str, *facts: Fact, at: str, line: int = 1, reading: str = "in_force") -> Clock:
    """The one clock of a right and line."""
    (found,) = [each for each in clocks(*facts, at=at, reading=reading) if (each.right, each.line) == (right, line)]
    return found


def rights(*facts: Fact, at: str) -> list[str]:
    """The rights that have a clock."""
    return [each.right for each in clocks(*facts, at=at)]
