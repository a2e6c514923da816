"""Errors as the outside sees them: ``application/problem+json`` (RFC 9457), each saying what to do next."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from starlette.exceptions import HTTPException

from api.headers import HEADERS
from stream.facts import cpr
from stream.worker.transport.errors import TransportError

logger = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:fristvagt:problem:"
RETRY_SECONDS: Final = "5"

ErrorPage = Callable[[Request, "ProblemError"], Response]
"""Writes a problem as a page."""


class ProblemError(Exception):
    """What the caller can do something about. `code` names the kind of problem for programs."""

    def __init__(
        self, status: int, code: str, title: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.headers = headers


class FieldProblem(BaseModel):
    """One field of the request that is not as it should be."""

    field: str = Field(description="path of the field, such as query.limit")
    message: str


class Problem(BaseModel):
    """A problem as RFC 9457 describes it."""

    type: str = Field(description="what kind of problem: urn:fristvagt:problem:CODE")
    title: str
    status: int
    detail: str = Field(description="what is wrong here, and what to do")
    fields: list[FieldProblem] | None = None


PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"description": "The request cannot be answered as it is", "content": {MEDIA_TYPE: {"schema": {
        "$ref": "#/components/schemas/Problem"}}}},
    "503": {"description": "Something the answer needs is not there now", "content": {MEDIA_TYPE: {"schema": {
        "$ref": "#/components/schemas/Problem"}}}},
}  # fmt: skip
"""For the OpenAPI document: every path may answer with these."""


def not_found(what: str, hint: str) -> ProblemError:
    """Say that something does not exist."""
    return ProblemError(404, "not_found", f"No such {what}", hint)


def answer(problem: ProblemError, fields: Sequence[FieldProblem] | None = None) -> JSONResponse:
    """Write a problem as a response."""
    body = Problem(
        type=TYPE_PREFIX + problem.code,
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        fields=list(fields) if fields else None,
    )
    return JSONResponse(
        body.model_dump(exclude_none=True), problem.status, headers=dict(problem.headers or {}), media_type=MEDIA_TYPE
    )


def of_http(error: HTTPException) -> ProblemError:
    """Return the problem that an error of the framework (no such path, wrong method) stands for."""
    hint = "See /openapi.json for what there is." if error.status_code in {404, 405} else str(error.detail)
    return ProblemError(error.status_code, "http", str(error.detail), hint, error.headers)


def of_fields(error: RequestValidationError) -> tuple[ProblemError, list[FieldProblem]]:
    """Return the problem of a request whose fields are not as they should be. Values are not repeated."""
    fields = [
        FieldProblem(field=cpr.mask(".".join(map(str, each["loc"]))), message=str(each["msg"]))
        for each in error.errors()
    ]
    return ProblemError(422, "fields", "Some fields are not as they should be", "Correct the fields named."), fields


def unavailable(what: str) -> ProblemError:
    """Say that something outside this process is not there now."""
    return ProblemError(
        503,
        "unavailable",
        f"{what} cannot be reached",
        f"Nothing is lost. Try again in {RETRY_SECONDS} seconds.",
        {"Retry-After": RETRY_SECONDS},
    )


def unexpected() -> ProblemError:
    """Say that we failed; what happened is in the log and never in the answer."""
    return ProblemError(500, "internal", "This went wrong here", "It is in the log. Tell operations when it happened.")


def problem_of(error: Exception) -> tuple[ProblemError, list[FieldProblem] | None]:
    """Return the problem that any error of a request stands for."""
    if isinstance(error, ProblemError):
        return error, None
    if isinstance(error, RequestValidationError):
        return of_fields(error)
    if isinstance(error, HTTPException):
        return of_http(error), None
    if isinstance(error, RedisConnectionError | RedisTimeoutError):
        logger.warning("the read model cannot be reached: %s", type(error).__name__)
        return unavailable("The read model"), None
    if isinstance(error, TransportError):
        logger.warning("events cannot be stored: %s", type(error).__name__)
        return unavailable("The event log"), None
    return unexpected(), None


HANDLED: Final[tuple[type[Exception], ...]] = (
    ProblemError,
    RequestValidationError,
    HTTPException,
    RedisConnectionError,
    RedisTimeoutError,
    TransportError,
    Exception,
)


def install(app: FastAPI, page: ErrorPage) -> None:
    """Answer every error of the API as a problem; errors of pages go to `page(request, problem)`."""

    async def handle(request: Request, error: Exception) -> Response:
        problem, fields = problem_of(error)
        machine = request.url.path.startswith(("/v1/", "/openapi.json"))
        response: Response = answer(problem, fields) if machine else page(request, problem)
        response.headers.update(HEADERS)  # the framework sends answers to unexpected errors past every middleware
        return response

    for kind in HANDLED:
        app.add_exception_handler(kind, handle)
