"""The counting tool over HTTP."""

from typing import Any

from fastapi import APIRouter

from api.context import Ctx
from api.count_models import Count, CountRequest
from api.problems import PROBLEMS, ProblemError
from stream.law.count import count
from stream.law.errors import LawError
from stream.law.fact import local_date

router = APIRouter(prefix="/v1", tags=["counting"], responses=PROBLEMS)


@router.post("/count", response_model=Count)
async def count_days(ctx: Ctx, asked: CountRequest) -> dict[str, Any]:
    """Count a deadline from its dates: every day on the way, the target, and what moved it. Nothing is kept."""
    pauses = [(pause.begin, pause.end) for pause in asked.paused]
    today = local_date(ctx.reader.now())
    deps = ctx.deps
    try:
        found = count(
            asked.right, asked.referral, asked.consent, pauses, deps.rulebook, deps.calendar, today, asked.unit
        )
    except LawError as error:
        raise ProblemError(422, "count", "This cannot be counted", str(error)) from error
    return found.as_json()
