"""The table of what was measured, as Markdown. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

from tests.bench.figures import Figure, Findings, Target

HEAD = """\
# Benchmarks

Made by `make bench ARGS=--keep`; how each is measured is said at the top of its module in `tests/bench`. Every ratio is
to a baseline of the same run on the same machine. Of several repetitions the best counts, the spread is how far the
worst lies from it. The events are simulated.
"""


def number(value: float) -> str:
    """Three digits or more."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def to_markdown(machine: dict[str, Any], findings: Sequence[Findings]) -> str:
    """Write the machine, what is to be reached, and all figures."""
    lines = [HEAD, _machine(machine), "", "## What is to be reached", ""]
    lines += _table(
        ("work", "figure", "measured", "reach", ""), (_reached(each, row) for row in findings for each in row.targets)
    )
    for row in findings:
        lines += ["", f"## {row.what[0].upper()}{row.what[1:]}", ""]
        lines += _table(("figure", "best", "unit", "spread"), map(_figure, row.figures))
        lines += ["", *(f"* {note}" for note in row.notes)]
    return "\n".join(lines) + "\n"


def _machine(machine: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"Machine: {machine['cores']} cores ({machine['processor']}), {machine['memory_gb']} GB, {machine['kernel']},"
        f" Python {machine['python']}, {versions}; load before the run {machine['load_before']:.1f}."
    )


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (names, ["---"] * len(names), *rows)]


def _reached(target: Target, row: Findings) -> Sequence[str]:
    sign = "≥" if target.high else "≤"
    measured, reach = (f"{number(value)} {target.unit}".strip() for value in (target.value, target.reach))
    return row.row, target.name, measured, f"{sign} {reach}", target.verdict()


def _figure(figure: Figure) -> Sequence[str]:
    return figure.name, number(figure.best), figure.unit, f"{figure.spread:.0%}" if len(figure.values) > 1 else ""


def changes(kept: dict[str, Any], findings: Sequence[Findings]) -> list[str]:
    """Say of each aim what it was in a file that was kept, and what it is now."""
    before = {(row["row"], aim["name"]): aim["value"] for row in kept["rows"] for aim in row["targets"]}
    return [
        f"{found.row}, {aim.name}: was {number(before[found.row, aim.name])}, is {number(aim.value)} {aim.unit}".strip()
        for found in findings
        for aim in found.targets
        if (found.row, aim.name) in before
    ]
