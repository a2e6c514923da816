"""A whole clock for a reader: the contract's JSON with its explanation, day by day."""

from datetime import datetime
from typing import Any

from stream.engine import Engine, Judged
from stream.law.explain import explain
from stream.law.fact import local_date
from stream.row import Row
from stream.view import render


def read_clock(engine: Engine, row: Row, judged: Judged, at: datetime) -> dict[str, Any]:
    """Return a judged clock as it reads at an aware moment, explained."""
    stored = engine.stored(row, judged, at)
    clock = render(stored, at, engine.calendar, engine.units)
    clock["explanation"] = explain(judged.clock, local_date(at), engine.calendar, engine.rulebook)
    return clock
