"""A worker is killed (-9) under load and started again at once, with static membership, over rows that are there."""

import argparse
import time

from stream.worker.names import FACTS
from stream.worker.transport import TransportOptions
from tests.bench import patients
from tests.bench.alarms import Ledger, Sending, wait_for_all
from tests.bench.broker import broker, make_topics
from tests.bench.figures import Findings
from tests.bench.processes import Fristvagt
from tests.bench.running import main

READY_SECONDS = 15
DAYS = 110
"""How far back pathways begin: so far that there are some twelve closed clocks to an open one."""
PER_SECOND = 100
UNDER_LOAD = 5
"""Seconds of load before the kill, and after the worker is ready again."""


def options_of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--open", type=int, default=10_000, help="open clocks (about); the aim is stated for 100000")
    parser.add_argument("--repeat", type=int, default=2)


def measure(words: argparse.Namespace) -> Findings:
    found = Findings("restart", "restart after kill -9, static membership")
    known = patients.Known.of(DAYS)
    copies = max(1, round(words.open / known.open_clocks))
    told = known.times(copies)
    with broker() as options:
        make_topics(options)
        size = patients.write(options, known, copies)
        ready = _kill(found, options, words.repeat)
    found.note(f"{told.open_clocks} open and {told.closed_clocks} closed clocks of {told.pathways} pathways")
    found.note(f"{len(known.rows) * copies} rows of {size / len(known.rows) / copies:.0f} bytes")
    found.at_most("ready again", ready, READY_SECONDS, "s")
    return found


def _kill(found: Findings, options: TransportOptions, repeat: int) -> float:
    """Start, kill and start again, under load. Return the best time to be ready again (seconds)."""
    sending, ledger = Sending(options, FACTS, PER_SECOND), Ledger()
    times: list[float] = []
    memory: list[float] = []
    with ledger.reading(options):
        worker = _start(options, times)
        with sending.going_on():
            for _ in range(repeat):
                time.sleep(UNDER_LOAD)
                worker.kill()
                worker = _start(options, times)
                memory.append(worker.memory() / 1e6)
            time.sleep(UNDER_LOAD)
        missing = wait_for_all(sending, ledger)
        worker.kill()
    found.figure("ready, first start", "s", times[:1], high=False)
    again = found.figure("ready again after kill -9", "s", times[1:], high=False)
    found.figure("memory when ready", "MB", memory, high=False)
    found.at_most("alerts missing", missing, 0, "")
    found.note(
        f"{len(sending.sent)} events that raise an alert, {ledger.repeats} alerts written twice with the same id"
    )
    return again.best


def _start(options: TransportOptions, times: list[float]) -> Fristvagt:
    began = time.perf_counter()
    worker = Fristvagt("worker", options, instance="bench-0").__enter__()
    worker.until(worker.is_ready, pause=0.05)
    times.append(time.perf_counter() - began)
    return worker


if __name__ == "__main__":
    main(options_of, measure)
