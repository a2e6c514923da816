"""The three shapes in which CloudEvents 1.0 travel: structured, batch and binary, over Kafka and HTTP.

Binary mode is put together into the structured event that it stands for, so that the same event is judged alike
however it came. The Kafka key never stands in for a missing ``ce_partitionkey``: the inbox takes any key, and a
wrong one would join strangers into one patient.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import unquote

from stream.facts.errors import NestedTooDeepError, UnreadableJsonError
from stream.facts.intake import Intake, default_intake
from stream.facts.jsontext import decode_text, read_json, to_object
from stream.facts.parse import Accepted, parse_event, parse_value
from stream.facts.refusal import Refusal

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
_CONTENT_TYPE: Final = "content-type"

Headers = Mapping[str, bytes | str] | Iterable[tuple[str, bytes | str | None]]
"""Header names and values; Kafka's may be null, which counts as absent."""


def parse_structured(
    body: bytes, *, key: bytes | str | None = None, intake: Intake | None = None
) -> Accepted | Refusal:
    """Judge one event in structured mode."""
    return parse_event(body, key=key, intake=intake)


def parse_batch(
    body: bytes, *, key: bytes | str | None = None, intake: Intake | None = None
) -> list[Accepted | Refusal]:
    """Judge each event of a batch on its own, in order. A body that is no JSON array gives one refusal."""
    rules = intake or default_intake()
    try:
        events = read_json(body)
    except (UnreadableJsonError, NestedTooDeepError):
        return [parse_event(body, key=key, intake=rules)]
    if not isinstance(events, list):
        events = [events]
    return [parse_value(event, key=key, intake=rules) for event in events]


def parse_binary(
    headers: Headers, body: bytes, *, key: bytes | str | None = None, intake: Intake | None = None
) -> Accepted | Refusal:
    """Judge one event in binary mode: attributes in ``ce_*`` (Kafka) or ``ce-*`` (HTTP) headers, data in the body.

    Values of ``ce-*`` headers are percent-decoded, as the HTTP binding asks.
    """
    pairs: list[tuple[str, Any]] = []
    for name, value in _pairs(headers):
        attribute = name.lower()
        if attribute.startswith(("ce_", "ce-")):
            pairs.append((attribute[3:], unquote(value) if attribute[2] == "-" else value))
        elif attribute == _CONTENT_TYPE:
            pairs.append(("datacontenttype", value))
    if body:
        pairs.append(("data", _data(body)))
    return parse_value(to_object(pairs), key=key, intake=intake or default_intake())


def parse_message(
    headers: Headers, body: bytes, *, key: bytes | str | None = None, intake: Intake | None = None
) -> list[Accepted | Refusal]:
    """Judge whatever a Kafka record or an HTTP request carries, choosing the mode by its headers.

    The content type decides where it names CloudEvents; else ``ce_*`` or ``ce-*`` headers mean binary mode, and
    their absence structured mode.
    """
    pairs = _pairs(headers)
    types = {value.partition(";")[0].strip().lower() for name, value in pairs if name.lower() == _CONTENT_TYPE}
    if BATCH in types:
        return parse_batch(body, key=key, intake=intake)
    if STRUCTURED not in types and any(name.lower().startswith(("ce_", "ce-")) for name, _ in pairs):
        return [parse_binary(pairs, body, key=key, intake=intake)]
    return [parse_structured(body, key=key, intake=intake)]


def _pairs(headers: Headers) -> list[tuple[str, str]]:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return [(name, _text(value)) for name, value in pairs if value is not None]


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else decode_text(value)


def _data(body: bytes) -> Any:
    """Read the body as JSON; what is none stays text, in which a CPR number is found but no date."""
    try:
        return read_json(body)
    except (UnreadableJsonError, NestedTooDeepError):
        return decode_text(body)
