"""Clocks: pages of them, one with its story, and open ones counted."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from api.context import Ctx
from api.models import ClockPage, RiskSummary, reach
from api.problems import PROBLEMS, not_found
from api.reading.filters import EntryFilter
from api.reading.signs import shown
from api.reading.summary import SMALL, summarise
from api.routes.queries import CHECKED, After, Limit, clock_filter, cursor
from api.sign_models import ClockWithSigns
from stream.law.fact import local_date

router = APIRouter(prefix="/v1", tags=["clocks"], responses=PROBLEMS)

Wanted = Annotated[EntryFilter, Depends(clock_filter)]
Outside = Annotated[bool, Query(description="the figures leave the department: counts below five are hidden")]


@router.get("/clocks", response_model=ClockPage, dependencies=CHECKED)
async def list_clocks(ctx: Ctx, wanted: Wanted, limit: Limit = 100, after: After = None) -> dict[str, Any]:
    """Clocks in order of deadline."""
    now = ctx.reader.now()
    freshness = await ctx.freshness(now)
    page = await ctx.reader.clocks(wanted, now, limit, cursor(after))
    return reach(freshness) | {"clocks": page.items, "next": str(page.next) if page.next else None}


@router.get("/clocks/{clock_id}", response_model=ClockWithSigns)
async def one_clock(ctx: Ctx, clock_id: str) -> dict[str, Any]:
    """One clock with its explanation day by day, its events and its alert's ledger."""
    now = ctx.reader.now()
    freshness = await ctx.freshness(now)
    stored = await ctx.reader.clock(clock_id)
    if stored is None:
        raise not_found("clock", "It was never there, or the facts that made it were retracted.")
    signs = await ctx.signs.at([stored])
    story = ctx.storyteller.tell(stored, await ctx.reader.events(stored["patient"]), now)
    return reach(freshness) | {
        "clock": ctx.reader.shown(stored, now) | {"explanation": story.explanation},
        "explanation_agrees": story.agrees,
        "events": story.events,
        "ledger": await ctx.reader.ledger(clock_id),
        "signs": [shown(sign, local_date(now), ctx.deps.units) for sign in signs.get(clock_id, ())],
    }


@router.get("/risk/summary", response_model=RiskSummary, tags=["risk"])
async def risk_summary(ctx: Ctx, wanted: Wanted, *, outside: Outside = False) -> dict[str, Any]:
    """Open clocks counted by region, right, package and tier."""
    now = ctx.reader.now()
    freshness = await ctx.freshness(now)
    hide = outside or ctx.deps.settings.hide_small
    region_of = ctx.reader.region_of(now)
    asked = [entry for entry in await ctx.reader.open_clocks() if wanted.fits(entry, region_of)]
    summary = summarise(asked, region_of, hide_small=hide)
    return reach(freshness) | {
        "hidden_below": SMALL if hide else None,
        "total": summary.total,
        "cells": summary.cells,
    }
