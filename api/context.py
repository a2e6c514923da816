"""What every route works with, made once an application from what it was given."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from api.acting.desk import Desk
from api.acting.offers import OfferDesk
from api.acting.sent import SentCommands
from api.deps import Deps
from api.reading.freshness import Freshness
from api.reading.reader import Reader
from api.reading.signs import SignReader
from api.reading.story import Storyteller


@dataclass(slots=True)
class Context:
    """Readers, storyteller, desks and what was given; `open_streams` counts the event streams that are being served."""

    deps: Deps
    reader: Reader
    storyteller: Storyteller
    signs: SignReader
    sent: SentCommands
    desk: Desk
    offers: OfferDesk
    open_streams: int = 0

    async def freshness(self, now: datetime) -> Freshness:
        """Return how far answers reach at an aware moment."""
        return await self.reader.freshness(now, self.deps.settings.max_lag)


def make_context(deps: Deps) -> Context:
    """Build what the routes need."""
    reader = Reader(deps.store, deps.clock, deps.calendar, deps.units)
    sent = SentCommands(deps.store)
    return Context(
        deps=deps,
        reader=reader,
        storyteller=Storyteller(deps.rulebook, deps.calendar),
        signs=SignReader(deps.store),
        sent=sent,
        desk=Desk(deps, reader, sent),
        offers=OfferDesk(deps, reader, sent),
    )


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


Ctx = Annotated[Context, Depends(_context)]
"""The context, as a route asks for it."""
