"""Facts read back from events as they are kept: the same facts as `build` gives, several times as fast.

What is kept was judged once. So nothing is searched or marked here, and what repeats from event to event (a step with
its words, a unit) is read once. Anything unusual is left to `build`, which decides alone what a fact is.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from stream.facts.build import build, own_fields, unit_code
from stream.facts.envelope import CLOCKS_OUT_OF_STEP, MARKER_TYPE, STEP_OF_TYPE
from stream.facts.fields import COMMON_FIELDS
from stream.facts.intake import Intake
from stream.facts.jsontext import canonical
from stream.facts.markers import Markers
from stream.facts.moments import read_moment
from stream.facts.refusal import LONGEST_REFERENCE
from stream.law.fact import UNKNOWN_MARKER, Fact, Ref, local_date

_POINTERS: Final = frozenset({"offer", "offer_source", "event", "event_source"})
"""Fields that name another event: hardly two events say the same."""
_UNUSUAL: Final = frozenset({"supersedes", "supersedes_source", "to_unit"})
_APART: Final = COMMON_FIELDS | _POINTERS
_SEEN: Final = 20_000
"""How many different wordings of a step, and units, are remembered."""

_ENCODER: Final = msgspec.json.Encoder(order="sorted")


class _UnusualError(Exception):
    """The event has to be read in full."""


def read_kept(event: Mapping[str, Any], intake: Intake) -> Fact:
    """Return the fact of a kept event. Raises RefusedError for what is none."""
    try:
        return _read(event, intake.markers)
    except (_UnusualError, KeyError, TypeError):
        return build(event, canonical(event), intake).fact


def _read(event: Mapping[str, Any], markers: Markers) -> Fact:
    kind, data = event["type"], event["data"]
    ref = Ref(_text(event["source"]), _text(event["id"]))
    occurred_at = _moment(data["occurred_at"])
    time = _moment(event["time"]) if event.get("time") else occurred_at
    if occurred_at > time + CLOCKS_OUT_OF_STEP or not _UNUSUAL.isdisjoint(data):
        raise _UnusualError
    words = _words(kind, tuple(item for item in data.items() if item[0] not in _APART))
    step, code, fields = STEP_OF_TYPE.get(kind), words.get("code"), words
    if step is None:
        step, fields = _meaning(code, occurred_at, markers)
    if not _POINTERS.isdisjoint(data):
        fields = _with_offer(step, fields, data, ref.source)
    return Fact(
        ref=ref,
        step=step,
        patient=_text(event["partitionkey"]),
        pathway=_text(event["subject"]),
        time=time,
        occurred_at=occurred_at,
        unit=unit_code(data["unit"]) if "unit" in data else None,
        fields=fields,
        retracts=_pointer(data, "event", ref.source) if step == "fact-retracted" else None,
        code=code,
        order_key=_canonical(event, data),
    )


def _text(value: Any) -> str:
    """Return a plain reference; anything that needs a second look is unusual."""
    plain = type(value) is str and value.isascii() and value.isprintable()
    if not plain or not 0 < len(value) <= LONGEST_REFERENCE or value.isspace():
        raise _UnusualError
    return str(value)


def _moment(text: Any) -> datetime:
    moment = read_moment(text)
    if moment is None:
        raise _UnusualError
    return moment


@lru_cache(_SEEN)
def _words(kind: str, items: tuple[tuple[str, Any], ...]) -> Mapping[str, Any]:
    """Return a step's own fields. Shared by all facts with the same wording: never to be changed."""
    if kind not in STEP_OF_TYPE and kind != MARKER_TYPE:
        raise _UnusualError
    return own_fields(kind, dict(items))


def _meaning(code: str | None, occurred_at: datetime, markers: Markers) -> tuple[str, Mapping[str, Any]]:
    if code is None:
        return UNKNOWN_MARKER, {}
    meaning = markers.read(code, local_date(occurred_at))
    return meaning.step, dict(meaning.fields)


def _with_offer(step: str, fields: Mapping[str, Any], data: Mapping[str, Any], source: str) -> Mapping[str, Any]:
    if step not in {"offer-answered", "date-cancelled"}:
        return fields
    offer = _pointer(data, "offer", source)
    return fields if offer is None else {**fields, "offer": offer}


def _pointer(data: Mapping[str, Any], name: str, own_source: str) -> Ref | None:
    if name not in data:
        return None
    source = data.get(f"{name}_source")
    return Ref(own_source if source is None else _text(source), _text(data[name]))


def _canonical(event: Mapping[str, Any], data: Mapping[str, Any]) -> bytes:
    """Write the event canonically. The fast writer spells fractions in its own way."""
    if any(type(value) is float for value in data.values()):
        return canonical(event)
    return _ENCODER.encode(event)
