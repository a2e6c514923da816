"""The page of leading signs: a table of units, and the signs behind its figures."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.context import Ctx
from api.routes.queries import cursor
from api.web.frame import frame, render
from api.web.signs import AskedSigns, choices, columns, lines, note

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

PAGE: Final = 50


@router.get("/tegn")
async def signs(ctx: Ctx, request: Request) -> HTMLResponse:
    """Leading signs by unit, and one by one, the oldest first."""
    now = ctx.reader.now()
    values = await frame(ctx, request, now)
    asked, after = AskedSigns.parse(request.query_params), cursor(request.query_params.get("side"))
    region_of, hide = ctx.reader.region_of(now), ctx.deps.settings.hide_small
    looked_at, every = await ctx.signs.looked_at(), await ctx.signs.standing()
    wanted = [sign for sign in every if asked.filter().fits(sign, region_of)]
    page = await ctx.signs.page(asked.filter(), region_of, PAGE, after)
    return render("signs.html", {
        **values,
        "looked_at": looked_at,
        "total": len(wanted),
        "first_page": after is None,
        "columns": columns(),
        "lines": lines(wanted, asked, ctx.deps.units, region_of, hide_small=hide),
        "choices": choices(asked, every, region_of, ctx.deps.units),
        "notes": [note(sign, ctx.deps.units, hide_small=hide) for sign in page.items],
        "next": asked.address(side=str(page.next)) if page.next else None,
    })  # fmt: skip
