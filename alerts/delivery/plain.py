"""What may come from anywhere, made safe to stand in a header, a line or a name. Pure."""

import hashlib
import re
import unicodedata
from typing import Final

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_BREAKS: Final = frozenset({"Cc", "Zl", "Zp"})
_HIDDEN: Final = frozenset({"Cf", "Cs"})
"""Categories of Unicode: what begins a new line or steers a terminal, and what changes a text unseen."""


def one_line(text: str) -> str:
    """Return a text as one line: no control characters, no hidden ones, single spaces."""
    return " ".join("".join(map(_shown, text)).split())


def lines(text: str) -> tuple[str, ...]:
    """Return the lines of a text, each safe as `one_line` makes it, empty ones left out."""
    return tuple(line for line in map(one_line, text.splitlines()) if line)


def token(text: str) -> str:
    """Return an identity as letters, digits, ``_`` and ``-``: itself where it is that already, else its hash.

    It has no full stop: Standard Webhooks signs the id and what follows with full stops between.
    """
    return text if _TOKEN.fullmatch(text) else digest(text)


def digest(text: str) -> str:
    """Return 32 hexadecimal digits of the text's SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def is_mail_address(text: str) -> bool:
    """Tell whether a text is one mail address in ASCII, with nothing around it."""
    return _ADDRESS.fullmatch(text) is not None and ".." not in text and not text.startswith(".") and ".@" not in text


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    return " " if category in _BREAKS else "" if category in _HIDDEN else character
