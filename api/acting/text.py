"""What staff may type: who they are, and a note. A CPR number is refused wherever it stands, and never repeated."""

import unicodedata
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

from stream.facts import cpr
from stream.facts.moments import is_rfc3339, read_moment

LONGEST_NAME: Final = 80
LONGEST_TEXT: Final = 2000
LINES: Final = frozenset("\n\t")
"""The unseen characters that a text may hold."""
HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that a name cannot hold: control, format, half of a pair, unassigned, ends of lines."""
UNSTORABLE: Final = frozenset({"Cc", "Cs"})


def without_cpr(text: str) -> str:
    """Return the text as it is. Raises the error of a field that holds a CPR number."""
    if cpr.contains(text):
        raise PydanticCustomError("cpr_number", "there is a CPR number in it; leave it out, nothing was kept")
    return text


def _name(text: str) -> str:
    if any(unicodedata.category(each) in HIDDEN for each in text):
        raise PydanticCustomError("hidden_character", "there is a character in it that cannot be seen; leave it out")
    return without_cpr(text)


def _text(text: str) -> str:
    if any(unicodedata.category(each) in UNSTORABLE and each not in LINES for each in text):
        raise PydanticCustomError("hidden_character", "there is a character in it that cannot be seen; leave it out")
    return without_cpr(text)


def _lines(value: Any) -> Any:
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value


def _moment(value: Any) -> datetime:
    moment = read_moment(value) if isinstance(value, str) and is_rfc3339(value) else None
    if moment is None:
        raise PydanticCustomError("no_moment", "no RFC 3339 time with an offset, such as 2026-02-02T09:00:00+01:00")
    return moment


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME), AfterValidator(_name)
]
"""Who somebody is: initials or a name, in one line."""

NoteText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT),
    AfterValidator(_text),
    BeforeValidator(_lines),  # the last one is the first to run
]
"""The free text of a note."""

Moment = Annotated[datetime, BeforeValidator(_moment)]
"""An aware moment, written as RFC 3339 with an offset."""
