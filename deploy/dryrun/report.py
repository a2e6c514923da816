"""A dry run on the screen: tables, beside those of another policy where one was given."""

from collections.abc import Iterable, Iterator

from rich.table import Table

from deploy.dryrun.figures import PLACES, Key, Section, every_key, sections
from deploy.dryrun.tally import Tally

TITLES = {
    "total": "In all",
    "recipients": "Messages to each recipient",
    "items": "What they say, one for each alert in each message",
    "alerts": "Alerts that came to a tier, by unit",
    "nobody_told": "Alerts of which nobody was told",
}


def headline(tally: Tally) -> str:
    """Say what was counted."""
    return f"{tally.span.first} to {tally.span.last}, {tally.span.days} days: {tally.sent} messages"


def tables(tally: Tally) -> Iterator[Table]:
    """Give the tables of a run; one without rows is left out."""
    for section in sections(tally):
        if section.rows:
            yield _table(section, section.columns, ((key, map(_text, section.values(key))) for key in section.rows))


def compared(ours: Tally, theirs: Tally) -> Iterator[Table]:
    """Give the tables of two runs: each value of the first, of the second, and how much more that is."""
    for here, there in zip(sections(ours), sections(theirs), strict=True):
        keys = tuple(every_key(here, there))
        columns = tuple(name for column in here.columns for name in (column, "against", "difference"))
        if keys:
            yield _table(here, columns, ((key, _beside(here, there, key)) for key in keys))


def _beside(here: Section, there: Section, key: Key) -> Iterator[str]:
    for ours, theirs in zip(here.values(key), there.values(key), strict=True):
        yield from (_text(ours), _text(theirs), _signed(theirs - ours))


def _table(section: Section, columns: Key, rows: Iterable[tuple[Key, Iterable[str]]]) -> Table:
    table = Table(title=TITLES[section.name], title_justify="left")
    for name in section.keys:
        table.add_column(name)
    for name in columns:
        table.add_column(name.replace("_", " "), justify="right")
    for key, values in rows:
        table.add_row(*key, *values)
    return table


def _text(value: float) -> str:
    return f"{value:.{PLACES}f}".rstrip("0").rstrip(".")


def _signed(value: float) -> str:
    rounded = round(value, PLACES)
    return f"{'+' if rounded > 0 else '-'}{_text(abs(rounded))}" if rounded else ""
