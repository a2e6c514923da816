"""`fristvagt policy check|explain|dry-run`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from alerts.policy import DEFAULT_FILE, Policy, PolicyError, PolicyFileError
from alerts.policy.worktime import WorkTime
from alerts.tiers import Tier
from deploy.cli.dates import moment
from deploy.cli.policy_dry_run import dry_run_command
from deploy.errors import AnswerNoError, BadInputError
from deploy.policy_check import Place, summary, warnings
from deploy.policy_explain import Alert, explained
from deploy.rules import calendar_for, rule_files, working_day
from stream.clock import WallClock
from stream.law.fact import local_date

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

FILE_HELP: Final = "The policy; left out: the one in force."
File = Annotated[Path | None, typer.Argument(metavar="FILE", help=FILE_HELP)]


@app.callback()
def policy() -> None:
    """Check an alert policy, explain whom it tells, or show what it would have sent.

    A policy says when a deadline is warned of, who is told first and who next, and what waits for the morning.
    """


@app.command()
def check(file: File = None) -> None:
    """Check a policy: every mistake with its line and column, and what is odd as warnings.

    Exit code 1 if there are mistakes. Warnings are roles that nobody has, units, regions and rights that do not exist,
    and a daily head of the ledger that is sent to nobody.
    """
    files = rule_files()
    path = file or files.policy or DEFAULT_FILE
    try:
        found = Policy.load(path)
    except PolicyFileError as error:
        raise BadInputError(str(error)) from error
    except PolicyError as error:
        for mistake in error.mistakes:
            typer.echo(mistake)
        raise AnswerNoError(f"{path}: {_counted(len(error.mistakes), 'mistake')}; nothing of it is used") from error
    place = Place(files.load_rulebook(), files.load_units(), local_date(WallClock().now()))
    odd = list(warnings(found, place))
    typer.echo(f"OK {path}: {summary(found)}, {_counted(len(odd), 'warning')}")
    for each in odd:
        typer.echo(f"warning: {each}")


app.command("dry-run")(dry_run_command)


@app.command()
def explain(
    file: File = None,
    *,
    right: Annotated[str, typer.Option(metavar="RIGHT", help="The right, such as cancer.treatment.")],
    tier: Annotated[Tier, typer.Option(help="The tier that the alert reaches.")],
    unit: Annotated[str | None, typer.Option(metavar="SOR", help="The unit; left out: one that is not known.")] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it arises (RFC 3339 with offset); left out: now.")
    ] = None,
) -> None:
    """Explain who would be told of an alert, through what and when, who is next, and which lines say so.

    Times are local times in Denmark.
    """
    files = rule_files()
    try:
        found = Policy.load(file or files.policy)
    except PolicyError as error:
        raise BadInputError(str(error)) from error
    rulebook, units = files.load_rulebook(), files.load_units()
    if right not in rulebook.rights:
        raise BadInputError(f"--right: no right is {right}; use one of {', '.join(rulebook.rights)}")
    arises = moment(at, "--at") if at else WallClock().now()
    alert = Alert(right, tier, unit, units.region(unit, local_date(arises)), arises)
    times = WorkTime(found, working_day(calendar_for(rulebook, None)))
    for line in explained(times, alert):
        typer.echo(line)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
