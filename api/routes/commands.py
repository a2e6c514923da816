"""Commands of staff about an alert, and offered dates: taken here, decided by the worker, answered by the ledger."""

from typing import Annotated, Final

from fastapi import APIRouter, Header
from pydantic import AfterValidator, StringConstraints

from api.acting import bodies
from api.acting.answers import CommandState, state_of
from api.acting.text import without_cpr
from api.context import Context, Ctx
from api.models import CommandTaken, OfferTaken, Ref
from api.problems import PROBLEMS, not_found

router = APIRouter(prefix="/v1", tags=["commands"], responses=PROBLEMS)

ID: Final = r"^[A-Za-z0-9._:-]{1,64}$"

Key = Annotated[
    Annotated[str, StringConstraints(pattern=ID), AfterValidator(without_cpr)] | None,
    Header(alias="Idempotency-Key", description="becomes the command's id: the same again is one command"),
]


async def _take(ctx: Context, alert_id: str, body: bodies.Body, key: str | None) -> CommandTaken:
    return CommandTaken(command_id=await ctx.desk.take(alert_id, body, key), status="pending")


@router.post("/alerts/{alert_id}/acknowledge", status_code=202)
async def acknowledge(ctx: Ctx, alert_id: str, body: bodies.Acknowledge, key: Key = None) -> CommandTaken:
    """Take care of an alert."""
    return await _take(ctx, alert_id, body, key)


@router.post("/alerts/{alert_id}/snooze", status_code=202)
async def snooze(ctx: Ctx, alert_id: str, body: bodies.Snooze, key: Key = None) -> CommandTaken:
    """Take care of an alert and not be reminded until a moment: before the next tier, at `passed` one working day."""
    return await _take(ctx, alert_id, body, key)


@router.post("/alerts/{alert_id}/note", status_code=202)
async def note(ctx: Ctx, alert_id: str, body: bodies.Note, key: Key = None) -> CommandTaken:
    """Note what was done or is known."""
    return await _take(ctx, alert_id, body, key)


@router.post("/alerts/{alert_id}/rung", status_code=202)
async def rung(ctx: Ctx, alert_id: str, body: bodies.TakeRung, key: Key = None) -> CommandTaken:
    """Record a rung of the duty to act (handlepligt)."""
    return await _take(ctx, alert_id, body, key)


@router.post("/alerts/{alert_id}/registration-error", status_code=202)
async def registration_error(ctx: Ctx, alert_id: str, body: bodies.RegistrationError, key: Key = None) -> CommandTaken:
    """Flag that what is registered is not what happened."""
    return await _take(ctx, alert_id, body, key)


@router.post("/alerts/{alert_id}/hand-over", status_code=202)
async def hand_over(ctx: Ctx, alert_id: str, body: bodies.HandOver, key: Key = None) -> CommandTaken:
    """Give an alert to somebody else."""
    return await _take(ctx, alert_id, body, key)


@router.post("/alerts/{alert_id}/watch", status_code=202)
async def watch(ctx: Ctx, alert_id: str, body: bodies.Watch, key: Key = None) -> CommandTaken:
    """Be told of everything that happens to an alert."""
    return await _take(ctx, alert_id, body, key)


@router.post("/alerts/{alert_id}/unwatch", status_code=202)
async def unwatch(ctx: Ctx, alert_id: str, body: bodies.Unwatch, key: Key = None) -> CommandTaken:
    """No longer be told."""
    return await _take(ctx, alert_id, body, key)


@router.post("/pathways/{pathway}/offers", status_code=202)
async def offer(ctx: Ctx, pathway: str, body: bodies.Offer, key: Key = None) -> OfferTaken:
    """Record a date that was offered to the patient now: a fact like those that hospitals send."""
    command_id, event = await ctx.offers.take(pathway, body, key)
    return OfferTaken(command_id=command_id, status="accepted", event=Ref(source=event.source, id=event.id))


@router.get("/commands/{command_id}")
async def command(ctx: Ctx, command_id: str) -> CommandState:
    """Say what became of a command: pending, accepted, or refused with a reason and what to do."""
    state = await state_of(command_id, ctx.sent)
    if state is None:
        raise not_found("command", "It was never taken, or that is long ago: look at the alert's ledger.")
    return state
