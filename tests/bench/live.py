"""The live worker with everything on, against a bare stock Faust agent and a bare Quix Streams application.

All read the same topic of facts, one process each, one after the other. The rate is that between the first and the
last record of their outputs, so that start and rebalance do not count.
"""

import argparse
import tempfile
from collections.abc import Callable
from typing import NamedTuple

from stream.worker.names import ALERTS, CLOCKS, FACTS
from stream.worker.transport import TransportOptions
from tests.bench.broker import PARTITIONS, bootstrap, broker, length, make_output, make_topics, our_topics, span
from tests.bench.feed import EVENTS_A_PATHWAY, Feed, send
from tests.bench.figures import Findings
from tests.bench.processes import Fristvagt, Process, baseline
from tests.bench.running import main


class Rate(NamedTuple):
    """Events a second of wall and of processor time, and the most memory that was held (bytes)."""

    wall: float
    cpu: float
    peak: int


def options_of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=int, default=40_000, help="events in the topic (about)")
    parser.add_argument("--repeat", type=int, default=3)


def measure(words: argparse.Namespace) -> Findings:
    found = Findings("live", "live worker, everything on (parse, fold, clocks, ledger, rows)")
    rates: dict[str, list[Rate]] = {"Fristvagt": [], "stock Faust": [], "Quix Streams": []}
    for turn in range(words.repeat):
        with broker() as options:
            make_topics(options)
            sent = send(options, FACTS, Feed(round(words.events / EVENTS_A_PATHWAY)).facts())
            rates["stock Faust"].append(bare(options, "faust_agent", f"faust-{turn}", sent.events, str(PARTITIONS)))
            rates["Fristvagt"].append(worker(options, sent.events))
            with tempfile.TemporaryDirectory() as folder:
                rates["Quix Streams"].append(bare(options, "quix_agent", f"quix-{turn}", sent.events, folder))
    found.note(f"{sent.events} events of {sent.pathways} pathways of {sent.patients} patients")
    _tell(found, rates)
    return found


def _tell(found: Findings, rates: dict[str, list[Rate]]) -> None:
    wall = {name: found.figure(name, "events/s", [each.wall for each in rate]) for name, rate in rates.items()}
    for name, rate in rates.items():
        found.figure(f"{name}, of processor time", "events/s", [each.cpu for each in rate])
        found.figure(f"{name}, most memory", "MB", [each.peak / 1e6 for each in rate], high=False)
        found.note(f"{name}: {1e6 / max(each.cpu for each in rate):.0f} µs of processor time an event, start included")
    found.ratio("Fristvagt / stock Faust", wall["Fristvagt"], wall["stock Faust"], 5)
    found.ratio("Fristvagt / Quix Streams", wall["Fristvagt"], wall["Quix Streams"], 1)


def worker(options: TransportOptions, events: int) -> Rate:
    """Let the worker read the facts from their beginning."""
    with Fristvagt("worker", options) as process:
        process.until(process.is_ready, pause=0.5)
        changelogs = [spec.name for spec in our_topics(options) if spec.name.endswith("changelog")]
        return _rate(process, options, events, [CLOCKS, ALERTS, *changelogs])


def bare(options: TransportOptions, script: str, output: str, events: int, *words: str) -> Rate:
    """Let a baseline read the facts from their beginning, and end it when it has copied all."""
    make_output(options, output)
    with baseline(script, bootstrap(options), FACTS, output, *words) as process:
        process.until(_copied(options, output, events), pause=0.5)
        return _rate(process, options, events, [output])


def _copied(options: TransportOptions, output: str, events: int) -> Callable[[], bool]:
    return lambda: length(options, output) >= events


def _rate(process: Process, options: TransportOptions, events: int, outputs: list[str]) -> Rate:
    cpu, peak = process.cpu(), process.memory("VmHWM")
    return Rate(events / span(options, outputs).seconds, events / cpu, peak)


if __name__ == "__main__":
    main(options_of, measure)
