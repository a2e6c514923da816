"""Signs of facts, written briefly: `look(facts, at="2026-02-12")`, with changed settings where the case needs them."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from stream.facts.record import Record
from stream.law.evaluate import evaluate
from stream.law.fact import Fact
from stream.signs import Sign, SignSettings, signs
from tests.unit.law.build import CALENDAR, RULEBOOK, fact, moment

SETTINGS = SignSettings.load()
OTHER = "950441000016000"
NAMES = (
    "no_event",
    "late_offer_unanswered",
    "pause_overrun",
    "consent_without_date",
    "hand_over_without_receipt",
)


def only(name: str, **changes: Any) -> SignSettings:
    """The settings with one sign alone, and that one changed."""
    alone = {each: replace(getattr(SETTINGS, each), on=each == name) for each in NAMES}
    return replace(SETTINGS, **alone | {name: replace(getattr(SETTINGS, name), **{"on": True} | changes)})


def look(*facts: Fact, at: str, settings: SignSettings = SETTINGS) -> tuple[Sign, ...]:
    """The signs of one patient's facts at noon of a local date; a clock's id is its pathway and right."""
    live = Record().add(*facts).live(moment(at))
    clocks = evaluate(live, moment(at), RULEBOOK, CALENDAR)
    watched = [(f"{each.pathway}/{each.right}/{each.line}", each) for each in clocks]
    return signs(live, watched, moment(at), CALENDAR, settings)


def names(*facts: Fact, at: str, settings: SignSettings = SETTINGS) -> list[str]:
    """The names of the signs."""
    return [sign.name for sign in look(*facts, at=at, settings=settings)]


def holds(name: str, *facts: Fact, at: str, **changes: Any) -> bool:
    """Whether a sign holds, with changes of its settings."""
    return names(*facts, at=at, settings=only(name, **changes)) == [name]


def referral(on: str = "2026-02-02", **fields: Any) -> Fact:
    """A referral to treatment, which opens the treatment clock and starts the duty to inform."""
    return fact("referral-received", on, **{"purpose": "treatment", "condition": "cancer"} | fields)


def consent(on: str, **fields: Any) -> Fact:
    """A consent to treatment."""
    return fact("consent-given", on, **{"line": "initial"} | fields)


def offer(on: str, offered: str, **fields: Any) -> Fact:
    """A concrete date for treatment in the hospital's own house."""
    given = {"for": "treatment", "place": "own", "concrete": True, "offered_date": offered}
    return fact("date-offered", on, **given | fields)


def pause(on: str, until: str | None = None, **fields: Any) -> Fact:
    """A documented health pause, with or without a stated end."""
    end = {"expected_end": date.fromisoformat(until)} if until else {}
    return fact("wait-paused", on, **{"reason": "health", "documented": True} | end | fields)
