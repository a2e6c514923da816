"""The words of the explanations, in Danish and English, with dates and numbers put in (``explain_texts.toml``)."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any, Final, Literal

from stream.law.calendar_holidays import Bilingual

Language = Literal["da", "en"]
Value = str | int | date | Bilingual
LANGUAGES: Final[tuple[Language, ...]] = ("da", "en")
OTHER: Final = "other"


class _Writer(Formatter):
    """Formats as usual; the conversion !c writes a value with a capital first letter."""

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        if conversion == "c":
            text = str(value)
            return text[:1].upper() + text[1:]
        return super().convert_field(value, conversion)


_WRITER: Final = _Writer()


@cache
def texts() -> dict[str, Any]:
    """Return the tables of the text file."""
    return tomllib.loads(resources.files("stream.law").joinpath("explain_texts.toml").read_text(encoding="utf-8"))


def say(table: str, key: str, values: Mapping[str, Value]) -> Bilingual:
    """Write a text with its values in both languages. A date comes with its weekday, "mandag den 2. februar 2026"."""
    return fill(texts()[table][key], values)


def fill(text: Mapping[str, str], values: Mapping[str, Value]) -> Bilingual:
    """Put values into a text of both languages."""
    return {
        language: _WRITER.format(text[language], **{name: _word(value, language) for name, value in values.items()})
        for language in LANGUAGES
    }


def word(table: str, key: str) -> Bilingual:
    """Return a word of a table, or the table's "other" for a key that it does not know."""
    words = texts()[table]
    return dict(words[key if key in words else OTHER])


def knows(table: str, key: str) -> bool:
    """Tell whether a table has a text of that name."""
    return key in texts()[table]


def amount(number: int, unit: Literal["calendar_day", "working_day", "staffed_day"]) -> Bilingual:
    """Write a number of days with its unit: "1 kalenderdag", "14 kalenderdage"."""
    name = word("words", unit if number == 1 else f"{unit}s")
    return {language: f"{number} {name[language]}" for language in LANGUAGES}


def weekday(day: date) -> Bilingual:
    """Return the name of the day's weekday."""
    return {language: texts()["weekdays"][language][day.weekday()] for language in LANGUAGES}


def joined(parts: Sequence[Bilingual], last: Literal["and", "or"]) -> Bilingual:
    """Join texts with commas and a last "and" or "or"."""
    between = word("words", last)
    return {language: _join([part[language] for part in parts], between[language]) for language in LANGUAGES}


def together(*parts: Bilingual) -> Bilingual:
    """Put texts one after another."""
    return {language: "".join(part[language] for part in parts) for language in LANGUAGES}


def _join(parts: list[str], last: str) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + last + parts[-1]


def _word(value: Value, language: Language) -> str:
    if isinstance(value, date):
        return _date(value, language)
    return value[language] if isinstance(value, dict) else str(value)


def _date(day: date, language: Language) -> str:
    book = texts()
    names = {"weekday": book["weekdays"][language][day.weekday()], "month": book["months"][language][day.month - 1]}
    return str(book["words"]["date"][language].format(day=day.day, year=day.year, **names))
