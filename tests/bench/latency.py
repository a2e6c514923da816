"""From an event in the inbox to its alert in the ledger: intake and worker on a real Kafka, at a steady pace."""

import argparse
import threading
from statistics import quantiles

from stream.worker.names import INBOX
from stream.worker.transport import TransportOptions
from tests.bench import patients
from tests.bench.alarms import Ledger, Sending, wait_for_all
from tests.bench.broker import broker, make_topics
from tests.bench.figures import Findings
from tests.bench.processes import Fristvagt
from tests.bench.running import main

P99_MS = 50
WARM_UP = 5
"""Seconds that do not count."""
YEAR = 365


def options_of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--per-second", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--copies", type=int, default=4, help=f"times {patients.PATHWAYS} pathways known before")


def measure(words: argparse.Namespace) -> Findings:
    found = Findings("latency", f"event to alert in the ledger at {words.per_second} events/s")
    with broker() as options:
        make_topics(options)
        known = patients.Known.of(YEAR)
        patients.write(options, known, words.copies)
        with Fristvagt("worker", options) as worker, Fristvagt("intake", options) as intake:
            for process in (worker, intake):
                process.until(process.is_ready)
            sending, ledger = _send(options, words)
            found.figure("processor time of the worker", "s", [worker.cpu()], high=False)
            found.figure("processor time of intake", "s", [intake.cpu()], high=False)
    _tell(found, sending, ledger, words.per_second * WARM_UP)
    found.note(f"{known.times(words.copies).pathways} pathways known before; every event raises one alert")
    return found


def _send(options: TransportOptions, words: argparse.Namespace) -> tuple[Sending, Ledger]:
    sending, ledger = Sending(options, INBOX, words.per_second), Ledger()
    with ledger.reading(options):
        sending.run(threading.Event(), words.per_second * (words.seconds + WARM_UP))
        wait_for_all(sending, ledger)
    return sending, ledger


def _tell(found: Findings, sending: Sending, ledger: Ledger, first: int) -> None:
    waits = [1000 * (seen - sending.sent[number]) for number, seen in ledger.seen.items() if number >= first]
    cuts = quantiles(waits, n=1000)
    for name, at in (("p50", 499), ("p90", 899), ("p99", 989), ("p99.9", 998)):
        found.figure(name, "ms", [cuts[at]], high=False)
    found.figure("longest", "ms", [max(waits)], high=False)
    found.at_most("p99", cuts[989], P99_MS, "ms")
    found.at_most("alerts missing", len(sending.sent.keys() - ledger.seen.keys()), 0, "")


if __name__ == "__main__":
    main(options_of, measure)
