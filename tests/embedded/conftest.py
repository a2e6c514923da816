from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.embedded.stack import ManualClock, Stack
from tests.unit.worker.toy import START, ToyEngine, ToyRows


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def engine() -> ToyEngine:
    return ToyEngine()


@pytest.fixture
def stack(tmp_path: Path, clock: ManualClock, engine: ToyEngine) -> Callable[..., Stack]:
    """Build the watch with a toy engine; the same directory each time, as when a process is started again."""

    def build(**settings: Any) -> Stack:
        return Stack(tmp_path / "log", clock, engine, ToyRows(), settings=settings)

    return build
