"""Hosts, origins and problems, without a server."""

import pytest
from fastapi.exceptions import RequestValidationError
from redis.exceptions import ConnectionError as RedisConnectionError
from starlette.exceptions import HTTPException

from api.deps import LOOPBACK
from api.guard import foreign_write, host_name, stranger, too_large
from api.problems import ProblemError, answer, problem_of
from stream.worker.transport.errors import SendError


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost:8000", "localhost"),
        ("LOCALHOST", "localhost"),
        ("[::1]:8000", "[::1]"),
        ("[::1]", "[::1]"),
        ("", ""),
        ("a:b", "a:b"),
    ],
)
def test_a_host_is_known_by_its_name_without_the_port(host: str, name: str) -> None:
    assert host_name(host) == name


def test_a_request_without_a_host_is_turned_away() -> None:
    refused = stranger("/", {}, LOOPBACK)
    assert refused is not None
    assert refused.status == 421


def test_a_program_that_is_no_browser_may_write() -> None:
    assert foreign_write({"host": "localhost"}) is None


@pytest.mark.parametrize(("announced", "turned_away"), [("100", False), ("101", True), ("-1", True), ("1e9", True)])
def test_a_body_that_says_to_be_too_large_is_not_read(announced: str, *, turned_away: bool) -> None:
    assert (too_large({"content-length": announced}, 100) is not None) == turned_away


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ProblemError(418, "teapot", "A teapot", "Brew tea."), 418, "teapot"),
        (HTTPException(404), 404, "http"),
        (RequestValidationError([]), 422, "fields"),
        (RedisConnectionError("refused"), 503, "unavailable"),
        (SendError("refused"), 503, "unavailable"),
        (RuntimeError("boom"), 500, "internal"),
    ],
)
def test_every_error_has_its_problem(error: Exception, status: int, code: str) -> None:
    problem, _ = problem_of(error)
    assert (problem.status, problem.code) == (status, code)


def test_a_problem_is_written_as_the_standard_says() -> None:
    response = answer(ProblemError(404, "not_found", "No such clock", "Look again."))
    assert response.media_type == "application/problem+json"
    assert bytes(response.body) == (
        b'{"type":"urn:fristvagt:problem:not_found","title":"No such clock","status":404,"detail":"Look again."}'
    )
