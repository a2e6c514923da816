"""Alerts as their ledger leaves them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from alerts.ledger import Status as AlertStatus
from api.context import Ctx
from api.models import AlertPage, reach
from api.problems import PROBLEMS
from api.reading.filters import alerts_asked_for
from api.routes.queries import CHECKED, After, Limit, Region, Right, Tier, Unit, cursor

router = APIRouter(prefix="/v1", tags=["alerts"], responses=PROBLEMS)

Status = Annotated[
    list[AlertStatus], Query(description="open, closed or withdrawn; without one, open alerts that have a tier")
]


@router.get("/alerts", response_model=AlertPage, dependencies=CHECKED)
async def list_alerts(  # noqa: PLR0913, PLR0917 - one parameter a filter
    ctx: Ctx,
    region: Region = [],  # noqa: B006 - FastAPI copies defaults
    unit: Unit = [],  # noqa: B006 - as above
    right: Right = [],  # noqa: B006 - as above
    tier: Tier = [],  # noqa: B006 - as above
    status: Status = [],  # noqa: B006 - as above
    limit: Limit = 100,
    after: After = None,
) -> dict[str, Any]:
    """Alerts, the latest change first."""
    now = ctx.reader.now()
    freshness = await ctx.freshness(now)
    asked: list[frozenset[str]] = [frozenset(each) for each in (region, unit, right, tier, status)]
    wanted = alerts_asked_for(*asked)
    page = await ctx.reader.alerts(wanted, now, limit, cursor(after))
    return reach(freshness) | {"alerts": page.items, "next": str(page.next) if page.next else None}
