"""The application: routes, pages, guard and figures put together from what it is given."""

import logging
from collections.abc import Callable
from dataclasses import replace

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from api import problems
from api.context import make_context
from api.deps import Deps
from api.guard import Guard
from api.metrics import HttpMetrics, Measured
from api.problems import Problem
from api.routes import alerts, clocks, commands, count, events, operations, signs, stream
from api.web import acting, frame, pages, sign_page
from api.web.templating import STATIC, VENDOR

logger = logging.getLogger(__name__)

TITLE = "Fristvagt"
VERSION = "0.1.0"
SUMMARY = "A live watch over the Danish legal maximum waiting times in cancer and heart care"


def create_app(deps: Deps) -> FastAPI:
    """Return the ASGI application. It opens and closes nothing: what it is given outlives it."""
    settings = deps.settings
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        summary=SUMMARY,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    context = make_context(deps)
    figures = HttpMetrics(lambda: context.open_streams)
    context.deps = replace(deps, registries=(*deps.registries, figures.registry))
    app.state.context = context
    for module in (events, clocks, alerts, signs, commands, count, stream, operations, pages, acting, sign_page):
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(Guard, allowed_hosts=settings.allowed_hosts, max_body_bytes=settings.max_body_bytes)
    app.add_middleware(Measured, metrics=figures)
    problems.install(app, frame.error_page)
    app.openapi = _with_problem(app)  # type: ignore[method-assign]  # FastAPI's own way to add to the document
    if not VENDOR.is_dir():
        logger.warning("the pages have no style: run npm ci and npm run build, as the README says")
    return app


def _with_problem(app: FastAPI) -> Callable[[], dict[str, object]]:
    """Add the problem's schema to the OpenAPI document, since no route names it as its answer."""
    plain = app.openapi

    def document() -> dict[str, object]:
        made = plain()
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        made["components"]["schemas"] |= schema.pop("$defs", {}) | {"Problem": schema}
        return made

    return document
