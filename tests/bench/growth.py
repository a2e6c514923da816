"""How memory, rows, recovery and replay grow with the number of pathways."""

import argparse
import time
from typing import NamedTuple

from stream.worker.names import FACTS
from tests.bench import patients
from tests.bench.broker import broker, make_topics
from tests.bench.feed import Feed, send
from tests.bench.figures import Findings
from tests.bench.processes import Fristvagt, replay_answer
from tests.bench.running import main

YEAR = 365


class Size(NamedTuple):
    """What a number of pathways costs."""

    pathways: int
    open_clocks: int
    row_bytes: int
    rows: int
    memory: int
    ready: float
    replay: float


def options_of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pathways", type=int, nargs="+", default=[10_000, 30_000, 100_000])
    parser.add_argument("--without-replay", action="store_true")


def measure(words: argparse.Namespace) -> Findings:
    found = Findings("growth", "memory per open clock; growth with the number of pathways")
    known = patients.Known.of(YEAR)
    empty = _recovered(known, 0)
    sizes = [_size(known, pathways, replayed=not words.without_replay) for pathways in words.pathways]
    for size in sizes:
        name = f"{size.pathways} pathways, "
        held = size.memory - empty.memory
        found.figure(name + "bytes of a row", "B", [size.row_bytes / size.rows], high=False)
        found.figure(name + "memory of the worker", "MB", [size.memory / 1e6], high=False)
        found.figure(name + "memory by open clock", "kB", [held / size.open_clocks / 1e3], high=False)
        found.figure(name + "memory of a patient", "kB", [held / size.rows / 1e3], high=False)
        found.figure(name + "ready after start", "s", [size.ready], high=False)
        if size.replay:
            found.figure(name + "replay", "s", [size.replay], high=False)
    _compare(found, sizes, empty)
    found.note("memory is what the worker holds beyond one without rows; by open clock it includes the closed ones")
    found.note(f"memory of a worker without rows: {empty.memory / 1e6:.0f} MB, ready after {empty.ready:.1f} s")
    return found


def _compare(found: Findings, sizes: list[Size], empty: Size) -> None:
    """Linear is 1: the cost grows as the number of pathways does."""
    first, last = sizes[0], sizes[-1]
    if first == last:
        return
    factor = last.pathways / first.pathways
    growths = {
        "bytes of rows": last.row_bytes / first.row_bytes,
        "memory": (last.memory - empty.memory) / (first.memory - empty.memory),
        "time until ready": (last.ready - empty.ready) / max(first.ready - empty.ready, 0.1),
    }
    if first.replay:
        growths["replay"] = last.replay / first.replay
    for name, growth in growths.items():
        found.figure(f"growth of {name} / of pathways", "", [growth / factor], high=False)


def _size(known: patients.Known, pathways: int, *, replayed: bool) -> Size:
    copies = max(1, round(pathways / known.pathways))
    size = _recovered(known, copies)
    return size._replace(replay=_replay(size.pathways) if replayed else 0.0)


def _recovered(known: patients.Known, copies: int) -> Size:
    """Start a worker over so many copies of the rows."""
    told = known.times(copies)
    with broker() as options:
        make_topics(options)
        size = patients.write(options, known, copies)
        began = time.perf_counter()
        with Fristvagt("worker", options) as worker:
            worker.until(worker.is_ready, pause=0.05)
            ready = time.perf_counter() - began
            memory = worker.memory()
    return Size(told.pathways, told.open_clocks, size, len(known.rows) * copies, memory, ready, 0.0)


def _replay(pathways: int) -> float:
    with broker() as options:
        make_topics(options)
        send(options, FACTS, Feed(pathways, days=YEAR).facts())
        return replay_answer(options, 1).seconds


if __name__ == "__main__":
    main(options_of, measure)
