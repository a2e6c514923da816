"""`fristvagt backup`: a copy of the embedded log, while it is in use or not."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.errors import BadInputError, CommandError
from deploy.settings import load_settings, variable
from deploy.transport import log_folder
from stream.worker.transport import TransportError
from stream.worker.transport.embedded.backup import back_up


def backup(
    directory: Annotated[Path, typer.Argument(help="A new directory for the copy.", show_default=False)],
) -> None:
    """Copy the embedded log, while it is in use or not, and read the copy through.

    Everything in the copy is of one moment. To restore, stop what runs and put the copy in the place
    of the log (deploy/docs/embedded.md).
    """
    settings = load_settings()
    if settings.transport != "embedded":
        raise BadInputError(f"{variable('transport')} is {settings.transport}: back up the cluster with its own tools")
    try:
        copied = back_up(log_folder(settings.data_dir), directory.absolute())
    except TransportError as error:
        raise CommandError(str(error)) from error
    typer.echo(f"{directory}: {copied.records} records, {copied.size / 1e6:.1f} MB, {copied.stores} stores, all whole")
