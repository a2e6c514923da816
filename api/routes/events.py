"""Events in: one or a batch, structured or binary, with one result each."""

from typing import Final

import msgspec
from fastapi import APIRouter, Request, Response

from api.context import Ctx
from api.models import EventResults
from api.problems import PROBLEMS, ProblemError
from stream.facts.transports import BATCH, STRUCTURED
from stream.worker.intake import Raw

router = APIRouter(prefix="/v1", tags=["events"], responses=PROBLEMS)

PLAIN: Final = "application/json"
EVENT_SCHEMA: Final = {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "additionalProperties": True,
}
BATCH_SCHEMA: Final = {"type": "array", "items": EVENT_SCHEMA}
BODY: Final = {
    "requestBody": {
        "required": True,
        "description": "CloudEvents 1.0. In binary mode the attributes are ce-* headers and the body is the data.",
        "content": {
            STRUCTURED: {"schema": EVENT_SCHEMA},
            BATCH: {"schema": BATCH_SCHEMA},
            PLAIN: {"schema": {"oneOf": [EVENT_SCHEMA, BATCH_SCHEMA]}},
        },
    }
}


@router.post("/events", status_code=202, response_model=EventResults, openapi_extra=BODY)
async def take_events(ctx: Ctx, request: Request) -> Response:
    """Take events. The answer is given when all are stored; a refused one says why and what to do."""
    body = await request.body()
    results = await ctx.deps.publish(Raw(body, _headers(request, body)))
    accepted = sum(result["status"] == "accepted" for result in results)
    answer = {"accepted": accepted, "refused": len(results) - accepted, "results": results}
    # Written here: the framework would take a quarter of a second over the answer to a large batch, in the event loop.
    return Response(msgspec.json.encode(answer), 202, media_type=PLAIN)


def _headers(request: Request, body: bytes) -> list[tuple[str, bytes | str]]:
    """Return the headers that say what the body is; plain JSON is taken for what it looks like."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    binary = [(name, value) for name, value in request.headers.items() if name.startswith("ce-")]
    if kind in {STRUCTURED, BATCH}:
        return [("content-type", kind)]
    if kind != PLAIN:
        raise ProblemError(
            415, "content_type", "Not a CloudEvent by its content type", f"Send {STRUCTURED}, {BATCH} or {PLAIN}."
        )
    if binary:
        return [("content-type", PLAIN), *binary]
    return [("content-type", BATCH if body.lstrip()[:1] == b"[" else STRUCTURED)]
