"""`fristvagt policy dry-run`: what a policy would have sent on recorded events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from deploy.cli.dates import day
from deploy.cli.output import progress, wide_console
from deploy.dryrun.feed import Days, begin_of, end_of
from deploy.dryrun.figures import difference_json, to_json
from deploy.dryrun.report import compared, headline, tables
from deploy.dryrun.running import Order, dry_run
from deploy.dryrun.tally import Span, Tally, count
from deploy.errors import BadInputError
from deploy.replaying.sources import Files
from deploy.rules import RuleFiles, rule_files
from stream.replay import Line, ReplayError, read_lines


def dry_run_command(  # noqa: PLR0913 - the options of the command
    policy: Annotated[
        Path | None, typer.Argument(metavar="POLICY", help="The policy; left out: the one in force.")
    ] = None,
    *,
    events: Annotated[
        list[Path],
        typer.Option("--events", metavar="FILE", help="An event file (.gz too) or a folder of them; can be repeated."),
    ],
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day to count; left out: the first event's.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Last day to count; left out: the last event's.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="POLICY", help="Another policy, shown beside it with the difference.")
    ] = None,
    acknowledged_after: Annotated[
        float | None,
        typer.Option(
            metavar="MINUTES", min=0, help="Whoever is told first acknowledges after so much working time; else nobody."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what a policy would have sent on recorded events: to whom, how many a day, and what reaches nobody.

    The events are played in the order of their recording, by the rules in force and the policy's thresholds, into the
    notifier itself; nothing leaves the machine. All events count for the deadlines, the days only choose what is shown.
    The daily head of the ledger is left out.
    """
    days = Days(day(first, "--from") if first else None, day(last, "--to") if last else None)
    rules = rule_files()
    both = [rules if policy is None else replace(rules, policy=policy)]
    both += [] if against is None else [replace(rules, policy=against)]
    for each in both:
        each.load_policy()  # a mistake in the second is told before the first has been played
    lines = _read(events)
    playing = _Playing(lines, days.span(lines), acknowledged_after)
    tallies = [playing.tally(each) for each in both]
    if as_json:
        _write_json(tallies)
    else:
        _show(tallies)


@dataclass(frozen=True, slots=True)
class _Playing:
    lines: Sequence[Line]
    span: Span
    acknowledged_after: float | None

    def tally(self, rules: RuleFiles) -> Tally:
        """Play the events by these rules, with a bar of the days that have gone by."""
        order = Order(rules.load_engine(), end_of(self.span), self.acknowledged_after)
        begin = reached = begin_of(self.lines)
        with progress("playing", _seconds(begin, order.until)) as advance:

            def moved(moment: datetime) -> None:
                nonlocal reached
                advance(_seconds(reached, moment))
                reached = moment

            return count(dry_run(order, self.lines, moved), self.span)


def _read(events: list[Path]) -> list[Line]:
    try:
        files = Files.of(events)
        with progress("reading", files.total) as advance:
            return list(read_lines(files.paths, advance))
    except ReplayError as error:
        raise BadInputError(str(error)) from error


def _seconds(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds()))


def _write_json(tallies: Sequence[Tally]) -> None:
    found = to_json(tallies[0])
    if len(tallies) > 1:
        found |= {"against": to_json(tallies[1]), "difference": difference_json(*tallies)}
    typer.echo(msgspec.json.encode(found))


def _show(tallies: Sequence[Tally]) -> None:
    console = wide_console()
    for name, tally in zip(("", "against: "), tallies, strict=False):
        console.print(f"{name}{headline(tally)}", highlight=False)
    for table in compared(*tallies) if len(tallies) > 1 else tables(tallies[0]):
        console.print(table)
