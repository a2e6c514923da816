"""Events as hospitals send them, written briefly, and an engine of the delivered rules."""

from itertools import count
from typing import Any

import msgspec

from alerts.policy import Policy
from stream.engine import Engine
from stream.facts.parse import Accepted, parse_event
from stream.facts.refusal import Refusal
from stream.facts.units import Units
from stream.law.rulebook import Rulebook
from tests.unit.law.build import SOURCE, UNIT, moment

ENGINE = Engine(Rulebook.load(), Units.load(), Policy.load())
_numbers = count(1)


def event(step: str, on: str, *, id: str | None = None, recorded: str | None = None, **data: Any) -> dict[str, Any]:  # noqa: A002
    """A CloudEvent of a step that happened at a local moment and was recorded then, or at `recorded`."""
    subject, patient = data.pop("pathway", "pw-1"), data.pop("patient", "pt-1")
    return {
        "specversion": "1.0",
        "id": id or f"e{next(_numbers)}",
        "source": SOURCE,
        "type": f"dk.fristvagt.{step}.v1",
        "subject": subject,
        "partitionkey": patient,
        "time": moment(recorded or on).isoformat(),
        "data": {"occurred_at": moment(on).isoformat(), "unit": UNIT, **data},
    }


def parsed(sent: dict[str, Any]) -> Accepted | Refusal:
    """What intake makes of an event."""
    return parse_event(msgspec.json.encode(sent))


def kept(sent: dict[str, Any]) -> dict[str, Any]:
    """The event as it lies in the facts topic."""
    outcome = parsed(sent)
    assert isinstance(outcome, Accepted), outcome
    return outcome.event
