"""Leading signs: what is going wrong beside the clocks."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.context import Ctx
from api.models import reach
from api.problems import PROBLEMS
from api.reading.filters import EntryFilter
from api.reading.signs import SignFilter, shown
from api.reading.summary import SMALL
from api.routes.queries import CHECKED, After, Limit, Region, Right, Unit, cursor
from api.sign_models import SignPage
from stream.law.fact import local_date
from stream.signs import Name

router = APIRouter(prefix="/v1", tags=["signs"], responses=PROBLEMS)

Names = Annotated[list[Name], Query(description="kind of sign; without one, all")]


@router.get("/signs", response_model=SignPage, dependencies=CHECKED)
async def list_signs(  # noqa: PLR0913, PLR0917 - one parameter a filter
    ctx: Ctx,
    region: Region = [],  # noqa: B006 - FastAPI copies defaults
    unit: Unit = [],  # noqa: B006 - as above
    sign: Names = [],  # noqa: B006 - as above
    right: Right = [],  # noqa: B006 - as above
    limit: Limit = 100,
    after: After = None,
) -> dict[str, Any]:
    """Leading signs at open clocks and of units, the oldest first. A sign of a unit belongs to no right."""
    now = ctx.reader.now()
    freshness = await ctx.freshness(now)
    entries = EntryFilter(regions=frozenset(region), units=frozenset(unit), rights=frozenset(right))
    wanted = SignFilter(entries, frozenset(sign))
    looked_at = await ctx.signs.looked_at()
    page = await ctx.signs.page(wanted, ctx.reader.region_of(now), limit, cursor(after))
    hidden = SMALL if ctx.deps.settings.hide_small else 0
    return reach(freshness) | {
        "looked_at": looked_at,
        "signs": [shown(each, local_date(now), ctx.deps.units, hidden) for each in page.items],
        "next": str(page.next) if page.next else None,
    }
