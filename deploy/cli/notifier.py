"""`fristvagt notifier`: tells people of alerts, or tries whether those of the test route can be reached."""

import asyncio
from typing import Annotated

import typer

from deploy.errors import AnswerNoError
from deploy.processes import run_process
from deploy.settings import load_settings


def notifier(
    *,
    test: Annotated[
        bool, typer.Option("--test", help="Send a test message to the policy's test route, say what came of it, end.")
    ] = False,
) -> None:
    """Tell people of alerts: mail, webhooks, hand-over; keep the ledger book.

    /healthz, /readyz and /metrics are on 127.0.0.1:8104 unless the settings say otherwise.
    """
    settings = load_settings()
    if not test:
        raise typer.Exit(run_process("notifier", settings))
    from deploy.notifying.trying import try_route  # noqa: PLC0415 - it loads what sends

    found = asyncio.run(try_route(settings))
    for each in found:
        typer.echo(f"{'OK' if each.good else 'FAILED'} {each.text}")
    if not all(each.good for each in found):
        raise AnswerNoError("not everybody could be reached")
