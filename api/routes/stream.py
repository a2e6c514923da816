"""Server-sent events: every transition of every alert, as it reaches the read model.

An event `alert` carries the ledger record. `reset` says that the events after `Last-Event-ID` are not known any more
(or that the read model was made anew): read everything again. A stream ends after some minutes; the browser comes
back by itself and goes on where it was. Comments keep the connection alive in between.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.context import Context, Ctx
from api.problems import PROBLEMS, ProblemError
from api.reading.news import News, NewsReader

router = APIRouter(prefix="/v1", tags=["stream"], responses=PROBLEMS)

RECONNECT_MILLISECONDS: Final = 2000

LastEventId = Annotated[str | None, Header(description="the last event that was received")]


def room_for_one_more(ctx: Ctx) -> None:
    """Turn a listener away when there are too many already. Raises ProblemError."""
    if ctx.open_streams >= ctx.deps.settings.max_streams:
        raise ProblemError(503, "streams", "Too many open streams", "Try again in a minute, or read /v1/alerts.")


@router.get("/stream", response_class=EventSourceResponse, dependencies=[Depends(room_for_one_more)])
async def stream(ctx: Ctx, last_event_id: LastEventId = None) -> AsyncIterator[ServerSentEvent]:
    """Alert transitions as they happen, from now on, or from after `Last-Event-ID`."""
    ctx.open_streams += 1
    try:
        async for event in _events(ctx, last_event_id):
            yield event
    finally:
        ctx.open_streams -= 1


async def _events(ctx: Context, last: str | None) -> AsyncIterator[ServerSentEvent]:
    reader, settings = NewsReader(ctx.deps.store), ctx.deps.settings
    known = last is not None and await reader.holds(last)
    at = last if known and last is not None else await reader.newest()
    hello = "reset" if last is not None and not known else "hello"
    yield ServerSentEvent(event=hello, id=at, data={"from": at}, retry=RECONNECT_MILLISECONDS)
    end = time.monotonic() + settings.stream_seconds
    while time.monotonic() < end and not ctx.deps.stopping.is_set():
        news = await reader.after(at)
        if not await reader.holds(at):  # asked after the news: what came before them may have been trimmed meanwhile
            at = await reader.newest()
            yield _reset(at)
            continue
        for each in news:
            at = each.id
            yield _event(each)
        if not news:
            await asyncio.sleep(settings.stream_poll_seconds)


def _event(news: News) -> ServerSentEvent:
    if news.transition is None:
        return _reset(news.id)
    return ServerSentEvent(event="alert", id=news.id, data=news.transition)


def _reset(at: str) -> ServerSentEvent:
    return ServerSentEvent(event="reset", id=at, data={"from": at})
