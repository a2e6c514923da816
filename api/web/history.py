"""The history of an alert in Danish: what happened, and for acts of staff what they say. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from alerts.acts import ACTS
from alerts.ledger import Transition
from alerts.tiers import Tier
from api.web.dates import date_and_time, short_date
from api.web.words import texts, tier, word
from stream.clock import parse_moment

NO_NOTES: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the history. Acts move no tier: they have none to show."""

    at: str
    late: bool
    unverified: bool
    what: str
    came_from: Tier | None
    to: Tier | None
    because: str
    text: str | None


def history(ledger: Iterable[Transition], notes: Mapping[str, str] = NO_NOTES) -> list[Told]:
    """Return the lines of an alert's ledger, in its order; `notes` are the texts by id."""
    return [told(each, notes) for each in ledger]


def text_ids(ledger: Iterable[Transition]) -> list[str]:
    """Return the ids of the texts that records name."""
    return [text_id for each in ledger if (text_id := (each.detail or {}).get("text_id")) is not None]


def told(transition: Transition, notes: Mapping[str, str] = NO_NOTES) -> Told:
    """Return the line of one record."""
    text = notes.get((transition.detail or {}).get("text_id", ""))
    is_act = transition.kind in ACTS
    because = _said(transition, shown=text is not None) if is_act else _moved(transition)
    if transition.actor:
        because = f"{because} ({transition.actor})" if because else transition.actor
    return Told(
        at=transition.at,
        late=transition.late,
        unverified=transition.unverified,
        what=_what(transition),
        came_from=None if is_act else transition.from_tier,
        to=None if is_act else transition.to_tier,
        because=because[:1].upper() + because[1:],
        text=text,
    )


def refusal_details(detail: Mapping[str, Any]) -> str:
    """Say what a refusal names beside its reason: who has it, how it stands, until when at most."""
    parts = []
    if "owner" in detail:
        parts.append(f"Det er taget af {detail['owner']}.")
    if "tier" in detail:
        parts.append(f"Varslet er nu: {tier(detail['tier'])['name']}.")
    if "latest" in detail:
        parts.append(f"Det kan højst vente til {date_and_time(parse_moment(detail['latest']))}.")
    return " ".join(parts)


def _what(transition: Transition) -> str:
    if transition.kind == "noted":
        return str(texts()["noted"].get(transition.reason, word("kinds", "noted")))
    return word("kinds", transition.kind)


def _moved(transition: Transition) -> str:
    deadline = (transition.detail or {}).get("deadline")  # records of the first versions have none
    reason = word("reasons", transition.reason)
    return reason if deadline is None else f"{reason}, frist {short_date(date.fromisoformat(deadline))}"


def _said(transition: Transition, *, shown: bool) -> str:
    detail: Mapping[str, Any] = transition.detail or {}
    match transition.kind:
        case "acknowledged":
            return f"{word('care', 'for')} {tier(transition.to_tier)['name']}"
        case "snoozed":
            until = date_and_time(parse_moment(detail["until"]))
            return f"{word('snooze_reasons', transition.reason)}, til {until}"
        case "rung":
            return ", ".join(filter(None, _rung(transition.reason, detail)))
        case "refused":
            asked = word("commands", detail.get("command"))
            return " ".join(filter(None, (f"{asked}: {word('refusals', transition.reason)}.", refusal_details(detail))))
        case _:
            return _noted(transition.reason, detail, shown=shown)


def _rung(reason: str, detail: Mapping[str, Any]) -> Iterable[str]:
    yield word("rungs", detail["to"])
    if reason == REGISTERED:
        yield word("reasons", reason)
        return
    yield word("care", "concrete") if detail["concrete"] else word("care", "not_concrete")
    yield word("rung_answers", detail["answer"])


REGISTERED: Final = "escalated"
"""Reason of a rung that a hospital registered as a fact: nothing more is known of it."""


def _noted(reason: str, detail: Mapping[str, Any], *, shown: bool) -> str:
    text = f", {word('care', 'text')}" if detail.get("text_id") and not shown else ""
    match reason:
        case "registration_error":
            return word("error_reasons", detail.get("what")) + text
        case "handed_over":
            return f"til {detail.get('to', '')}"
        case "watched" | "unwatched":
            return ""
        case "rung_withdrawn":
            return word("rungs", detail.get("to"))
        case _:
            return word("note_reasons", reason) + text
