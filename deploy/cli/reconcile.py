"""`fristvagt reconcile`: whether rows, clocks, ledger and Redis say what facts and commands say."""

import asyncio
import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import typer
from redis.asyncio import Redis
from redis.exceptions import RedisError
from rich.table import Table

from api.projection.keys import Keys, Store
from deploy.cli.output import progress, wide_console
from deploy.demo.folder import DataFolder
from deploy.demo.state import StateFile
from deploy.embedded_redis import socket_path
from deploy.errors import AnswerNoError, BadInputError
from deploy.reconcile import Reconciler
from deploy.reconcile_report import Report
from deploy.redis import redis_client
from deploy.rules import RuleFiles
from deploy.settings import Settings, load_settings, variable
from deploy.transport import stream_settings, transport_options
from stream.clock import ScaledClock
from stream.reconcile.compare import Comparer
from stream.reconcile.differences import BEYOND_REPAIR, MEANING
from stream.reconcile.gathering import Gatherer
from stream.worker.names import FACTS
from stream.worker.transport import StoreLockedError, TransportError, TransportOptions, end_offsets

GRACE_SECONDS: Final = 120.0
"""Wall time on top of what a due moment may wait, before a look counts as missing."""


def reconcile(
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Send the worker a row to put in place of each that differs.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    wait: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="How long a difference has to last to be believed.")
    ] = 3.0,
) -> None:
    """Refold the topics and compare with rows, clocks, ledger and Redis; repair.

    Everything is read from the topics, which may be in full use meanwhile: a patient is judged as of the offsets that
    its row says it has applied, and what differs is looked at twice. Exit code 1 if anything differs.

    `--repair` sends one command a patient to `fristvagt.actions`; the worker takes it unless it has applied something
    newer, and publishes the patient's clocks anew. Sent twice, it changes nothing. On the embedded log stop the demo
    first; it applies what was sent when it starts again.
    """
    try:
        report = asyncio.run(_run(load_settings(), wait, repair=repair))
    except StoreLockedError as error:
        raise BadInputError(f"{error}. Repairs are sent while the demo is stopped") from error
    except TransportError as error:
        raise BadInputError(str(error)) from error
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        _show(report)
    _judge(report, repair=repair)


async def _run(settings: Settings, wait: float, *, repair: bool) -> Report:
    options, is_embedded = transport_options(settings), settings.transport == "embedded"
    pace = _pace(settings)
    store = await _store(settings)
    engine = RuleFiles.of(settings).load_engine(pace)
    patience = timedelta(seconds=(stream_settings(settings).unverified_after + GRACE_SECONDS) * pace)
    try:
        await _check_partitions(settings, options)
        gatherer = Gatherer(options, settings.partitions)
        now = await _now(settings, gatherer) if is_embedded else None
        if repair and is_embedded:
            _refuse_while_running(settings)
        clock = settings.make_clock()
        reconciler = Reconciler(
            options, gatherer, Comparer(engine, patience), store, (lambda: now) if now else clock.now, wait
        )
        with progress("reading", await reconciler.total()) as advance:
            gatherer.advance = advance
            report = await reconciler.look()
            return await reconciler.repair(report) if repair and report.counts else report
    finally:
        if store is not None:
            await store.redis.aclose()


async def _check_partitions(settings: Settings, options: TransportOptions) -> None:
    """See that patients are looked for where they are. Raises BadInputError, TransportError."""
    found = len(await end_offsets(options, FACTS))
    if found != settings.partitions:
        raise BadInputError(f"{FACTS} has {found} partitions: set {variable('partitions')} to that")


def _refuse_while_running(settings: Settings) -> None:
    """See that no demo has the data folder. Raises BadInputError."""
    DataFolder(settings.data_dir).release()


def _pace(settings: Settings) -> float:
    """Return how many times as fast as the wall the law's clock runs."""
    if settings.transport == "embedded":
        state = StateFile(settings.data_dir).load()
        return 1.0 if state is None else state.speed
    clock = settings.make_clock()
    return clock.factor if isinstance(clock, ScaledClock) else 1.0


async def _now(settings: Settings, gatherer: Gatherer) -> datetime:
    """Return where a demo's time was when it last said so."""
    words = (await gatherer.words()).values()
    return max((word.now for word in words if word.now is not None), default=settings.make_clock().now())


async def _store(settings: Settings) -> Store | None:
    """Return the read model, or None if its Redis does not answer: a demo's own runs only while the demo does."""
    if settings.transport == "embedded":
        redis: Any = Redis(unix_socket_path=str(socket_path((settings.data_dir / "redis").resolve())))
    else:
        redis = redis_client(settings)
    try:
        await redis.ping()
    except (RedisError, OSError):
        with suppress(RedisError):
            await redis.aclose()
        return None
    return Store(redis, Keys())


def _show(report: Report) -> None:
    console = wide_console()
    if report.counts:
        table = Table("Difference", "Number", "What it means", "First of them", box=None, header_style="bold")
        for kind, count in sorted(report.counts.items()):
            first = [
                " ".join(filter(None, (each.patient, each.ref, f"({each.note})" * bool(each.note))))
                for each in report.examples[kind]
            ]
            table.add_row(kind.value, str(count), MEANING[kind], "\n".join(first))
        console.print(table, highlight=False)
    for line in _lines(report):
        console.print(line, highlight=False)


def _lines(report: Report) -> list[str]:
    lines = [f"{report.patients} patients compared; Redis {report.redis}"]
    if report.moved_on:
        lines.append(f"{report.moved_on} patients moved on while they were looked at, or were put right")
    if report.waiting:
        lines.append(f"{report.waiting} documents are not in Redis yet: the projector is still at work on them")
    if report.other_rules:
        lines.append(
            f"{report.other_rules} rows were evaluated by other rules than these, and their clocks not compared:"
            " use the rule files of the worker"
        )
    lines += [f"{kind.value}: {BEYOND_REPAIR[kind]}" for kind in report.counts if kind in BEYOND_REPAIR]
    if report.sent:
        lines.append(f"{report.sent} repairs sent")
    lines += [f"{patient} not repaired: {why}" for patient, why in report.obstacles.items()]
    return lines


def _judge(report: Report, *, repair: bool) -> None:
    """Raise AnswerNoError if anything differs."""
    if not report.counts:
        return
    number = report.counts.total()
    if not repair:
        raise AnswerNoError(f"{number} differences; `fristvagt reconcile --repair` puts right what can be")
    raise AnswerNoError(f"{number} differences; run it again when the worker has applied what was sent")
