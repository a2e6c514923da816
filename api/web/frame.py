"""What every page carries: the time, how fresh it is, the notices, and the page for an error."""

from datetime import datetime
from functools import cache
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from api.context import Context
from api.problems import ProblemError
from api.reading.freshness import TEXTS
from api.web.templating import VENDOR, environment
from stream.clock import ScaledClock
from stream.law.fact import local_date

ERRORS: Final = {
    404: ("Siden findes ikke", "Fristen eller siden findes ikke (længere). Gå til arbejdslisten, og find den derfra."),
    421: ("Forkert adresse", "Siden kan ikke åbnes under dette navn. Brug den adresse, som driften har givet."),
    503: ("Fristerne kan ikke hentes lige nu", "Intet er tabt, og overvågningen fortsætter. Prøv igen om lidt."),
}
FAILED: Final = ("Noget gik galt", "Fejlen er skrevet i loggen. Prøv igen, og kontakt driften, hvis den bliver ved.")


async def frame(ctx: Context, request: Request, now: datetime) -> dict[str, Any]:
    """Return what the base template needs at an aware moment."""
    freshness = await ctx.freshness(now)
    settings, clock = ctx.deps.settings, ctx.deps.clock
    return {
        "path": request.url.path,
        "now": now,
        "today": local_date(now),
        "freshness": freshness,
        "missing": [TEXTS[reason]["da"] for reason in freshness.reasons],
        "simulated": settings.simulated,
        "speed": clock.factor if isinstance(clock, ScaledClock) else None,
        "styled": VENDOR.is_dir(),
    }


def render(template: str, values: dict[str, Any], status: int = 200) -> HTMLResponse:
    """Write a page."""
    return HTMLResponse(_environment().get_template(template).render(values), status)


def error_page(_request: Request, problem: ProblemError) -> HTMLResponse:
    """Write a problem as a page. It needs nothing but the template: the read model may be what is missing."""
    title, text = ERRORS.get(problem.status, FAILED)
    return render("error.html", {"title": title, "text": text, "styled": VENDOR.is_dir()}, problem.status)


@cache
def _environment() -> Environment:
    return environment()
