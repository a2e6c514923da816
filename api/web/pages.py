"""The pages: the worklist, the overview and the counting tool. That of one clock is in `acting`."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.context import Context, Ctx
from api.projection.index import Entry
from api.reading.reader import most_urgent
from api.reading.summary import SMALL, summarise
from api.routes.queries import cursor
from api.web.care import briefly
from api.web.counting import Form, answer
from api.web.frame import frame, render
from api.web.overview import COLUMNS, blocks
from api.web.signs import names
from api.web.worklist import Asked, choices, right_name, rows, tiles
from stream.law.fact import local_date

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

PAGE: Final = 50


@router.get("/")
async def worklist(ctx: Ctx, request: Request) -> HTMLResponse:
    """Open clocks that need attention, the most urgent first."""
    now = ctx.reader.now()
    values = await frame(ctx, request, now)
    asked, after = Asked.parse(request.query_params), cursor(request.query_params.get("side"))
    entries, region_of = await ctx.reader.open_clocks(), ctx.reader.region_of(now)
    asked_for, looked_at = asked.filter(), await _cared_for(ctx, asked, entries)
    wanted = [entry for entry in looked_at if asked_for.fits(entry, region_of)]
    page = await ctx.reader.shown_page(most_urgent(wanted, after), now, PAGE)
    alerts = await ctx.reader.alerts_of([clock["clock_id"] for clock in page.items])
    signs = await ctx.signs.at(page.items)
    return render("worklist.html", {
        **values,
        "asked": asked,
        "tiles": tiles(asked, looked_at, region_of),
        "choices": choices(asked, entries, region_of, ctx.deps.rulebook, ctx.deps.units),
        "rows": rows(page.items, local_date(now), ctx.deps.rulebook, ctx.deps.units),
        "signs": {clock_id: names(there) for clock_id, there in signs.items()},
        "care": {clock["clock_id"]: briefly(alerts.get(clock["clock_id"]), now) for clock in page.items},
        "total": len(wanted),
        "first_page": after is None,
        "next": asked.address(side=str(page.next)) if page.next else None,
    })  # fmt: skip


async def _cared_for(ctx: Context, asked: Asked, entries: list[Entry]) -> list[Entry]:
    """Return the clocks that are asked for by who takes care of them."""
    if not asked.without_owner:
        return entries
    alerts = await ctx.reader.alerts_of([entry.id for entry in entries])
    return [entry for entry in entries if entry.id not in alerts or alerts[entry.id].owner is None]


@router.get("/overblik")
async def overview(ctx: Ctx, request: Request) -> HTMLResponse:
    """Open clocks counted by region, right and tier."""
    now = ctx.reader.now()
    values = await frame(ctx, request, now)
    asked = Asked(pakke=request.query_params.get("pakke") or None)
    outside = "udenfor" in request.query_params
    hide = outside or ctx.deps.settings.hide_small
    entries, region_of = await ctx.reader.open_clocks(), ctx.reader.region_of(now)
    asked_for = asked.without_tier()
    wanted = [entry for entry in entries if asked_for.fits(entry, region_of)]
    summary = summarise(wanted, region_of, hide_small=hide, by_package=False)
    return render("overview.html", {
        **values,
        "outside": outside,
        "hidden_below": SMALL if hide else None,
        "total": summary.total,
        "blocks": blocks(summary.cells, asked, list(ctx.deps.rulebook.rights)),
        "columns": COLUMNS,
        "choices": choices(asked, entries, region_of, ctx.deps.rulebook, ctx.deps.units),
        "right_name": lambda right: right_name(right, ctx.deps.rulebook),
    })  # fmt: skip


@router.get("/taelle")
async def counting(ctx: Ctx, request: Request) -> HTMLResponse:
    """Count a deadline from its dates. What is typed is kept nowhere."""
    now = ctx.reader.now()
    form = Form.parse(request.query_params)
    counted = answer(form, ctx.deps.rulebook, ctx.deps.calendar, local_date(now)) if form.asked else None
    return render("count.html", {
        **await frame(ctx, request, now),
        "form": form,
        "result": counted.result.as_json() if counted and counted.result else None,
        "errors": counted.errors if counted else {},
        "rights": ctx.deps.rulebook.rights,
    }, 422 if counted and counted.errors else 200)  # fmt: skip
