"""All rows of the table, one after the other: `make bench`.

Prints each row, and then all that has to be reached. `--keep` writes the figures and the table beside the
documentation; they are measured on one machine, so only their ratios say something about another.
"""

import argparse
import json
from typing import Any, NamedTuple

from rich.console import Console

from tests.bench import due, first_load, growth, latency, live, replay, restart
from tests.bench.figures import Findings
from tests.bench.machine import describe
from tests.bench.processes import TOP
from tests.bench.running import Measure, Options, keep, show
from tests.bench.table import changes, to_markdown

DOCS = TOP / "deploy" / "docs"


class Row(NamedTuple):
    """A row: its options and its measurement."""

    options: Options
    measure: Measure


ROWS = {
    "live": Row(live.options_of, live.measure),
    "replay": Row(replay.options_of, replay.measure),
    "first-load": Row(first_load.options_of, first_load.measure),
    "latency": Row(latency.options_of, latency.measure),
    "due": Row(due.options_of, due.measure),
    "restart": Row(restart.options_of, restart.measure),
    "growth": Row(growth.options_of, growth.measure),
}
AS_STATED: dict[str, list[str]] = {
    "replay": ["--events", "5000000", "--repeat", "2"],
    "first-load": ["--pathways", "750000"],
    "restart": ["--open", "100000"],
    "growth": ["--pathways", "10000", "100000", "1000000"],
}
"""The sizes for which the aims are stated. They take an hour or more."""


def main() -> None:
    """Run the rows that are asked for."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("rows", nargs="*", help=f"of {', '.join(ROWS)}; all if none is named")
    parser.add_argument("--as-stated", action="store_true", help="the sizes for which the aims are stated (slow)")
    parser.add_argument("--keep", action="store_true", help="write deploy/docs/benchmarks.json and .md")
    words = parser.parse_args()
    if unknown := set(words.rows) - set(ROWS):
        parser.error(f"no row {', '.join(sorted(unknown))}")
    machine = describe()
    findings = [_run(name, as_stated=words.as_stated) for name in words.rows or ROWS]
    _sum_up(machine, findings)
    if (DOCS / "benchmarks.json").exists():
        _compare(json.loads((DOCS / "benchmarks.json").read_text("utf-8")), findings)
    if words.keep:
        DOCS.mkdir(exist_ok=True)
        keep(DOCS / "benchmarks.json", machine, findings)
        (DOCS / "benchmarks.md").write_text(to_markdown(machine, findings), "utf-8")


def _run(name: str, *, as_stated: bool) -> Findings:
    row = ROWS[name]
    parser = argparse.ArgumentParser()
    row.options(parser)
    found = row.measure(parser.parse_args(AS_STATED.get(name, []) if as_stated else []))
    show(found)
    return found


def _sum_up(machine: dict[str, object], findings: list[Findings]) -> None:
    Console(width=150, highlight=False).print("\n" + to_markdown(machine, findings), markup=False)


def _compare(kept: dict[str, Any], findings: list[Findings]) -> None:
    console = Console(width=150, highlight=False)
    console.print("Against what was kept (another machine, another load: mind the ratios only):")
    for change in changes(kept, findings):
        console.print(f"  {change}", markup=False)


if __name__ == "__main__":
    main()
