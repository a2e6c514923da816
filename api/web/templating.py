"""Templates: strict about names, escaping by default, with the few words that every page needs."""

from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.web import dates, history, words
from stream.clock import parse_moment

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
VENDOR: Final = STATIC / "vendor"


def environment() -> Environment:
    """Return the template environment of the pages."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        long_date=lambda day: dates.long_date(_day(day)),
        short_date=lambda day, today=None: dates.short_date(_day(day), today),
        date_and_time=lambda moment: dates.date_and_time(_moment(moment)),
        clock_time=lambda moment: dates.clock_time(_moment(moment)),
        ago=dates.ago,
        capital=lambda text: text[:1].upper() + text[1:],
        thousands=lambda number: f"{number:,}".replace(",", "."),
    )
    made.globals.update(
        tier=words.tier,
        word=words.word,
        package=words.package,
        step=words.step,
        days=words.days,
        staffed=words.staffed,
        refusal_details=history.refusal_details,
    )
    return made


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else parse_moment(value)
