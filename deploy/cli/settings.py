"""`fristvagt settings`: what this process would run with, and from where."""

import json
from typing import Annotated

import typer
from rich.table import Table

from deploy.cli.output import wide_console
from deploy.settings import load_settings
from deploy.settings_report import Line, report


def settings(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object: name to value and source.")] = False,
) -> None:
    """Print every setting, its source, and its value with secrets masked.

    A setting NAME is read from the environment as FRISTVAGT_NAME, else from a file of that name in the folder
    FRISTVAGT_SECRETS_DIR, else it has its default.
    """
    lines = list(report(load_settings()))
    if as_json:
        typer.echo(json.dumps({line.name: {"value": line.value, "source": line.source} for line in lines}, indent=2))
    else:
        wide_console().print(_table(lines))


def _table(lines: list[Line]) -> Table:
    table = Table("Setting", "Value", "Source", "What", box=None, header_style="bold")
    for line in lines:
        table.add_row(line.variable, _text(line.value), line.source, line.description)
    table.columns[0].no_wrap = True
    return table


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
