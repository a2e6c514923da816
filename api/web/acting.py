"""The forms of a clock's page: taken, and answered on the page. They work without JavaScript."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.acting.answers import state_of
from api.acting.bodies import Body, Offer
from api.acting.sent import KEY_USED
from api.context import Context, Ctx
from api.problems import ProblemError, not_found
from api.projection.alerts import Alert
from api.web.acts import ACTS, OFFER, Filled, fill, mistake
from api.web.clock_page import Page, load, show
from api.web.forms import form_of
from api.web.frame import render
from api.web.initials import remember
from stream.worker.transport.errors import TransportError

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

KEY: Final = re.compile(r"[0-9a-f]{32}")
"""What a form's key looks like: the page makes one for each."""
LOOK_EVERY: Final = 0.1
"""Seconds between two looks for an answer."""


@router.get("/frist/{clock_id}")
async def one_clock(ctx: Ctx, request: Request, clock_id: str, kommando: str = "") -> HTMLResponse:
    """One clock: why this date, what to do, its limits, offers, events and the history of its alert."""
    return await show(ctx, request, await load(ctx, clock_id, kommando))


@router.post("/frist/{clock_id}/{act}")
async def act(ctx: Ctx, request: Request, clock_id: str, act: str) -> Response:
    """Take a form and lead to the page, which says what became of it; or show again what cannot be taken."""
    if act not in ACTS:
        raise not_found("form", "Use the forms of the page.")
    form, page = await form_of(request), await load(ctx, clock_id)
    if page.alert is None:
        raise not_found("alert", "There never was one for this clock.")
    if act == OFFER and page.purpose is None:
        raise not_found("form", "No date is offered for this right.")
    body, filled = fill(act, form, {rest.name: rest.until for rest in page.rests}, page.purpose)
    if body is None:
        return await show(ctx, request, page, filled, 422)
    try:
        command_id = await _take(partial(_send, ctx, page, page.alert, body), form)
    except (ProblemError, TransportError) as error:
        return await _not_taken(ctx, request, page, filled, error)
    if act != OFFER:  # which the worker does not answer: it counts as a fact
        await _wait(ctx, command_id)
    address = f"/frist/{clock_id}?{urlencode({'kommando': command_id})}#handling"
    response = RedirectResponse(address, 303)
    remember(response, request, body.actor)
    return response


@router.get("/kommando/{command_id}")
async def answer(ctx: Ctx, command_id: str, frist: str = "") -> HTMLResponse:
    """Say what became of a command, as a part of a page that asks until it is answered."""
    state = await state_of(command_id, ctx.sent)
    return render("answer.html", {"command": state, "clock_id": frist, "is_part": True, "has_looked": False})


async def _take(send: Callable[[str | None], Awaitable[str]], form: Mapping[str, str]) -> str:
    """Take what a form says, once for each time that it was shown; changed and sent again, it is something new."""
    key = form.get("noegle", "")
    if not KEY.fullmatch(key):
        return await send(None)
    try:
        return await send(key)
    except ProblemError as error:
        if error.code != KEY_USED:
            raise
    return await send(None)


async def _send(ctx: Context, page: Page, alert: Alert, body: Body | Offer, key: str | None) -> str:
    if isinstance(body, Offer):
        command_id, _ = await ctx.offers.take(page.stored["pathway"], body, key)
        return command_id
    return await ctx.desk.take(alert.alert_id, body, key)


async def _not_taken(ctx: Context, request: Request, page: Page, filled: Filled, error: Exception) -> HTMLResponse:
    """Show again what could not be sent now. Raises what sending again does not help against."""
    if isinstance(error, ProblemError) and error.status != 503:  # noqa: PLR2004 - unavailable
        raise error
    again = Filled(filled.act, filled.values, {"send": mistake("send", "unavailable")})
    return await show(ctx, request, page, again, 503)


async def _wait(ctx: Context, command_id: str) -> None:
    """Give the worker a moment, so that the page shows its answer at once, also without JavaScript."""
    looks = round(ctx.deps.settings.answer_wait_seconds / LOOK_EVERY)
    for _ in range(looks):
        if await ctx.sent.answer(command_id) is not None:
            return
        await asyncio.sleep(LOOK_EVERY)
