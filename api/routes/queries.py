"""Query parameters that several paths share. A parameter may be given several times; `none` asks for what has none."""

from datetime import date
from typing import Annotated, Final, Literal

from fastapi import Depends, Query, Request
from fastapi.dependencies.utils import get_flat_params

from alerts.tiers import Tier as AlertTier
from api.context import Ctx
from api.problems import ProblemError
from api.reading.cursor import Cursor, CursorError
from api.reading.filters import STATES, EntryFilter, clocks_due_before
from stream.law.clock import State as ClockState

PAGE_LIMIT: Final = 500

Region = Annotated[list[str], Query(description="region of the responsible unit, as it is called today")]
Unit = Annotated[list[str], Query(description="SOR code of the responsible unit")]
Right = Annotated[list[str], Query(description="right, such as cancer.treatment")]
Package = Annotated[list[str], Query(description="package code, such as B01, or none")]
Tier = Annotated[list[AlertTier | Literal["none"]], Query(description="tier of the alert, or none")]
State = Annotated[list[ClockState], Query(description="state, such as running or closed; without one, all")]
DueBefore = Annotated[date | None, Query(description="only deadlines before this local date")]
Limit = Annotated[int, Query(ge=1, le=PAGE_LIMIT, description="how many at most")]
After = Annotated[str | None, Query(alias="cursor", description="`next` of the page before")]


def only_known_parameters(request: Request) -> None:
    """Refuse a misspelt parameter: left out, the answer would be about something else. Raises ProblemError."""
    known = {parameter.alias for parameter in get_flat_params(request.scope["route"].dependant)}
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise ProblemError(
            422, "unknown-parameter", "Unknown parameter", f"{', '.join(unknown)}: use {', '.join(sorted(known))}"
        )


def known_rights(ctx: Ctx, right: Right = []) -> None:  # noqa: B006 - FastAPI copies defaults
    """Refuse a right that the rulebook does not have: nothing found would read as nothing at risk."""
    unknown = sorted(set(right) - set(ctx.deps.rulebook.rights))
    if unknown:
        raise ProblemError(
            422, "unknown-right", "Unknown right", f"{', '.join(unknown)}: use {', '.join(ctx.deps.rulebook.rights)}"
        )


CHECKED: Final = (Depends(only_known_parameters), Depends(known_rights))
"""What the paths with filters check first."""


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
