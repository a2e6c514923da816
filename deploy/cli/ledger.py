"""`fristvagt ledger story|export|verify|erase`."""

import json
from datetime import datetime, time
from pathlib import Path
from typing import Annotated

import typer

from alerts.notifier import erasing
from alerts.records import ledgeraudit, ledgerbook, notes
from alerts.records.errors import RecordsError
from alerts.records.exported import verify_export
from alerts.records.proving import Verdict
from deploy.cli.dates import day
from deploy.errors import AnswerNoError, BadInputError
from deploy.notifying.naming import RuleNames
from deploy.records import checked_records
from deploy.rules import RuleFiles
from deploy.settings import load_settings
from deploy.story.blocks import blocks
from deploy.story.gathering import gather
from deploy.story.text import lines
from stream.law.fact import COPENHAGEN

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def ledger() -> None:
    """Tell what was known of a pathway, export or verify the ledger of warnings, or erase a patient from it.

    The ledger is a hash chain in SQL. A mailed daily head, or an export, is verified against it and without it.
    """


@app.command()
def story(
    pathway: Annotated[str | None, typer.Argument(metavar="PATHWAY", help="The pathway's pseudonym.")] = None,
    *,
    alert: Annotated[str | None, typer.Option(metavar="ID", help="Of this alert, also where it is erased.")] = None,
    with_notes: Annotated[bool, typer.Option("--notes", help="With the texts that staff wrote.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """Tell all that was known of a pathway, when, by what cause, and who was told; with its place in the chain.

    The whole book is verified; exit code 1 if an entry of the story stands in a chain with a fault.
    """
    if (pathway is None) == (alert is None):
        raise BadInputError("give a pathway, or --alert ID, and not both")
    settings = load_settings()
    files = RuleFiles.of(settings)
    names = RuleNames(files.load_rulebook(), files.load_units())
    with checked_records(settings) as records, records.read() as connection:
        found = gather(connection, pathway=pathway, alert=alert, with_notes=with_notes)
    told = blocks(found, names)
    for line in (json.dumps(block, ensure_ascii=False) for block in told) if as_json else lines(told):
        typer.echo(line)
    if not found.holds:
        raise AnswerNoError("a chain that this story stands in does not verify; see `fristvagt ledger verify`")


@app.command()
def verify(
    *,
    head: Annotated[
        Path | None, typer.Option("--head", metavar="FILE", help="A mailed daily head that has to fit.")
    ] = None,
    export_file: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Verify this export, without the database.")
    ] = None,
) -> None:
    """Recompute every hash and print one line for each fault; exit code 1 if there is any."""
    heads = None if head is None else _text(head)
    verdict = _verify_database(heads) if export_file is None else _verify_file(export_file, heads)
    for fault in verdict.faults:
        typer.echo(fault.line)
    what = "entries" if verdict.whole else "entries, a part of the ledger"
    if verdict.faults:
        raise AnswerNoError(f"{len(verdict.faults)} faults in {verdict.entries} {what}; keep a copy and find out why")
    typer.echo(f"good: {verdict.entries} {what}, {verdict.erased} erased")


@app.command()
def erase(
    patient: Annotated[str, typer.Argument(metavar="PATIENT", help="The patient's pseudonym.", show_default=False)],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Really: what is erased does not come back.")] = False,
) -> None:
    """Erase what ledger book, notes and notifier hold of a patient; the chain still verifies.

    Names of people stay while an alert is open or a message under way: the notifier takes them in the night after. The
    topics, the read model and backups of the database are not reached.
    """
    if not yes:
        raise BadInputError("what is erased does not come back: add --yes")
    with checked_records(load_settings()) as database, database.begin() as connection:
        entries, texts = ledgerbook.erase(connection, patient), notes.erase(connection, patient)
        names = erasing.erase(connection)
    typer.echo(f"erased: {entries} entries, {texts} notes, the recipients of {names.notices} notices")
    if names.left:
        kept = f"{names.left} alerts are open or still being told of and keep names"
        typer.echo(f"{kept}: the notifier erases these when they are over")


@app.command()
def export(
    *,
    pathway: Annotated[str | None, typer.Option(metavar="REF", help="Only this pathway.")] = None,
    patient: Annotated[str | None, typer.Option(metavar="REF", help="Only this patient.")] = None,
    alert: Annotated[str | None, typer.Option(metavar="ID", help="Only this alert.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Only what happened on this date or later.")] = None,
) -> None:
    """Print the ledger, or a part of it, as JSON lines with all hashes."""
    start = None if since is None else datetime.combine(day(since, "--since"), time.min, COPENHAGEN)
    with checked_records(load_settings()) as records, records.read() as connection:
        for line in ledgeraudit.export(connection, pathway=pathway, patient=patient, alert=alert, since=start):
            typer.echo(line)


def _verify_database(heads: str | None) -> Verdict:
    with checked_records(load_settings()) as records, records.read() as connection:
        return ledgeraudit.verify(connection, heads=heads)


def _verify_file(file: Path, heads: str | None) -> Verdict:
    try:
        with file.open(encoding="utf-8") as lines:
            return verify_export(lines, heads)
    except (OSError, UnicodeError) as error:
        raise BadInputError(f"cannot read {file}: {error}") from error
    except RecordsError as error:
        raise BadInputError(f"{file}: {error}") from error


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise BadInputError(f"cannot read {file}: {error}") from error
