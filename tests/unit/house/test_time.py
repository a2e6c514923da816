"""Only one module reads the time of the day; monotonic time (leases, time-outs) is free."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

THE_CLOCK = Path("stream/clock.py")
CALENDAR_CLASSES = {"datetime", "date"}
READS_NOW = {"now", "utcnow", "today"}
TIME_OF_DAY = {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime"}


def readings(source: str) -> Iterator[int]:
    """Yield the line of each place that reads the time of the day."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name(id=name) | ast.Attribute(attr=name), attr=attr):
                if (name in CALENDAR_CLASSES and attr in READS_NOW) or (name == "time" and attr in TIME_OF_DAY):
                    yield node.lineno
            case ast.ImportFrom(module="time", names=names) if any(alias.name in TIME_OF_DAY for alias in names):
                yield node.lineno


def test_only_the_clock_module_reads_the_time_of_the_day(sources: dict[Path, str]) -> None:
    found = [f"{path}:{line}" for path, text in sources.items() if path != THE_CLOCK for line in readings(text)]
    assert found == []


def test_the_clock_module_does_read_it(sources: dict[Path, str]) -> None:
    assert list(readings(sources[THE_CLOCK]))


@pytest.mark.parametrize(
    "line",
    [
        "x = datetime.now(UTC)",
        "x = datetime.datetime.utcnow()",
        "x = date.today()",
        "x = field(default_factory=datetime.now)",
        "x = time.time()",
        "from time import monotonic, time_ns",
    ],
)
def test_each_way_to_read_the_time_of_the_day_is_seen(line: str) -> None:
    assert list(readings(line)) == [1]


@pytest.mark.parametrize("line", ["x = time.monotonic()", "x = clock.now()", "x = datetime.fromisoformat(text)"])
def test_other_clocks_are_free(line: str) -> None:
    assert list(readings(line)) == []
