"""A simulated month of warnings: `python -m tests.bench.month`.

A country is simulated from some weeks before the month, so that clocks of every age run in it, and played by
`fristvagt policy dry-run` with the example policy, once with nobody acknowledging and once with a department that does.
Every warning that left is then held against the facts themselves, folded anew for its moment. `--keep` writes the
table into the documentation.
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from rich.console import Console

from deploy.dryrun.feed import end_of
from deploy.dryrun.running import Order, dry_run
from deploy.dryrun.tally import Span, count
from deploy.rules import RuleFiles
from stream.clock import WallClock
from stream.engine import Engine
from stream.facts.parse import Accepted, parse_event
from stream.law.fact import Fact, local_date
from stream.replay import History, Line
from stream.simulate import line, simulate
from tests.bench.month_table import Month, Run, to_markdown
from tests.bench.processes import TOP
from tests.bench.warned import Truth, acted, waits, warnings

POLICY = TOP / "deploy" / "examples" / "policy.toml"
PAGE = TOP / "deploy" / "docs" / "month.md"
WARM_UP = timedelta(days=56)
"""Before the month: longer than the longest limit, so that the month begins as it ends."""
A_QUARTER = 40_000 / 0.82
"""Pathways of the country: some 40,000 work-ups a quarter (published, Q4 2021), 82 of 100 pathways begin with one."""
DAYS_A_QUARTER = 365 / 4
MINUTES = (None, 120.0)
"""Working minutes until whoever is told first acknowledges; None: nobody does."""


Ledger = list[dict[str, Any]]


class Country(NamedTuple):
    """The events, and the facts of each patient in the order of their recording."""

    lines: Sequence[Line]
    facts: dict[str, list[Fact]]


class World(NamedTuple):
    """What both departments are given."""

    engine: Engine
    country: Country
    ledger: Ledger
    span: Span


def main() -> None:
    """Simulate, play, hold against the facts, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.month", description=__doc__)
    parser.add_argument("--pathways", type=int, default=1500, help="that begin from the warm-up to the month's end")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2026, 3, 1))
    parser.add_argument("--to", dest="last", type=date.fromisoformat, default=date(2026, 3, 31))
    parser.add_argument("--keep", action="store_true", help="write deploy/docs/month.md")
    words = parser.parse_args()
    text = to_markdown(measure(words.pathways, words.seed, Span(words.first, words.last)))
    Console(width=150, highlight=False).print(text, markup=False)
    if words.keep:
        PAGE.write_text(text, "utf-8")


def measure(pathways: int, seed: int, span: Span) -> Month:
    """Play the month once with each department."""
    country = _country(pathways, seed, span)
    engine = RuleFiles(policy=POLICY).load_engine()
    ledger = list(History(engine).play(country.lines, end_of(span)))
    runs = [_run(World(engine, country, ledger, span), minutes) for minutes in MINUTES]
    days = (span.last - span.first + WARM_UP).days + 1
    national = A_QUARTER / DAYS_A_QUARTER * days
    return Month(local_date(WallClock().now()), seed, pathways, len(country.lines), national / pathways, span, runs)


def _country(pathways: int, seed: int, span: Span) -> Country:
    events = simulate(pathways, seed, span.first - WARM_UP, span.last)
    lines = [Line(number, parse_event(line(event).encode())) for number, event in enumerate(events, 1)]
    facts: dict[str, list[Fact]] = defaultdict(list)
    for each in lines:
        if isinstance(each.outcome, Accepted):
            facts[each.outcome.fact.patient].append(each.outcome.fact)
    for some in facts.values():
        some.sort(key=lambda fact: fact.time)
    return Country(lines, facts)


def _run(world: World, minutes: float | None) -> Run:
    engine, country, ledger, span = world
    truth = Truth(engine, country.facts, {record["alert_id"]: record["patient"] for record in ledger})
    played = dry_run(Order(engine, end_of(span), minutes), country.lines)
    found = list(warnings(message for message in played.sent if span.holds(message.at)))
    return Run(
        acknowledged_after=minutes,
        tally=count(played, span),
        waits=waits(warnings(played.sent), span),
        acted=acted(found, ledger, truth, end_of(span)),
        warnings=len(found),
        safe=sum(map(truth.was_safe, found)),
        other_tier=sum(map(truth.was_at_another_tier, found)),
    )


if __name__ == "__main__":
    main()
