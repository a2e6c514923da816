"""JSON as received: read leniently, written canonically.

Lenient, because a refused event is a patient without a watch: bytes that are no UTF-8 become lone surrogates (and
are dropped with the text they stand in), a key given twice counts as last given, numbers beyond reason stay text.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from stream.facts.errors import NestedTooDeepError, UnreadableJsonError

_MAX_DIGITS: Final = 4000
"""Python refuses to convert longer numbers; so long a number is kept as its text."""

_LONGEST_NUMERIC_ID: Final = 10**20


class RepeatedKeys(dict[str, Any]):
    """A JSON object in which a key was given more than once. `hidden` holds what the last one overwrote."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.hidden = [value for key, value in pairs if self[key] is not value]


def to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build a JSON object from its pairs, keeping values that a repeated key overwrites within reach."""
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else RepeatedKeys(pairs)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MAX_DIGITS else digits


_DECODER: Final = json.JSONDecoder(object_pairs_hook=to_object, parse_int=_integer)
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def decode_text(raw: bytes) -> str:
    """Decode UTF-8, with or without byte order mark; each byte that is none becomes a lone surrogate."""
    return raw.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def read_json(raw: bytes | str) -> Any:
    """Read a JSON text. Raises UnreadableJsonError, or NestedTooDeepError."""
    text = raw if isinstance(raw, str) else decode_text(raw)
    try:
        return _DECODER.decode(text)
    except ValueError as error:
        raise UnreadableJsonError(text) from error
    except RecursionError as error:
        raise NestedTooDeepError("nested deeper than can be read") from error


def canonical(event: Mapping[str, Any]) -> bytes:
    """Write a JSON object canonically: keys sorted, no spaces, UTF-8. Contract section 1.

    Half of a surrogate pair has no UTF-8 and is written as the escape it came from.
    """
    return _ENCODER.encode(event).encode("utf-8", "backslashreplace")


def opaque_text(value: object) -> str | None:
    """Return an opaque reference as text that every store can hold, or None where it is empty or cannot be held.

    A whole number is taken as its digits, since senders write numeric ids without quotes.
    """
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LONGEST_NUMERIC_ID:
        return str(value)
    if not isinstance(value, str) or not value or value.isspace() or "\0" in value:
        return None
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return None
    return value
