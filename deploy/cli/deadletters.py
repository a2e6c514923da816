"""`fristvagt deadletters list|retry|dismiss`."""

import asyncio
import getpass
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from deploy.cli.output import wide_console
from deploy.deadletters import DismissReason, Placed, choose, dismissal, original, placed_letters
from deploy.errors import BadInputError
from deploy.settings import load_settings
from deploy.transport import transport_options
from stream.worker.transport import Outgoing, Sender, TransportError, TransportOptions

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Places = Annotated[list[str], typer.Argument(metavar="PLACE", help="Places as `list` names them, such as 3:17.")]


@app.callback()
def deadletters() -> None:
    """List refused events, send them again, or dismiss them.

    A refused event makes its patient incomplete until an event of the same identity is accepted, or until somebody
    dismisses the refused one by name.
    """


@app.command("list")
def show(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Show dismissed ones too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """List dead letters, oldest first."""
    letters = [each for each in _letters(_options()) if everything or not each.dismissed]
    if as_json:
        for each in letters:
            typer.echo(msgspec.json.encode(_as_json(each)).decode())
    elif letters:
        wide_console().print(_table(letters))
    else:
        typer.echo("no dead letters")


@app.command()
def retry(places: Places) -> None:
    """Send what was refused again, as it was received.

    Worth it after an update, or after a unit or marker was added to the data files.
    """
    options = _options()
    chosen = choose(_letters(options), places)
    _run(_send(options, [_run(original(options, each)) for each in chosen]))
    typer.echo(f"sent {len(chosen)} again")


@app.command()
def dismiss(
    places: Places,
    reason: Annotated[DismissReason, typer.Option(help="Why the event is not needed.")],
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who dismisses; the login name if left out.")] = None,
) -> None:
    """Dismiss refused events by name: their patients are no longer incomplete because of them."""
    settings = load_settings()
    options = transport_options(settings)
    now, actor = settings.make_clock().now(), by or getpass.getuser()
    chosen = choose(_letters(options), places)
    _run(_send(options, [dismissal(each, reason, actor, now, settings.partitions) for each in chosen]))
    typer.echo(f"dismissed {len(chosen)}")


def _options() -> TransportOptions:
    return transport_options(load_settings())


def _letters(options: TransportOptions) -> list[Placed]:
    letters: list[Placed] = _run(placed_letters(options))
    return letters


async def _send(options: TransportOptions, records: Sequence[Outgoing]) -> None:
    async with Sender(options) as sender:
        await sender.send_many(records)


def _run(work: Any) -> Any:
    try:
        return asyncio.run(work)
    except TransportError as error:
        raise BadInputError(str(error)) from error


def _as_json(placed: Placed) -> dict[str, Any]:
    return {"place": placed.place, "dismissed": placed.dismissed, **msgspec.to_builtins(placed.letter)}


def _table(letters: list[Placed]) -> Table:
    table = Table("Place", "At", "Reason", "Field", "Source", "Event", "Patient", "Dismissed", box=None)
    for each in letters:
        letter = each.letter
        words = (each.place, letter.at, letter.reason, letter.field, letter.source, letter.id, letter.patient)
        table.add_row(*(word or "" for word in words), "yes" if each.dismissed else "")
    return table
