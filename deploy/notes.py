"""Staff's notes: kept in the records, where they can be erased, and read from there."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TypeVar

from sqlalchemy import Connection

from alerts.records import notes
from alerts.records.database import Database
from alerts.records.errors import NoteConflictError, RecordsError, UnstorableTextError
from api.deps import Writing
from api.problems import ProblemError

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class Notes:
    """The notes of a database. Its tables are the notifier's to make; a database that is away comes back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, writing: Writing) -> str:
        """Keep a text and return its id. Raises ProblemError where that cannot be done now, or with this text."""
        note = notes.Writing(**asdict(writing))
        try:
            return await asyncio.to_thread(self._write, lambda open_: notes.keep(open_, note, _salt))
        except UnstorableTextError as error:
            raise ProblemError(422, "text", "The text cannot be kept", f"text: {error}") from error
        except NoteConflictError as error:
            raise ProblemError(409, "key_used", "The key is used already", str(error)) from error
        except RecordsError as error:
            logger.warning("a note cannot be kept: %s", error)
            detail = "Nothing was done. Try again, or send it without text: the reason counts."
            raise ProblemError(503, "no_notes", "Notes cannot be kept now", detail) from error

    async def read(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the texts that are there; none while the database is away: what happened is known without them."""
        try:
            return await asyncio.to_thread(self._read, ids) if ids else {}
        except RecordsError as error:
            logger.warning("notes cannot be read: %s", error)
            return {}

    def _write(self, work: Callable[[Connection], Answer]) -> Answer:
        self._database.check()
        with self._database.begin() as connection:
            return work(connection)

    def _read(self, ids: Sequence[str]) -> Mapping[str, str]:
        self._database.check()
        with self._database.read() as connection:
            found = {each: notes.read(connection, each) for each in ids}
        return {each: note.text for each, note in found.items() if note is not None and note.text is not None}


def _salt() -> str:
    return secrets.token_hex(16)
