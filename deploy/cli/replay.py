"""`fristvagt replay`: event files through the same rules, without a stream."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.table import Table

from deploy.cli.dates import moment
from deploy.cli.output import progress, wide_console
from deploy.errors import BadInputError
from deploy.rules import rule_files
from stream.clock import WallClock, format_moment
from stream.replay import Replay, ReplayError, history, replay_files

SHOWN: Final = 40
"""Alerts and refused lines that are shown to a person; --json has all."""

TIERS: Final = ("passed", "escalate", "refer", "act", "plan")


def replay(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Event files: one CloudEvent a line.")],
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Evaluate at this moment (RFC 3339 with offset), not now.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object: clocks, alerts, rejected.")] = False,
    played: Annotated[
        bool,
        typer.Option(
            "--history", help="Play the events in the order of their time, with what falls due, and print the ledger."
        ),
    ] = False,
) -> None:
    """Fold event files into clocks and alerts with the same rules.

    Lines that are no acceptable events are listed with their reason; they are no error of this command.
    """
    engine = rule_files().load_engine()
    moment_at = moment(at, "--at") if at else WallClock().now()
    try:
        with progress("reading", sum(_size(file) for file in files)) as advance:
            if played:
                _write_lines(history(engine, files, moment_at, advance))
                return
            result = replay_files(engine, files, moment_at, advance)
    except ReplayError as error:
        raise BadInputError(str(error)) from error
    if as_json:
        _write_lines([result.to_json()])
    else:
        _show(result)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as error:
        raise BadInputError(f"cannot read {file}: {error.strerror}") from error


def _write_lines(objects: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> None:
    out = typer.get_binary_stream("stdout")
    for each in objects:
        out.write(msgspec.json.encode(each) + b"\n")
    out.flush()


def _show(result: Replay) -> None:
    clocks = {clock["clock_id"]: clock for clock in result.clocks()}
    alerts = sorted(
        result.alerts(), key=lambda alert: (TIERS.index(alert["tier"]), clocks[alert["clock_id"]]["target"])
    )
    console = wide_console()
    if alerts:
        console.print(_worklist(alerts[:SHOWN], clocks))
    states = Counter(clock["state"] for clock in clocks.values())
    told = ", ".join(f"{number} {state}" for state, number in states.most_common()) or "none"
    console.print(f"{len(result.rows)} patients, {len(clocks)} clocks at {format_moment(result.at)}: {told}")
    console.print(f"{len(alerts)} alerts" + _more(len(alerts)))
    for refused in result.rejected[:SHOWN]:
        console.print(f"line {refused['line']}: refused, {refused['reason']} {_where(refused)}", highlight=False)
    if result.rejected:
        console.print(f"{len(result.rejected)} lines refused" + _more(len(result.rejected)))


def _worklist(alerts: list[dict[str, Any]], clocks: dict[str, dict[str, Any]]) -> Table:
    table = Table("Tier", "Right", "Pathway", "Deadline", "Target", "Left", "State", box=None, header_style="bold")
    for alert in alerts:
        clock = clocks[alert["clock_id"]]
        names = ("right", "pathway", "deadline", "target", "days_left", "state")
        table.add_row(alert["tier"], *(str(clock[name]) for name in names))
    return table


def _where(refused: dict[str, Any]) -> str:
    hint = refused["hint"]
    text = hint.get("en", "") if isinstance(hint, dict) else hint or ""
    return f"({refused['field']}): {text}" if refused["field"] else str(text)


def _more(number: int) -> str:
    return f" ({SHOWN} shown; --json has all)" if number > SHOWN else ""
