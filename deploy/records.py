"""The records database that the settings name: a file beside the embedded log, or PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alerts.records.database import Database, open_database
from alerts.records.errors import RecordsError
from deploy.errors import BadInputError
from deploy.settings import Settings

FILE: Final = "records.db"


def open_records(settings: Settings) -> Database:
    """Open the records; whoever asks closes them. Nothing is connected yet, and no table made."""
    password = settings.records_password
    return open_database(
        settings.records_url or f"sqlite:///{records_file(settings)}",
        username=settings.records_username,
        password=None if password is None else password.get_secret_value(),
    )


@contextmanager
def checked_records(settings: Settings) -> Iterator[Database]:
    """Give the records, with the tables of this version. What goes wrong with them is bad input."""
    try:
        records = open_records(settings)
        try:
            records.check()
            yield records
        finally:
            records.close()
    except RecordsError as error:
        raise BadInputError(str(error)) from error


def records_file(settings: Settings) -> Path:
    """Return the file that holds the records when no other database is named."""
    return (settings.data_dir / FILE).absolute()
