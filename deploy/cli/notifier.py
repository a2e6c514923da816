"""`fristvagt notifier`: tells people of alerts, tries whether the test route is reached, sends what is dead again."""

import asyncio
from typing import Annotated

import typer

from deploy.errors import AnswerNoError, BadInputError
from deploy.processes import run_process
from deploy.settings import Settings, load_settings

app = typer.Typer(
    add_completion=False,
    invoke_without_command=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def notifier(
    context: typer.Context,
    *,
    test: Annotated[
        bool, typer.Option("--test", help="Send a test message to the policy's test route, say what came of it, end.")
    ] = False,
) -> None:
    """Tell people of alerts: mail, webhooks, hand-over; keep the ledger book.

    /healthz, /readyz and /metrics are on 127.0.0.1:8104 unless the settings say otherwise.
    """
    if context.invoked_subcommand is None:
        _run(load_settings(), test=test)
    elif test:
        raise BadInputError(f"give --test or {context.invoked_subcommand}, not both")


@app.command("retry-dead")
def retry_dead_command() -> None:
    """Try what is dead once more, at the same addresses: for when what refused it is mended at the other end.

    Only where the alert is still open in the same tier and its recipient has heard nothing since. The notifier may run;
    it sends within seconds, or after the policy's quiet hours. Nothing is tried twice until it is dead again.
    """
    from deploy.notifying.retrying import retry_dead  # noqa: PLC0415 - it loads what plans

    found = retry_dead(load_settings())
    names = sorted({draft.name for each in found.told for draft in each.plan.drafts})
    whom = f", to {', '.join(names)}" if names else ""
    typer.echo(f"{len(found.told)} dead notices of open alerts are sent once more{whom}")
    if found.nobodys:
        typer.echo(f"{found.nobodys} stay dead: the policy has their recipients no more")


def _run(settings: Settings, *, test: bool) -> None:
    if not test:
        raise typer.Exit(run_process("notifier", settings))
    from deploy.notifying.trying import try_route  # noqa: PLC0415 - it loads what sends

    found = asyncio.run(try_route(settings))
    for each in found:
        typer.echo(f"{'OK' if each.good else 'FAILED'} {each.text}")
    if not all(each.good for each in found):
        raise AnswerNoError("not everybody could be reached")
