"""The page of one clock, with what can be done about its alert."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args
from uuid import uuid4

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.acting.answers import CommandState, state_of
from api.acting.bodies import OfferPlace
from api.context import Context
from api.problems import not_found
from api.projection.alerts import Alert
from api.reading.story import Story
from api.web.acts import Filled
from api.web.care import care_of
from api.web.frame import frame, render
from api.web.history import NO_NOTES, Told, history, text_ids
from api.web.initials import initials_of
from api.web.signs import Note, note
from api.web.snoozing import Rest, rests
from api.web.words import texts
from api.web.worklist import row, with_unit_names
from stream.law.fact import local_date


@dataclass(frozen=True, slots=True)
class Page:
    """What the page is about, at an aware moment. `alert` is None as long as there never was one.

    `command` is what became of the command that the address names, if it is about this alert. `purpose` is what a date
    can be offered for, None if for nothing.
    """

    now: datetime
    stored: Mapping[str, Any]
    story: Story
    alert: Alert | None
    rests: list[Rest]
    command: CommandState | None
    purpose: str | None


async def load(ctx: Context, clock_id: str, command_id: str = "") -> Page:
    """Read what a clock's page shows. Raises ProblemError for an unknown clock."""
    now = ctx.reader.now()
    # Before the alert: an answer that came in between would stand beside an alert that knows nothing of it.
    command = await state_of(command_id, ctx.sent) if command_id else None
    stored = await ctx.reader.clock(clock_id)
    if stored is None:
        raise not_found("clock", "It was never there, or the facts that made it were retracted.")
    story = ctx.storyteller.tell(stored, await ctx.reader.events(stored["patient"]), now)
    alert = (await ctx.reader.alerts_of([clock_id])).get(clock_id)
    right = ctx.deps.rulebook.rights.get(stored["right"])
    purpose = None if right is None else right.offers
    return Page(now, stored, story, alert, _rests(ctx, story, alert, now), _about(alert, command), purpose)


def _about(alert: Alert | None, command: CommandState | None) -> CommandState | None:
    if alert is None or command is None:
        return None
    return command if command.alert_id in {None, alert.alert_id} else None


def _rests(ctx: Context, story: Story, alert: Alert | None, now: datetime) -> list[Rest]:
    clock = story.clock
    if alert is None or alert.tier is None or clock is None or clock.state == "closed":
        return []
    return rests(clock, alert.tier, ctx.deps.thresholds(clock.right, clock.unit), now, ctx.deps.calendar)


async def show(
    ctx: Context, request: Request, page: Page, filled: Filled | None = None, status: int = 200
) -> HTMLResponse:
    """Write the page: as it is, or with a form that could not be taken."""
    shown = ctx.reader.shown(page.stored, page.now)
    return render("clock.html", {
        **await frame(ctx, request, page.now),
        "row": row(shown, local_date(page.now), ctx.deps.rulebook, ctx.deps.units),
        "right": ctx.deps.rulebook.rights.get(page.stored["right"]),
        "story": page.story,
        "notes": await _notes(ctx, page),
        "history": await _history(ctx, page),
        "unit_name": ctx.deps.units.name,
        "with_unit_names": lambda text: with_unit_names(text, ctx.deps.units),
        "care": None if page.alert is None else care_of(page.alert, page.now),
        "rests": page.rests,
        "can_offer": page.purpose is not None,
        "offer_places": {place: texts()["places"][place] for place in get_args(OfferPlace)},
        "filled": filled or Filled(),
        "initials": initials_of(request),
        "keeps_notes": ctx.desk.keeps_notes,
        "key": uuid4().hex,
        "words": texts(),
        "command": page.command,
        "has_looked": "igen" in request.query_params,
    }, status)  # fmt: skip


async def _history(ctx: Context, page: Page) -> list[Told]:
    ledger = await ctx.reader.ledger(page.stored["clock_id"])
    read = ctx.deps.read_notes
    return history(ledger, await read(text_ids(ledger)) if read else NO_NOTES)


async def _notes(ctx: Context, page: Page) -> list[Note]:
    """Return the leading signs at the clock in words."""
    signs = (await ctx.signs.at([page.stored])).get(page.stored["clock_id"], [])
    return [note(sign, ctx.deps.units, hide_small=ctx.deps.settings.hide_small) for sign in signs]
