"""Everything that the records have of a pathway or an alert, read in one transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from alerts.notifier.telling import Telling, tellings
from alerts.records import ledgeraudit, notes
from alerts.records.entry import REFUSED, Entry
from alerts.records.notes import Note
from alerts.records.proving import Verdict
from deploy.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Story:
    """What was found for a pathway or an alert, and how the whole book verified.

    `entries` are in the order in which they became known. `notes` are by their ids, None where they were not asked for.
    """

    pathway: str | None
    alert: str | None
    entries: Sequence[Entry]
    tellings: Sequence[Telling]
    notes: Mapping[str, Note] | None
    verdict: Verdict

    @property
    def holds(self) -> bool:
        """Whether every entry stands in a chain without a fault."""
        return all(self.verdict.proves(entry.partition) for entry in self.entries)


def gather(connection: Connection, *, pathway: str | None, alert: str | None, with_notes: bool) -> Story:
    """Read the story of a pathway or of an alert. Raises BadInputError where the book has nothing of it."""
    verdict = ledgeraudit.verify(connection)
    entries = ledgeraudit.story(connection, pathway=pathway, alert=alert)
    if not entries:
        raise BadInputError(_nothing(pathway, alert, verdict))
    told = tellings(connection, {entry.alert_id for entry in entries if entry.alert_id and entry.kind != REFUSED})
    kept = dict(_notes(connection, entries)) if with_notes else None
    return Story(pathway, alert, entries, told, kept, verdict)


def text_id_of(entry: Entry) -> str | None:
    """Return the id of the note that an entry names."""
    detail = (entry.record or {}).get("detail")
    found = detail.get("text_id") if isinstance(detail, Mapping) else None
    return found if isinstance(found, str) else None


def _notes(connection: Connection, entries: Iterable[Entry]) -> Iterator[tuple[str, Note]]:
    for text_id in filter(None, map(text_id_of, entries)):
        note = notes.read(connection, text_id)
        if note is not None:
            yield text_id, note


def _nothing(pathway: str | None, alert: str | None, verdict: Verdict) -> str:
    asked = f"alert {alert}" if pathway is None else f"pathway {pathway}"
    if pathway is None or not verdict.erased:
        return f"the ledger book has nothing of {asked}: no warning was ever raised for it, or it is written otherwise"
    return (
        f"the ledger book has nothing of {asked}: no warning was ever raised for it, it is written otherwise, or what"
        f" was known is among the {verdict.erased} entries that were erased; --alert ID shows what is left of an alert"
    )
