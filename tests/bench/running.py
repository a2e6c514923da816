"""The command of a row: options, measurement, table, JSON."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.figures import Figure, Findings
from tests.bench.machine import describe
from tests.bench.table import number

Options = Callable[[argparse.ArgumentParser], None]
Measure = Callable[[argparse.Namespace], Findings]


def main(options: Options, measure: Measure) -> None:
    """Run one row by itself."""
    parser = argparse.ArgumentParser()
    options(parser)
    parser.add_argument("--json", type=Path, help="write the findings here too")
    words = parser.parse_args()
    machine = describe()
    found = measure(words)
    show(found)
    if words.json:
        keep(words.json, machine, [found])


def keep(path: Path, machine: dict[str, object], findings: list[Findings]) -> None:
    """Write what was found as JSON."""
    content = {"machine": machine, "rows": [each.to_json() for each in findings]}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def show(found: Findings) -> None:
    """Print a row for a person."""
    console = Console(width=150, highlight=False)
    console.print(f"\n[bold]{found.row}[/bold]: {found.what}")
    table = Table("figure", "best", "unit", "spread", "all", box=None, header_style="bold")
    for each in found.figures:
        table.add_row(each.name, number(each.best), each.unit, f"{each.spread:.0%}", _all(each))
    console.print(table)
    for aim in found.targets:
        sign = "≥" if aim.high else "≤"
        text = f"{aim.name}: {number(aim.value)} {aim.unit} (reach {sign} {number(aim.reach)}): {aim.verdict()}"
        console.print(text, style=None if aim.reached else "bold red")
    for note in found.notes:
        console.print(f"  {note}")


def _all(figure: Figure) -> str:
    return " ".join(number(value) for value in figure.values) if len(figure.values) > 1 else ""
