"""What surrounds the data of an event: its references, type and the two moments. Judges what the contract refuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from stream.facts import refusal
from stream.facts.jsontext import opaque_text
from stream.facts.moments import is_rfc3339, read_moment
from stream.facts.steps import STEP_FIELDS
from stream.law.fact import Ref

SPEC_VERSION: Final = "1.0"
CONTENT_TYPE: Final = "application/json"
MARKER_TYPE: Final = "dk.lpr3.marker.v1"
STEP_OF_TYPE: Final = {f"dk.fristvagt.{step}.v1": step for step in STEP_FIELDS}
CLOCKS_OUT_OF_STEP: Final = timedelta(hours=1)
"""How far ahead of its recording a step may have happened before the event is refused. Contract section 1."""

_REFERENCES: Final = ("source", "id", "subject", "partitionkey")
_OPAQUE: Final = ("recordref", "patientlabel")
_ATTRIBUTES: Final = frozenset(
    {*_REFERENCES, *_OPAQUE, "specversion", "type", "time", "data", "data_base64", "datacontenttype", "dataschema"}
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes of an event as the record reads them, and `kept`: those that are kept, as sent."""

    ref: Ref
    pathway: str
    patient: str
    step: str | None
    """None for a marker, whose code says the step."""
    time: datetime
    occurred_at: datetime
    data: Mapping[str, Any]
    kept: dict[str, Any]


def read_envelope(event: Mapping[str, Any], marks: set[str]) -> Envelope:
    """Read the attributes of an event and its two moments. Raises RefusedError."""
    source, name, pathway, patient = (_reference(event, attribute) for attribute in _REFERENCES)
    kind = event.get("type")
    if not isinstance(kind, str) or (kind not in STEP_OF_TYPE and kind != MARKER_TYPE):
        raise refusal.unknown_step(kind)
    data = event.get("data")
    if not isinstance(data, dict):
        raise refusal.no_data()
    occurred_at, time = _moments(event, data, marks)
    kept = {"specversion": SPEC_VERSION, "id": name, "source": source, "type": kind, "subject": pathway}
    kept |= {"partitionkey": patient, **_optional(event, marks)}
    return Envelope(Ref(source, name), pathway, patient, STEP_OF_TYPE.get(kind), time, occurred_at, data, kept)


def _reference(event: Mapping[str, Any], attribute: str) -> str:
    text = opaque_text(event.get(attribute))
    if text is None:
        raise refusal.no_identity(attribute)
    if len(text) > refusal.LONGEST_REFERENCE:
        raise refusal.reference_too_long(attribute)
    return text


def _moments(event: Mapping[str, Any], data: Mapping[str, Any], marks: set[str]) -> tuple[datetime, datetime]:
    """Return when it happened and when it was recorded; recorded when it happened, where nothing else is said."""
    occurred_at = _moment(data.get("occurred_at"), "data.occurred_at", marks)
    if event.get("time") in (None, ""):
        marks.add("missing_time")
        return occurred_at, occurred_at
    time = _moment(event["time"], "time", marks)
    if occurred_at > time + CLOCKS_OUT_OF_STEP:
        raise refusal.occurs_in_future()
    return occurred_at, time


def _moment(text: object, path: str, marks: set[str]) -> datetime:
    moment = read_moment(text)
    if moment is None:
        raise refusal.no_date(path)
    if not is_rfc3339(str(text)):
        marks.add("odd_time_format")
    return moment


def _optional(event: Mapping[str, Any], marks: set[str]) -> dict[str, Any]:
    """Return the optional attributes to keep, and mark those that nobody knows."""
    if event.get("specversion") != SPEC_VERSION:
        marks.add("unknown_specversion")
    if not event.keys() <= _ATTRIBUTES:
        marks.add("unknown_field")
    kept = {"time": event["time"]} if event.get("time") else {}
    if event.get("datacontenttype"):
        kept["datacontenttype"] = CONTENT_TYPE
    for name in _OPAQUE:
        value = event.get(name)
        if isinstance(value, str) and opaque_text(value):
            kept[name] = value
        elif value is not None:
            marks.add(f"unknown_{name}")
    return kept
