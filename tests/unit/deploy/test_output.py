import pytest

from deploy.cli.output import PIPE_WIDTH, progress, wide_console


def test_progress_writes_nothing_where_nobody_looks_on(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("reading", 10) as advance:
        advance(10)
    assert capsys.readouterr() == ("", "")


def test_progress_of_nothing_at_all_is_no_error() -> None:
    with progress("reading", 0) as advance:
        advance(1)


def test_a_pipe_is_wide_enough_for_every_column() -> None:
    assert wide_console().width == PIPE_WIDTH
