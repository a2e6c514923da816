"""The CPR guard: finds and masks Danish civil registration numbers in whatever is sent.

A CPR number is a stand-alone token ``DDMMYY-?NNNN`` with a real date (day + 60 too). Its neighbours are what
decides: a letter or a digit of any script beside it makes it part of a longer run, and no CPR number; any
other character, ``-``, ``_`` and ``:`` included, does not. So ``pt-010190-1234`` is found, and a UUID needs no
rule of its own: its segments have 8, 4, 4, 4 and 12 characters, and a token would need a whole segment of 6 or
10. The same holds for hex, base32 and SOR codes. In base64url, where ``-`` and ``_`` are of the alphabet, a
pseudonym meets the shape by chance about once in ten thousand million.

On the side of caution: 29 February is real in every leap year of any century; digits of other scripts and the
hyphens that word processors put in place of ``-`` count as digits and hyphens; text is searched as sent and as
percent-decoded, for references in URLs. A JSON number counts when it renders as such a token, so ten digits and
whole. Nine digits do not: a number that lost its leading zero is no such token, one in eight of all nine-digit
numbers would look like one, and no number is kept from an event anyway.
"""

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

from stream.facts.errors import NestedTooDeepError
from stream.facts.jsontext import RepeatedKeys

MASK: Final = "[CPR]"
MAX_DEPTH: Final = 64

_HYPHENS: Final = "-\u00ad\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
_SHAPE: Final = re.compile(rf"(?<![^\W_])(\d\d)(\d\d)(\d\d)[{_HYPHENS}]?\d{{4}}(?![^\W_])")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z][A-Za-z_]{0,39}")
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY: Final = 2
_REPLACEMENT_NUMBER: Final = 60
"""Added to the day in a replacement CPR number (erstatningspersonnummer)."""


def _real_date(day: int, month: int, year: int) -> bool:
    if day > _REPLACEMENT_NUMBER:
        day -= _REPLACEMENT_NUMBER
    if not 1 <= month <= len(_DAYS) or not 1 <= day <= _DAYS[month - 1]:
        return False
    return month != _FEBRUARY or day < _DAYS[1] or year % 4 == 0


def _is_number(match: re.Match[str]) -> bool:
    day, month, year = match.groups()
    return _real_date(int(day), int(month), int(year))


def contains(text: str) -> bool:
    """Tell whether there is a CPR number in `text`, as it stands or percent-decoded."""
    if any(_is_number(match) for match in _SHAPE.finditer(text)):
        return True
    return "%" in text and any(_is_number(match) for match in _SHAPE.finditer(unquote(text)))


def mask(text: str) -> str:
    """Return `text` with each CPR number replaced; text that hides one in percent codes is replaced whole."""
    masked = _SHAPE.sub(lambda match: MASK if _is_number(match) else match[0], text)
    return MASK if contains(masked) else masked


def in_value(value: Any) -> bool:
    """Tell whether there is a CPR number anywhere in a JSON value, keys and overwritten repeats included.

    Raises NestedTooDeepError beyond 64 levels.
    """
    return contains("\n".join(_texts(value)))


def locate(value: Any, path: str = "") -> str | None:
    """Return the path of the first CPR number in a JSON value, or None. Odd field names are written as ``*``."""
    return next(_places(value, path), None)


def _texts(value: Any) -> list[str]:
    texts: list[str] = []
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return texts
        level = [inner for item in level for inner in _open(item, texts)]
    raise NestedTooDeepError(f"nested deeper than {MAX_DEPTH} levels")


def _open(item: Any, texts: list[str]) -> Iterator[Any]:
    """Put the text of one value on the list, and give what is inside it."""
    if isinstance(item, str):
        texts.append(item)
    elif isinstance(item, dict):
        texts.extend(item)
        yield from item.values()
        if isinstance(item, RepeatedKeys):
            yield from item.hidden
    elif isinstance(item, list):
        yield from item
    else:
        texts.append(_rendered(item))


def _rendered(number: Any) -> str:
    """Write a whole number as digits; other numbers, true, false and null hold no token."""
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    return str(number) if isinstance(number, int) and abs(number) < 10**10 else ""


def _places(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            name = f"{path}.{_shown(key)}" if path else _shown(key)
            if contains(key):
                yield name
            yield from _places(inner, name)
        if isinstance(value, RepeatedKeys):
            yield from _places(value.hidden, path or "*")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _places(inner, f"{path}[{place}]")
    elif contains(value if isinstance(value, str) else _rendered(value)):
        yield path


def _shown(key: str) -> str:
    return key if _PLAIN_NAME.fullmatch(key) else "*"
