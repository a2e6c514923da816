"""For operations: alive, ready, figures. No patient data passes here."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError

from api.context import Context, Ctx
from api.models import Readiness
from api.reading.freshness import TEXTS

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def healthz(ctx: Ctx, response: Response) -> Readiness:
    """Whether this process works at all; 503 when it should be ended and started anew."""
    return _verdict([reason for probe in ctx.deps.probes for reason in probe.dead()], response)


@router.get("/readyz")
async def readyz(ctx: Ctx, response: Response) -> Readiness:
    """Whether answers can be given and are up to date; 503 when not. What no other process could mend is no reason."""
    reasons = [reason for probe in ctx.deps.probes for reason in probe.not_ready()]
    return _verdict([*reasons, *await _read_model(ctx)], response)


@router.get("/metrics", response_class=Response)
async def metrics(ctx: Ctx) -> Response:
    """Figures in Prometheus' text format."""
    parts = [generate_latest(registry) for registry in ctx.deps.registries]
    return Response(b"".join(parts), media_type=CONTENT_TYPE_LATEST)


async def _read_model(ctx: Context) -> list[str]:
    try:
        freshness = await ctx.freshness(ctx.reader.now())
    except RedisError as error:
        return [f"the read model cannot be reached: {type(error).__name__}"]
    return [TEXTS[reason]["en"] for reason in freshness.unfit]


def _verdict(reasons: list[str], response: Response) -> Readiness:
    if reasons:
        response.status_code = 503
    return Readiness(ok=not reasons, reasons=reasons)
