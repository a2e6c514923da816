"""The three shapes in which CloudEvents 1.0 travel: structured, batch and binary, over Kafka and HTTP.

Binary mode is put together into the structured event that it stands for, so that the same event is judged alike
however it came. The Kafka key never stands in for a missing ``ce_partitionkey``: the inbox takes any key, and a
wrong one would join strangers into one patient.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple
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


class Sent(NamedTuple):
    """One event of a message before it is judged: what was read of it (None where it is no JSON), and the judging."""

    value: Any
    judge: Callable[[], Accepted | Refusal]


def take_apart(
    headers: Headers, body: bytes, *, key: bytes | str | None = None, intake: Intake | None = None
) -> list[Sent]:
    """Return the events of a Kafka record or an HTTP request, to be judged one by one.

    The content type decides the mode where it names CloudEvents; else ``ce_*`` or ``ce-*`` headers mean binary mode,
    and their absence structured mode.
    """
    pairs, rules = _pairs(headers), intake or default_intake()
    types = {value.partition(";")[0].strip().lower() for name, value in pairs if name.lower() == _CONTENT_TYPE}
    if BATCH in types:
        return _batch(body, key, rules)
    if STRUCTURED not in types and any(name.lower().startswith(("ce_", "ce-")) for name, _ in pairs):
        return [_binary(pairs, body, key, rules)]
    return [_structured(body, key, rules)]


def _structured(body: bytes, key: bytes | str | None, rules: Intake) -> Sent:
    try:
        value = read_json(body)
    except (UnreadableJsonError, NestedTooDeepError):
        return Sent(None, partial(parse_event, body, key=key, intake=rules))
    return Sent(value, partial(parse_value, value, key=key, intake=rules))


def _batch(body: bytes, key: bytes | str | None, rules: Intake) -> list[Sent]:
    found = _structured(body, key, rules)
    if not isinstance(found.value, list):
        return [found]
    return [Sent(value, partial(parse_value, value, key=key, intake=rules)) for value in found.value]


def _binary(headers: Iterable[tuple[str, str]], body: bytes, key: bytes | str | None, rules: Intake) -> Sent:
    """Put the event together: attributes in ``ce_*`` (Kafka) or ``ce-*`` (HTTP, percent-encoded) headers."""
    pairs: list[tuple[str, Any]] = []
    for name, value in headers:
        attribute = name.lower()
        if attribute.startswith(("ce_", "ce-")):
            pairs.append((attribute[3:], unquote(value) if attribute[2] == "-" else value))
        elif attribute == _CONTENT_TYPE:
            pairs.append(("datacontenttype", value))
    if body:
        pairs.append(("data", _data(body)))
    event = to_object(pairs)
    return Sent(event, partial(parse_value, event, key=key, intake=rules))


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
