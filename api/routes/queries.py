"""Query parameters that several paths share. A parameter may be given several times; `none` asks for what has none."""

from datetime import date
from typing import Annotated, Final

from fastapi import Query

from api.problems import ProblemError
from api.reading.cursor import Cursor, CursorError
from api.reading.filters import STATES, EntryFilter, clocks_due_before

PAGE_LIMIT: Final = 500

Region = Annotated[list[str], Query(description="region of the responsible unit, as it is called today")]
Unit = Annotated[list[str], Query(description="SOR code of the responsible unit")]
Right = Annotated[list[str], Query(description="right, such as cancer.treatment")]
Package = Annotated[list[str], Query(description="package code, such as B01, or none")]
Tier = Annotated[list[str], Query(description="plan, act, refer, escalate, passed or none")]
State = Annotated[list[str], Query(description="state, such as running or closed; without one, all")]
DueBefore = Annotated[date | None, Query(description="only deadlines before this local date")]
Limit = Annotated[int, Query(ge=1, le=PAGE_LIMIT, description="how many at most")]
After = Annotated[str | None, Query(alias="cursor", description="`next` of the page before")]


def clock_filter(  # noqa: PLR0913, PLR0917 - one parameter a filter of the contract
    region: Region = [],  # noqa: B006 - FastAPI copies defaults
    unit: Unit = [],  # noqa: B006 - as above
    right: Right = [],  # noqa: B006 - as above
    package: Package = [],  # noqa: B006 - as above
    tier: Tier = [],  # noqa: B006 - as above
    state: State = [],  # noqa: B006 - as above
    due_before: DueBefore = None,
) -> EntryFilter:
    """Return the filter that the query asks for."""
    return EntryFilter(
        regions=frozenset(region),
        units=frozenset(unit),
        rights=frozenset(right),
        packages=frozenset(package),
        tiers=frozenset(tier),
        states=frozenset(state or STATES),
        before=clocks_due_before(due_before),
    )


def cursor(text: str | None) -> Cursor | None:
    """Read a cursor. Raises ProblemError."""
    if text is None:
        return None
    try:
        return Cursor.parse(text)
    except CursorError as error:
        raise ProblemError(400, "cursor", "No such cursor", str(error)) from error
