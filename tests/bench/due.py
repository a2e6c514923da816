"""Many deadlines that come due in the same moment: how long until the alarm of each is in the ledger.

The worker runs on a clock that reaches a midnight soon after it is ready. Only patients are there to whom that midnight
brings something to tell. Two workers share the partitions, as where more than one is deployed.
"""

import argparse
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from stream.due import midnight
from stream.worker.transport import TransportOptions
from tests.bench import patients
from tests.bench.alarms import reading_ledger
from tests.bench.broker import PARTITIONS, broker, make_topics
from tests.bench.feed import AT
from tests.bench.figures import Findings
from tests.bench.processes import Fristvagt
from tests.bench.running import main
from tests.unit.engine.events import ENGINE

AIM_SECONDS = 5
DAYS = 110
AHEAD = timedelta(seconds=45)
"""So long before the midnight the worker is started."""
PATIENCE = 120
"""Seconds after the midnight until what is missing is called missing."""
DUE = midnight(AT.date() + timedelta(days=1))


def options_of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--deadlines", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])


def measure(words: argparse.Namespace) -> Findings:
    found = Findings("due", f"{words.deadlines} deadlines due at once, to the ledger")
    known = patients.Known.of(DAYS)
    told = [row for row in known.rows if row.next_due == DUE and ENGINE.tick(row, DUE).ledger]
    copies = -(-words.deadlines // len(told))
    due = len(told) * copies
    for workers in words.workers:
        runs = [_run(known._replace(rows=told), copies, workers) for _ in range(words.repeat)]
        _tell(found, runs, f"{workers} worker{'s' if workers > 1 else ''}", due)
    found.note(f"{due} patients with something due, in {PARTITIONS} partitions; a transition each, or more")
    return found


def _tell(found: Findings, runs: Sequence[tuple[list[float], float]], who: str, due: int) -> None:
    for name, share in (("half of them", 0.5), ("all", 1.0)):
        times = [waits[round(share * (len(waits) - 1))] for waits, _ in runs]
        found.figure(f"in the ledger, {name}, {who}", "s", times, high=False)
    found.figure(f"processor time meanwhile, {who}", "s", [cpu for _, cpu in runs], high=False)
    found.at_most(f"all in the ledger, {who}", min(waits[-1] for waits, _ in runs), AIM_SECONDS, "s")
    found.at_most(f"patients missing, {who}", max(due - len(waits) for waits, _ in runs), 0, "")


def _run(known: patients.Known, copies: int, workers: int) -> tuple[list[float], float]:
    """Return how long after the midnight each patient was in the ledger (seconds), and the processor time (seconds)."""
    with broker() as options, ExitStack() as stack:
        make_topics(options)
        patients.write(options, known, copies)
        start = datetime.now(UTC)
        clock = f"scaled:{(DUE - AHEAD).isoformat()},{start.isoformat()},1"
        running = [stack.enter_context(Fristvagt("worker", options, clock)) for _ in range(workers)]
        for worker in running:
            worker.until(worker.is_ready)
        return _watch(options, running, (start + AHEAD).timestamp(), len(known.rows) * copies)


def _watch(
    options: TransportOptions, workers: Sequence[Fristvagt], due: float, count: int
) -> tuple[list[float], float]:
    told: dict[str, float] = {}
    with reading_ledger(options, lambda record: told.setdefault(record["patient"], time.time())):
        time.sleep(max(0.0, due - time.time() - 1))
        before = sum(worker.cpu() for worker in workers)
        workers[0].until(lambda: len(told) >= count or time.time() > due + PATIENCE, pause=0.05)
        used = sum(worker.cpu() for worker in workers) - before
    return sorted(at - due for at in told.values()), used


if __name__ == "__main__":
    main(options_of, measure)
