"""What `fristvagt replay` prints: one JSON object, or tables for a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from deploy.cli.output import wide_console
from deploy.replaying.compare import Comparison
from deploy.replaying.folding import ROW_OF_WORKLIST, Tally
from deploy.replaying.left_out import named
from stream.clock import format_moment

SHOWN: Final = 40
"""Alerts, changes and refused lines that are shown to a person; --json has all."""

CHUNK: Final = 2**20
"""Bytes copied at once."""

TIERS: Final = ("passed", "escalate", "refer", "act", "plan")


def write_json(at: datetime, tally: Tally, written: Sequence[Path], *, compared: bool) -> None:
    """Write the contract's object to stdout; the clocks are copied from the files into which they were written."""
    out = typer.get_binary_stream("stdout")
    out.write(b'{"at":' + msgspec.json.encode(format_moment(at)) + b',"clocks":[')
    out.flush()
    before = b""
    for path in written:
        size = path.stat().st_size
        if size:
            out.write(before)
            with path.open("rb") as file:
                _copy(file, out, size - len(b",\n"))
            before = b",\n"
    rest: dict[str, Any] = {"alerts": tally.alerts, "rejected": tally.rejected}
    if compared:
        rest["compare"] = _compared(tally.compared)
    out.write(b"]," + msgspec.json.encode(rest)[1:] + b"\n")
    out.flush()


def _copy(file: Any, out: Any, size: int) -> None:
    """Copy all but the last comma."""
    while size > 0:
        chunk = file.read(min(size, CHUNK))
        out.write(chunk)
        size -= len(chunk)


def _compared(compared: Comparison) -> dict[str, Any]:
    moved = {
        right: {str(days): number for days, number in sorted(counts.items())}
        for right, counts in sorted(compared.moved.items())
    }
    return {"clocks": compared.clocks.total(), "changes": list(compared.changes()), "deadlines_moved_by_days": moved}


def show(at: datetime, tally: Tally, *, compared: bool) -> None:
    """Print what is urgent, how many clocks there are, what was refused, and what the comparison found."""
    console = wide_console()
    if tally.worklist:
        console.print(_worklist(tally.worklist))
    console.print(f"{tally.patients} patients, {tally.clocks.total()} clocks at {format_moment(at)}")
    console.print(_by_right(tally.clocks))
    console.print(f"{len(tally.alerts)} alerts" + _more(len(tally.alerts)))
    for refused in tally.rejected[:SHOWN]:
        line = f"{named(refused)}: refused, {refused['reason']} {_where(refused)}"
        console.print(line, highlight=False, markup=False)  # a patient's reference may hold brackets
    if tally.rejected:
        console.print(f"{len(tally.rejected)} refused" + _more(len(tally.rejected)))
    if compared:
        _show_comparison(console, tally.compared)


def _worklist(lines: Sequence[Mapping[str, str]]) -> Table:
    table = Table("Tier", "Right", "Pathway", "Deadline", "Target", "Left", "State", box=None, header_style="bold")
    urgent = sorted(lines, key=lambda line: (TIERS.index(line["tier"]), line["target"]))
    for line in urgent[:SHOWN]:
        table.add_row(line["tier"], *(line[name] for name in ROW_OF_WORKLIST))
    return table


def _by_right(clocks: Mapping[tuple[str, str], int]) -> Table:
    table = Table("Right", "State or outcome", "Clocks", box=None, header_style="bold")
    for (right, kind), number in sorted(clocks.items()):
        table.add_row(right, kind, str(number))
    return table


def _show_comparison(console: Console, compared: Comparison) -> None:
    changes = list(compared.changes())
    changed = sum(change["clocks"] for change in changes)
    console.print(f"Compared: {changed} of {compared.clocks.total()} clocks would have another state or outcome")
    if changes:
        table = Table("Right", "Is", "Would be", "Clocks", "Such as", box=None, header_style="bold")
        for change in changes[:SHOWN]:
            cells = (change["right"], change["from"], change["to"], str(change["clocks"]))
            table.add_row(*cells, ", ".join(change["pathways"]))
        console.print(table)
    for right, days in sorted(compared.moved.items()):
        spread = f"by {min(days):+d} to {max(days):+d} days"
        console.print(f"{right}: {days.total()} deadlines would move, {spread}", highlight=False)


def _where(refused: Mapping[str, Any]) -> str:
    hint = refused["hint"]
    text = hint.get("en", "") if isinstance(hint, dict) else hint or ""
    return f"({refused['field']}): {text}" if refused["field"] else str(text)


def _more(number: int) -> str:
    return f" ({SHOWN} shown; --json has all)" if number > SHOWN else ""
