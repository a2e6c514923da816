"""Events and facts for the tests of this room, as a hospital would send them."""

from datetime import UTC, datetime
from typing import Any

from stream.facts.parse import Accepted, Refusal, parse_event
from stream.law.fact import Fact, Ref

SOURCE = "urn:hospital:a"
UNIT = "440781000016009"
MOMENT = "2026-02-02T09:00:00+01:00"
CPR = "010190-1234"


def event(step: str = "consent-given", data: dict[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    """Return a whole event of a step; `data` adds to occurred_at and unit, None takes a field away."""
    whole = {
        "specversion": "1.0",
        "id": "e-1",
        "source": SOURCE,
        "type": f"dk.fristvagt.{step}.v1",
        "subject": "pw-1",
        "partitionkey": "k1:9f2c",
        "time": MOMENT,
        "datacontenttype": "application/json",
        "data": {"occurred_at": MOMENT, "unit": UNIT} | (data or {}),
    } | attributes
    whole["data"] = without_none(whole["data"]) if isinstance(whole["data"], dict) else whole["data"]
    return without_none(whole)


def without_none(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def marker(code: Any, **attributes: Any) -> dict[str, Any]:
    """Return a raw SKS marker."""
    return event(data={"code": code}, type="dk.lpr3.marker.v1", **attributes)


def accepted(sent: Any, **how: Any) -> Accepted:
    """Return what an event that must be accepted became."""
    outcome = parse_event(sent, **how)
    assert isinstance(outcome, Accepted), outcome
    return outcome


def refused(sent: Any, **how: Any) -> Refusal:
    """Return the refusal of an event that must be refused."""
    outcome = parse_event(sent, **how)
    assert isinstance(outcome, Refusal), outcome
    return outcome


def fields(step: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that a step with this data is read to have."""
    return dict(accepted(event(step, data)).fact.fields)


def marks(step: str, data: dict[str, Any], **attributes: Any) -> set[str]:
    """Return what is marked odd about a step with this data."""
    return set(accepted(event(step, data, **attributes)).marks)


def at(day: int, hour: int = 9) -> datetime:
    """Return a moment in February 2026."""
    return datetime(2026, 2, day, hour, tzinfo=UTC)


def fact(name: str, day: int = 2, step: str = "consent-given", **more: Any) -> Fact:
    """Return a fact of the patient that these tests are about, recorded when it happened."""
    moment = at(day)
    given = {"patient": "pt-1", "pathway": "pw-1", "time": moment, "occurred_at": moment, "order_key": name.encode()}
    return Fact(ref=Ref(SOURCE, name), step=step, **(given | more))


def ref(name: str) -> Ref:
    return Ref(SOURCE, name)
