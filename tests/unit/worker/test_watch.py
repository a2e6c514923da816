"""The watch agent between two records: the event loop has other things to do."""

import asyncio
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from stream.clock import FixedClock
from stream.worker import watch as module
from stream.worker.folding import Folder
from stream.worker.names import FACTS
from stream.worker.transport import Record, Run
from stream.worker.watch import Watch
from tests.unit.worker.toy import START, ToyEngine, ToyRows, event

MANY = 50


async def test_other_tasks_have_their_turn_between_two_records_of_a_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TURN", 0.0)
    folder = Folder(ToyEngine(), ToyRows(), FixedClock(START), 12)
    observed: list[float] = []
    metrics: Any = SimpleNamespace(fold=SimpleNamespace(observe=observed.append))
    deadlines: Any = SimpleNamespace(settings=SimpleNamespace(idle_progress=1.0))
    watch = Watch(None, SimpleNamespace(data={}), folder, deadlines, metrics)
    records = [Record(n, b"k1:a", msgspec.json.encode(event(str(n))), (), 0.0) for n in range(MANY)]
    turns = 0

    async def beat() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(beat())
    (folded,) = await watch._fold([Run(FACTS, 1, 0, tuple(records))])
    task.cancel()
    assert len(folded.row.facts) == MANY
    assert turns >= MANY - 1
    assert len(observed) == 1
