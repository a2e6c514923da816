"""From bytes or a JSON object to an accepted fact or a refusal. Never raises for anything that a sender can send.

The order of the checks, each with its reason in the contract:

1. It must be readable as a JSON object (``no_identity``: nothing in it can be named).
2. ``cpr_number``, before anything of the event is looked at: what is told of a refused event is safe because this
   came first. The Kafka key counts as part of the event.
3. ``too_large``: bytes of the canonical form, so that the transport does not decide, and levels of nesting.
4. ``no_identity``, then ``unknown_step``, then ``no_date``, then ``occurs_in_future``: from what names the event to
   what dates it, so that the patient can be marked whenever the event names one.

Everything else odd is accepted and marked. Contract section 1.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from stream.facts import cpr, refusal
from stream.facts.build import build
from stream.facts.errors import NestedTooDeepError, UnreadableFactError, UnreadableJsonError
from stream.facts.intake import Intake, default_intake
from stream.facts.jsontext import RepeatedKeys, canonical, decode_text, read_json
from stream.facts.kept import read_kept
from stream.facts.refusal import Refusal, RefusedError
from stream.law.fact import Fact

__all__ = ["Accepted", "Refusal", "fact_from_event", "parse_event", "parse_value"]

_KEY: Final = "key"
"""The path of the Kafka key in a refusal."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted event: its fact, the event as it is kept (JSON, known fields only), and what was odd about it.

    The fact's `order_key` is the whole event as received, unknown fields included: it orders, and is not to be stored.
    """

    fact: Fact
    event: dict[str, Any]
    marks: tuple[str, ...]


def parse_event(
    event: dict[str, Any] | bytes | str, *, key: bytes | str | None = None, intake: Intake | None = None
) -> Accepted | Refusal:
    """Judge one CloudEvent in structured JSON, as sent or already read. `key` is the Kafka key it came with."""
    rules = intake or default_intake()
    if isinstance(event, dict):
        return parse_value(event, key=key, intake=rules)
    try:
        value = read_json(event)
    except UnreadableJsonError as error:
        found = refusal.cpr_number("event") if cpr.contains(error.text) else refusal.unreadable()
        return found.refusal(None, _digest(event))
    except NestedTooDeepError:
        return refusal.too_large(rules.max_bytes).refusal(None, _digest(event))
    return parse_value(value, key=key, intake=rules)


def parse_value(value: Any, *, key: bytes | str | None = None, intake: Intake) -> Accepted | Refusal:
    """Judge one CloudEvent that has been read: any JSON value."""
    try:
        _guard(value, key)
        event = _with_data(value)
        if not isinstance(event, dict):
            raise refusal.unreadable()
        return _accept(event, intake)
    except RefusedError as refused:
        return refused.refusal(value, sha256(canonical(value)).hexdigest())
    except NestedTooDeepError:
        return refusal.too_large(intake.max_bytes).refusal(value, sha256(canonical(_top_texts(value))).hexdigest())


def fact_from_event(event: Mapping[str, Any], intake: Intake | None = None) -> Fact:
    """Return the fact of a kept event, as read back from the facts log. Raises UnreadableFactError.

    It equals the fact that was accepted, but for `order_key`, which is the canonical form of the kept event.
    """
    try:
        return read_kept(event, intake or default_intake())
    except RefusedError as refused:
        raise UnreadableFactError(f"the facts log holds an event that is no fact: {refused}") from refused


def _accept(event: dict[str, Any], intake: Intake) -> Accepted:
    order_key = canonical(event)
    if len(order_key) > intake.max_bytes:
        raise refusal.too_large(intake.max_bytes)
    repeated = isinstance(event, RepeatedKeys) or isinstance(event.get("data"), RepeatedKeys)
    built = build(event, order_key, intake, frozenset({"repeated_key"} if repeated else ()))
    return Accepted(built.fact, built.event, built.marks)


def _guard(value: Any, key: bytes | str | None = None) -> None:
    """Refuse what holds a CPR number, or came under one as its key. Raises RefusedError, NestedTooDeepError."""
    if key is not None and cpr.contains(key if isinstance(key, str) else decode_text(key)):
        raise refusal.cpr_number(_KEY)
    if cpr.in_value(value):
        raise refusal.cpr_number(cpr.locate(value) or "event")


def _with_data(event: Any) -> Any:
    """Unpack `data_base64`, in which some clients send JSON data. What cannot be unpacked is left as it is."""
    packed = event.get("data_base64") if isinstance(event, dict) else None
    if not isinstance(packed, str) or event.get("data") is not None:
        return event
    try:
        data = read_json(base64.b64decode(packed, validate=True))
    except (UnreadableJsonError, binascii.Error):
        return event
    unpacked = {**event, "data": data}
    del unpacked["data_base64"]
    _guard(unpacked)
    return unpacked


def _top_texts(value: Any) -> dict[str, str]:
    """Return the text attributes of an event too deep to be written whole, to name it by their digest."""
    attributes = value.items() if isinstance(value, dict) else ()
    return {name: text for name, text in attributes if isinstance(text, str)}


def _digest(sent: bytes | str) -> str:
    return sha256(sent if isinstance(sent, bytes) else sent.encode("utf-8", "backslashreplace")).hexdigest()
