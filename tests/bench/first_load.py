"""Five years of one region's history into an empty system: intake and worker over Kafka, all at once.

What is long over must not warn: a clock whose deadline lay further back than the policy's days gets a silent row.
"""

import argparse
import asyncio
import time
from datetime import date, timedelta
from typing import Any

import msgspec

from stream.clock import parse_moment
from stream.law.fact import local_date
from stream.worker.names import ALERTS, CLOCKS, DEADLETTERS, FACTS, INBOX
from stream.worker.transport import TransportOptions, read_topic
from tests.bench.broker import broker, length, make_topics
from tests.bench.feed import five_years, send
from tests.bench.figures import Findings
from tests.bench.processes import Fristvagt
from tests.bench.running import main
from tests.unit.engine.events import ENGINE

REGION = "Region Nordjylland"
TOLD = {"raised", "changed", "reopened"}
"""Kinds that warn somebody."""
CLOSED = {"state": "closed"}
"""A clock that is gone."""


def options_of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pathways", type=int, default=20_000, help="of the whole country, of which one region is kept"
    )
    parser.add_argument("--region", default=REGION)


def measure(words: argparse.Namespace) -> Findings:
    found = Findings("first-load", "first load: five years of one region's history into an empty system")
    with broker() as options:
        make_topics(options)
        sent = send(options, INBOX, five_years(words.pathways, words.region).inbox())
        began = time.perf_counter()
        with Fristvagt("worker", options) as worker, Fristvagt("intake", options) as intake:
            intake.until(intake.is_ready, pause=0.5)
            judged = time.perf_counter() - began
            worker.until(lambda: worker.is_ready() and intake.is_ready(), pause=0.5)
            seconds = time.perf_counter() - began
            found.figure("memory of the worker", "MB", [worker.memory("VmHWM") / 1e6], high=False)
        _tell(found, options)
    found.note(f"{sent.events} events of {sent.pathways} pathways of {sent.patients} patients")
    found.figure("time", "s", [seconds], high=False)
    found.figure("of which intake was at work", "s", [judged], high=False)
    found.figure("rate", "events/s", [sent.events / seconds])
    return found


def _tell(found: Findings, options: TransportOptions) -> None:
    clocks = asyncio.run(_clocks(options))
    ledger = asyncio.run(_ledger(options))
    told = [record for record in ledger if record["kind"] in TOLD]
    late = [record for record in told if _is_long_over(record)]
    over = [record for record in told if clocks.get(record["clock_id"], CLOSED)["state"] == "closed"]
    found.at_most("alerts for what is long over", len(late), 0, "")
    found.note(f"{len(clocks)} clocks, {sum(clock['state'] != 'closed' for clock in clocks.values())} of them open")
    found.note(
        f"{len(ledger)} ledger records, {len(told)} warn, {len(over)} of them for clocks that the load itself closes:"
        " the notifier waits for that"
    )
    found.note(f"{length(options, FACTS)} facts, {length(options, DEADLETTERS)} dead letters")


def _is_long_over(record: dict[str, Any]) -> bool:
    """Whether the deadline that the record warns of lay further back than the policy's days when it was written.

    Later facts of the same load may move the deadline; the record says which one was known.
    """
    written = local_date(parse_moment(record["at"]))
    deadline = date.fromisoformat(record["detail"]["deadline"])
    return written - deadline > timedelta(days=ENGINE.policy.silent_after_days)


async def _clocks(options: TransportOptions) -> dict[str, dict[str, Any]]:
    latest = {record.key: record.value async for _, record in read_topic(options, CLOCKS)}
    messages = [msgspec.json.decode(value) for value in latest.values() if value is not None]
    return {clock["clock_id"]: clock for message in messages for clock in message["clocks"]}


async def _ledger(options: TransportOptions) -> list[dict[str, Any]]:
    return [msgspec.json.decode(record.value or b"") async for _, record in read_topic(options, ALERTS)]


if __name__ == "__main__":
    main(options_of, measure)
