"""Replay of a topic into the clocks and outcomes of every pathway, against merely reading and decoding it.

The baseline is aiokafka `getmany` with orjson in one process on the same topic. Each time includes connecting; that of
several processes includes starting them.
"""

import argparse
from typing import NamedTuple

from stream.worker.names import FACTS
from stream.worker.transport import TransportOptions
from tests.bench.broker import bootstrap, broker, make_topics
from tests.bench.feed import EVENTS_A_PATHWAY, Feed, send
from tests.bench.figures import Figure, Findings
from tests.bench.live import worker
from tests.bench.processes import Answer, baseline_answer, replay_answer
from tests.bench.running import main

MEMORY_MB = 1500
YEARS = 5
REACH = {1: 0.25, 2: 0.4}
"""Of the baseline's rate, by number of processes."""
REACH_LIVE = 3


class Runs(NamedTuple):
    """The repetitions of each kind of reader."""

    read: list[Answer]
    replays: dict[int, list[Answer]]


def options_of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=int, default=500_000, help="events in the topic (about); up to 5000000")
    parser.add_argument("--live-events", type=int, default=40_000, help="of the live path, beside it; 0: leave it out")
    parser.add_argument("--repeat", type=int, default=3)


def measure(words: argparse.Namespace) -> Findings:
    found = Findings("replay", "replay, clocks and outcomes of every pathway")
    with broker() as options:
        make_topics(options)
        sent = send(options, FACTS, Feed(round(words.events / EVENTS_A_PATHWAY), days=YEARS * 365).facts())
        runs = _runs(options, words.repeat)
    found.note(f"{sent.events} events of {sent.pathways} pathways of {sent.patients} patients, {YEARS} years")
    one = _tell(found, runs)
    if words.live_events:
        _beside_live(found, one, words.live_events)
    return found


def _runs(options: TransportOptions, repeat: int) -> Runs:
    runs = Runs([], {processes: [] for processes in REACH})
    for _ in range(repeat):
        runs.read.append(baseline_answer("kafka_read", bootstrap(options), FACTS))
        for processes, answers in runs.replays.items():
            answers.append(replay_answer(options, processes))
    return runs


def _tell(found: Findings, runs: Runs) -> Figure:
    """Tell the figures; return that of one process."""
    read = found.figure("aiokafka getmany + orjson", "events/s", [each.rate for each in runs.read])
    found.figure("aiokafka getmany + orjson, of processor time", "events/s", [each.cpu_rate for each in runs.read])
    figures = {}
    for processes, answers in runs.replays.items():
        name = f"replay, {processes} process{'es' if processes > 1 else ''}"
        figures[processes] = found.figure(name, "events/s", [each.rate for each in answers])
        found.figure(f"{name}, of processor time", "events/s", [each.cpu_rate for each in answers])
        found.figure(f"{name}, most memory", "MB", [each.peak / 1e6 for each in answers], high=False)
        found.ratio(f"{name} / getmany + orjson", figures[processes], read, REACH[processes])
    peak = max(each.peak for answers in runs.replays.values() for each in answers) / 1e6
    found.at_most("most memory of a replay", peak, MEMORY_MB, "MB")
    clocks = sum(runs.replays[1][-1].outcomes.values())
    found.note(f"{clocks} clocks; the memory target is for 5 million events")
    return figures[1]


def _beside_live(found: Findings, replay: Figure, events: int) -> None:
    with broker() as options:
        make_topics(options)
        sent = send(options, FACTS, Feed(round(events / EVENTS_A_PATHWAY)).facts())
        live = found.figure("live worker", "events/s", [worker(options, sent.events).wall])
    found.ratio("replay, 1 process / live worker", replay, live, REACH_LIVE)


if __name__ == "__main__":
    main(options_of, measure)
