from datetime import UTC, date, datetime

import pytest

from deploy.cli.dates import day, moment, span
from deploy.errors import BadInputError


def test_a_day_is_read() -> None:
    assert day("2026-02-02", "--from") == date(2026, 2, 2)


def test_a_span_is_read() -> None:
    assert span("2026-02-02..2026-02-09", "--paused") == (date(2026, 2, 2), date(2026, 2, 9))


def test_a_moment_is_read_as_utc() -> None:
    assert moment("2026-02-02T09:00+01:00", "--at") == datetime(2026, 2, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-02-30", "2 February", ""])
def test_a_day_that_is_none_is_refused_by_its_option(text: str) -> None:
    with pytest.raises(BadInputError, match=r"--from: .* write YYYY-MM-DD"):
        day(text, "--from")


@pytest.mark.parametrize("text", ["2026-02-02", "2026-02-02-2026-02-09", "2026-02-02..soon"])
def test_a_span_that_is_none_is_refused_by_its_option(text: str) -> None:
    with pytest.raises(BadInputError, match="--paused"):
        span(text, "--paused")


def test_a_moment_without_offset_is_refused_by_its_option() -> None:
    with pytest.raises(BadInputError, match=r"--at: .* no offset"):
        moment("2026-02-02T09:00", "--at")
