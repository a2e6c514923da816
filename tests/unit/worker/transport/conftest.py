"""A fresh embedded log for each test, and Faust apps that start without delay."""

from pathlib import Path

import pytest
from faust.tables.manager import TableManager

from stream.worker.transport import TransportOptions


@pytest.fixture
def options(tmp_path: Path) -> TransportOptions:
    """An embedded log of this test's own; small runs, quick commits."""
    return TransportOptions(url=f"embedded:{tmp_path / 'log'}", run=5, commit_interval=0.05, synchronous="normal")


@pytest.fixture(autouse=True)
def tables_start_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the second that Faust waits before it looks at its tables."""

    async def sleep(self: object, seconds: float) -> None:
        return

    monkeypatch.setattr(TableManager, "sleep", sleep)
