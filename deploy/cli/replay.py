"""`fristvagt replay`: event files, or the topics, through the same rules, without a stream."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from deploy.cli.dates import moment
from deploy.cli.output import progress
from deploy.cli.replay_report import show, write_json
from deploy.errors import BadInputError
from deploy.replaying.running import Order, replayed
from deploy.replaying.sources import Files, Source
from deploy.replaying.topics import Topics
from deploy.rules import RuleFiles, rule_files
from stream.clock import WallClock
from stream.replay import ReplayError, history
from stream.worker.transport import TransportError

WORTH_A_PROCESS: Final = {Files: 16 * 2**20, Topics: 50_000}
"""Bytes of files, records of topics: below that, a second process would start longer than it works."""


def replay(  # noqa: PLR0913 - the options of the command
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="Event files, .gz too, and folders of them: one CloudEvent a line."),
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Evaluate at this moment (RFC 3339 with offset), not now.")
    ] = None,
    *,
    topics: Annotated[bool, typer.Option("--topics", help="Replay the accepted facts of the stream itself.")] = False,
    compare: Annotated[
        str | None,
        typer.Option(
            metavar="READING",
            help="Show what another reading would change; also a rulebook file, or a date whose rules to take.",
        ),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="How many processes work; by default as many as are worth it."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object: clocks, alerts, rejected.")] = False,
    played: Annotated[
        bool,
        typer.Option(
            "--history", help="Play the events in the order of their time, with what falls due, and print the ledger."
        ),
    ] = False,
) -> None:
    """Fold event files, or the topics, into clocks and alerts with the same rules.

    Lines that are no acceptable events, and records that cannot be applied, are listed with their reason; they are no
    error of this command.
    """
    rules = rule_files()
    moment_at = moment(at, "--at") if at else WallClock().now()
    paths = files or []
    _check(paths, topics=topics, played=played, compare=compare)
    try:
        source = _topics() if topics else Files.of(paths)
        if isinstance(source, Files) and played:
            _play(rules, source, moment_at)
            return
        order = Order(rules, moment_at, None if compare is None else _other(rules, compare), as_json)
        _replay(order, source, processes or _worth(source))
    except (ReplayError, TransportError) as error:
        raise BadInputError(str(error)) from error


def _check(paths: list[Path], *, topics: bool, played: bool, compare: str | None) -> None:
    if bool(paths) == topics:
        raise BadInputError("name event files, or give --topics to replay what the stream holds; not both")
    if played and (topics or compare):
        raise BadInputError("--history plays files, and compares nothing; leave out --topics and --compare")


def _replay(order: Order, source: Source, processes: int) -> None:
    with (
        progress("replaying", source.total) as advance,
        replayed(order, source.cut(processes), processes, advance) as (tally, written),
    ):
        if order.write_clocks:
            write_json(order.at, tally, written, compared=order.other is not None)
        else:
            show(order.at, tally, compared=order.other is not None)


def _worth(source: Source) -> int:
    return max(1, min(os.cpu_count() or 1, source.total // WORTH_A_PROCESS[type(source)]))


def _topics() -> Topics:
    from deploy.settings import load_settings  # noqa: PLC0415 - files need no settings, and they take a moment to load

    return Topics.of(load_settings())


def _other(rules: RuleFiles, named: str) -> RuleFiles:
    """Return the rules to compare with: of a date, of a file, or in another reading. Raises BadInputError."""
    try:
        other = replace(rules, as_of=date.fromisoformat(named))
    except ValueError:
        is_file = Path(named).is_file()
        other = replace(rules, rulebook=Path(named)) if is_file else replace(rules, reading=named)
    other.load_rulebook()
    return other


def _play(rules: RuleFiles, source: Files, at: datetime) -> None:
    with progress("reading", source.total) as advance:
        _write_lines(history(rules.load_engine(), source.paths, at, advance))


def _write_lines(objects: Iterator[dict[str, Any]]) -> None:
    out = typer.get_binary_stream("stdout")
    for each in objects:
        out.write(msgspec.json.encode(each) + b"\n")
    out.flush()
