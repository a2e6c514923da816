"""The pages: the worklist, one clock, the overview and the counting tool."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.context import Ctx
from api.problems import not_found
from api.reading.reader import most_urgent
from api.reading.summary import SMALL, summarise
from api.routes.queries import cursor
from api.web.counting import Form, answer
from api.web.frame import frame, render
from api.web.overview import COLUMNS, blocks
from api.web.worklist import Asked, choices, right_name, row, rows, tiles, with_unit_names
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
    asked_for = asked.filter()
    wanted = [entry for entry in entries if asked_for.fits(entry, region_of)]
    page = await ctx.reader.shown_page(most_urgent(wanted, after), now, PAGE)
    return render("worklist.html", {
        **values,
        "asked": asked,
        "tiles": tiles(asked, entries, region_of),
        "choices": choices(asked, entries, region_of, ctx.deps.rulebook, ctx.deps.units),
        "rows": rows(page.items, local_date(now), ctx.deps.rulebook, ctx.deps.units),
        "total": len(wanted),
        "first_page": after is None,
        "next": asked.address(side=str(page.next)) if page.next else None,
    })  # fmt: skip


@router.get("/frist/{clock_id}")
async def one_clock(ctx: Ctx, request: Request, clock_id: str) -> HTMLResponse:
    """One clock: why this date, its limits, offers, events and the history of its alert."""
    now = ctx.reader.now()
    values = await frame(ctx, request, now)
    stored = await ctx.reader.clock(clock_id)
    if stored is None:
        raise not_found("clock", "It was never there, or the facts that made it were retracted.")
    shown = ctx.reader.shown(stored, now)
    story = ctx.storyteller.tell(stored, await ctx.reader.events(stored["patient"]), now)
    return render("clock.html", {
        **values,
        "row": row(shown, local_date(now), ctx.deps.rulebook, ctx.deps.units),
        "right": ctx.deps.rulebook.rights.get(stored["right"]),
        "story": story,
        "ledger": await ctx.reader.ledger(clock_id),
        "unit_name": ctx.deps.units.name,
        "with_unit_names": lambda text: with_unit_names(text, ctx.deps.units),
    })  # fmt: skip


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
