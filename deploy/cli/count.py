"""`fristvagt count`: the counting tool."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Annotated

import typer

from deploy.cli.dates import day, span
from deploy.errors import BadInputError
from deploy.rules import calendar_for, rule_files
from stream.clock import WallClock
from stream.law.count import CountResult
from stream.law.count import count as count_days
from stream.law.count_days import CountDay
from stream.law.errors import LawError
from stream.law.fact import local_date


def count(  # noqa: PLR0913, PLR0917 - one parameter an option
    right: Annotated[str, typer.Argument(metavar="RIGHT", help="The right, such as cancer.treatment.")],
    referral: Annotated[
        str | None, typer.Option(metavar="DATE", help="Day of the referral; also the start of a duty to inform.")
    ] = None,
    consent: Annotated[str | None, typer.Option(metavar="DATE", help="Day of the consent.")] = None,
    paused: Annotated[
        list[str] | None,
        typer.Option(metavar="FROM..TO", help="A documented health pause, to the day it ended. May be repeated."),
    ] = None,
    unit: Annotated[str | None, typer.Option(metavar="SOR", help="Unit whose closing days move the target.")] = None,
    today: Annotated[str | None, typer.Option(metavar="DATE", help="Count days left from this day.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Count one limit: deadline and target, every day explained.

    The deadline is the law's last day; the target is the last day on or before it on which the department works as
    usual. Dates are local dates in Denmark. The start day is day 0.
    """
    files = rule_files()
    rulebook = files.load_rulebook()
    calendar = calendar_for(rulebook, files.load_units() if unit else None)
    try:
        result = count_days(
            right,
            day(referral, "--referral") if referral else None,
            day(consent, "--consent") if consent else None,
            [span(text, "--paused") for text in paused or []],
            rulebook,
            calendar,
            day(today, "--today") if today else local_date(WallClock().now()),
            unit,
        )
    except LawError as error:
        raise BadInputError(str(error)) from error
    if as_json:
        typer.echo(json.dumps(result.as_json(), ensure_ascii=False))
    else:
        for line in _report(result):
            typer.echo(line)


def _report(result: CountResult) -> Iterator[str]:
    binding = f", by the {result.binding} limit" if result.binding else ""
    yield f"{result.name['en']} ({result.paragraph})"
    yield f"deadline  {_long(result.deadline)}{binding}, {_left(result.days_left)}"
    yield f"target    {_long(result.target)}, {result.staffed_days_left} staffed days left"
    yield ""
    yield from (_line(each) for each in result.days)
    yield ""
    yield from (f"{item['on']}  {item['text']['en']}" for item in result.explanation)
    yield f"rulebook {result.rulebook}, reading {result.reading}"


def _line(each: CountDay) -> str:
    number = "paused" if each.paused else f"day {each.number}" if each.counts or each.number == 0 else ""
    line = f"{number:>7}  {each.on.isoformat()}  {each.weekday['en']:<9}  {each.label['en']}"
    return line if each.kind == "working_day" else typer.style(line, dim=True)


def _long(on: date) -> str:
    return typer.style(f"{on:%A} {on.isoformat()}", bold=True)


def _left(days: int) -> str:
    return f"{days} days left" if days >= 0 else f"{-days} days over"
