"""From a CloudEvent to a `Fact`, and to the event as it is kept. Judges what can be read; searches nothing.

The kept event has only what the contract names, as sent where it can be read, so it reads back to the same fact.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from stream.facts import verhoeff
from stream.facts.envelope import STEP_OF_TYPE, Envelope, read_envelope
from stream.facts.fields import read_fields
from stream.facts.intake import Intake
from stream.facts.jsontext import opaque_text
from stream.facts.steps import STEP_FIELDS, Marker
from stream.law.fact import UNKNOWN_MARKER, Fact, Ref, local_date

_UNIT: Final = re.compile(r"(?=.*[0-9])[0-9A-Za-z.:_/-]{1,40}")
"""A unit's code of any register, never its name."""
_SOR: Final = re.compile(r"[0-9]+1000016[0-9]{3}")
"""A SOR code: number, namespace 1000016, partition of two digits, check digit."""


@dataclass(frozen=True, slots=True)
class Built:
    """A fact, the event as it is kept, and what was odd about it."""

    fact: Fact
    event: dict[str, Any]
    marks: tuple[str, ...]


@dataclass(slots=True)
class _Reading:
    """One event being read: what its parts need of each other."""

    envelope: Envelope
    intake: Intake
    marks: set[str]
    kept: dict[str, Any]


def build(event: Mapping[str, Any], order_key: bytes, intake: Intake, found: frozenset[str] = frozenset()) -> Built:
    """Build the fact of an event. `found` are marks already known. Raises RefusedError."""
    marks = set(found)
    envelope = read_envelope(event, marks)
    reading = _Reading(envelope, intake, marks, {"occurred_at": envelope.data["occurred_at"]})
    unit = _unit(reading, "unit")
    step, code, fields = _step(reading)
    fact = Fact(
        ref=envelope.ref,
        step=step,
        patient=envelope.patient,
        pathway=envelope.pathway,
        time=envelope.time,
        occurred_at=envelope.occurred_at,
        unit=unit,
        supersedes=_supersedes(reading),
        retracts=_pop_ref(fields, "event", envelope.ref.source),
        fields=fields,
        code=code,
        order_key=order_key,
    )
    return Built(fact, {**envelope.kept, "data": reading.kept}, tuple(sorted(marks)))


def own_fields(kind: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a step's own fields as the law reads them, from an event type and data."""
    step = STEP_OF_TYPE.get(kind)
    return read_fields(Marker if step is None else STEP_FIELDS[step], data, set())[0]


def _step(reading: _Reading) -> tuple[str, str | None, dict[str, Any]]:
    """Return step, register code and the step's own fields."""
    step = reading.envelope.step
    if step is None:
        return _marker(reading)
    fields, kept = read_fields(STEP_FIELDS[step], reading.envelope.data, reading.marks)
    reading.kept |= kept
    offer = _pop_ref(fields, "offer", reading.envelope.ref.source)
    if offer is not None:
        fields["offer"] = offer
    if fields.pop("to_unit", None) is not None:
        del reading.kept["to_unit"]
        fields |= {"to_unit": unit} if (unit := _unit(reading, "to_unit")) else {}
    return step, fields.get("code"), fields


def _marker(reading: _Reading) -> tuple[str, str | None, dict[str, Any]]:
    fields, kept = read_fields(Marker, reading.envelope.data, reading.marks)
    reading.kept |= kept
    code = fields.get("code")
    if code is None:
        return UNKNOWN_MARKER, None, {}
    meaning = reading.intake.markers.read(code, local_date(reading.envelope.occurred_at))
    if meaning.mark is not None:
        reading.marks.add(meaning.mark)
    return meaning.step, code, dict(meaning.fields)


def _pop_ref(fields: dict[str, Any], name: str, own_source: str) -> Ref | None:
    """Take the reference to another event out of the fields; its source is the event's own unless it is named."""
    named, source = fields.pop(name, None), fields.pop(f"{name}_source", own_source)
    return None if named is None else Ref(source, named)


def _supersedes(reading: _Reading) -> Ref | None:
    """Return what the event replaces. An event cannot replace itself: that would leave nothing."""
    source = _text(reading, "supersedes_source") or reading.envelope.ref.source
    named = _text(reading, "supersedes")
    if named is None:
        return None
    if Ref(source, named) == reading.envelope.ref:
        reading.marks.add("supersedes_itself")
        return None
    return Ref(source, named)


def _text(reading: _Reading, name: str) -> str | None:
    value = reading.envelope.data.get(name)
    text = opaque_text(value)
    if text is not None:
        reading.kept[name] = value
    elif value is not None:
        reading.marks.add(f"unknown_{name}")
    return text


@lru_cache(10_000)
def _code(text: str) -> str | None:
    return text if _UNIT.fullmatch(text) else None


def unit_code(value: object) -> str | None:
    """Return a unit's code of any register, or None for what is none, such as a name."""
    text = opaque_text(value)
    return None if text is None else _code(text)


def _unit(reading: _Reading, name: str) -> str | None:
    """Return a unit's code, marking what the unit file does not know. A name in place of a code is not kept."""
    value = reading.envelope.data.get(name)
    text = unit_code(value)
    if text is None:
        reading.marks.add(f"missing_{name}" if value is None else "unknown_unit")
        return None
    reading.kept[name] = value
    if _SOR.fullmatch(text) and not verhoeff.is_valid(text):
        reading.marks.add("bad_check_digit")
    elif text not in reading.intake.units:
        reading.marks.add("unknown_unit")
    return text
