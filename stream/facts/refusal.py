"""Refusals: the six reasons of the contract, what to do about each, and what of the event may be told.

A refusal tells nothing that the allow-list does not name: references that hold no CPR number, and a few fields
whose value has the shape that it should have.
"""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from stream.facts import cpr
from stream.facts.jsontext import opaque_text
from stream.law.fact import Ref

Reason = Literal["no_identity", "no_date", "unknown_step", "cpr_number", "occurs_in_future", "too_large"]

LONGEST_REFERENCE: Final = 1024
"""Characters of a source, id, subject or partitionkey: they are keys of our records."""
_TYPE: Final = re.compile(r"[a-z0-9]+(\.[a-z0-9-]+){1,9}")
_MOMENT: Final = re.compile(r"[0-9TtZz:.+ -]{4,40}", re.ASCII)
_ALLOWED_ATTRIBUTES: Final = {"specversion": re.compile(r"\d\.\d", re.ASCII), "time": _MOMENT}
_ALLOWED_DATA: Final = {
    "occurred_at": _MOMENT,
    "unit": re.compile(r"\d{6,18}", re.ASCII),
    "code": re.compile(r"[A-Z][A-Z0-9]{1,9}"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Refusal:
    """An event that cannot count. `field` is the path to what is wrong, `hint` says what the sender should do.

    References are None where they are missing, unreadable or hold a CPR number. `sha256` is the digest of the
    canonical event (of the bytes, where they are no JSON), to find it again in the sender's own log.
    """

    reason: Reason
    field: str
    hint: str
    source: str | None = None
    id: str | None = None
    type: str | None = None
    patient: str | None = None
    pathway: str | None = None
    allowed: Mapping[str, str] = dataclasses.field(default_factory=dict)
    sha256: str = ""

    @property
    def ref(self) -> Ref:
        """The identity that makes the patient incomplete. An event without a readable one is named by its digest."""
        return Ref(self.source or "", self.id or f"sha256:{self.sha256}")


class RefusedError(Exception):
    """Carries reason, path and hint from where an event is judged to where the refusal is written."""

    def __init__(self, reason: Reason, path: str, hint: str) -> None:
        super().__init__(f"{reason} at {path}: {hint}")
        self.reason = reason
        self.path = path
        self.hint = hint

    def refusal(self, event: Any, digest: str) -> Refusal:
        """Write the refusal of `event` (any JSON value), telling only what may be told."""
        told = event if isinstance(event, dict) else {}
        kind = told.get("type")
        return Refusal(
            reason=self.reason,
            field=self.path,
            hint=self.hint,
            source=_reference(told.get("source")),
            id=_reference(told.get("id")),
            type=kind if _fits(_TYPE, kind) else None,
            patient=_reference(told.get("partitionkey")),
            pathway=_reference(told.get("subject")),
            allowed=_allowed(told),
            sha256=digest,
        )


def _reference(value: object) -> str | None:
    text = opaque_text(value)
    if text is None or len(text) > LONGEST_REFERENCE or cpr.contains(text):
        return None
    return text


def _fits(shape: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and shape.fullmatch(value) is not None and not cpr.contains(value)


def _allowed(event: Mapping[str, Any]) -> dict[str, str]:
    data = event.get("data")
    inside = data if isinstance(data, dict) else {}
    found = {name: event[name] for name, shape in _ALLOWED_ATTRIBUTES.items() if _fits(shape, event.get(name))}
    told = {f"data.{name}": inside[name] for name, shape in _ALLOWED_DATA.items() if _fits(shape, inside.get(name))}
    return found | told


def unreadable() -> RefusedError:
    """Refuse what is no JSON object: nothing in it can be named."""
    return RefusedError("no_identity", "event", "Send one CloudEvent as a JSON object in UTF-8.")


def no_identity(attribute: str) -> RefusedError:
    """Refuse an event that lacks one of the four references."""
    return RefusedError(
        "no_identity",
        attribute,
        f"Send a non-empty text in {attribute}: source and id name the event, subject the pathway, "
        "partitionkey the patient.",
    )


def no_date(path: str) -> RefusedError:
    """Refuse an event without a moment that can be read."""
    return RefusedError(
        "no_date",
        path,
        f"Send {path} as RFC 3339 with an offset, such as 2026-02-02T09:00:00+01:00.",
    )


def no_data() -> RefusedError:
    """Refuse an event whose data is no JSON object, and so has no occurred_at."""
    return RefusedError("no_date", "data", "Send data as a JSON object with occurred_at, RFC 3339 with an offset.")


def unknown_step(kind: object) -> RefusedError:
    """Refuse a type that names no step of this version."""
    hint = "Send a type of the contract: dk.fristvagt.<step>.v1 or dk.lpr3.marker.v1."
    if isinstance(kind, str) and kind.startswith("dk.fristvagt.patient-merged."):
        hint = "patient-merged is reserved. Retract the events and send them again under the right patient."
    return RefusedError("unknown_step", "type", hint)


def cpr_number(path: str) -> RefusedError:
    """Refuse an event that holds a CPR number; `path` is where the first one stands."""
    return RefusedError(
        "cpr_number", path, "Remove the CPR number, put the pseudonym where a patient is meant, and send it again."
    )


def occurs_in_future() -> RefusedError:
    """Refuse an event that happened more than an hour after it was recorded."""
    return RefusedError(
        "occurs_in_future",
        "data.occurred_at",
        "occurred_at lies more than an hour after time. Correct the one that is wrong; send plans as date-offered.",
    )


def reference_too_long(attribute: str) -> RefusedError:
    """Refuse an event that is named by more than a name."""
    return RefusedError("too_large", attribute, f"Send at most {LONGEST_REFERENCE} characters in {attribute}.")


def too_large(limit: int) -> RefusedError:
    """Refuse an event beyond `limit` bytes, or nested beyond what can be searched."""
    return RefusedError(
        "too_large", "event", f"Send at most {limit} bytes and {cpr.MAX_DEPTH} levels: the fields of the step, no more."
    )
