"""The texts of staff's notes, as the API keeps and reads them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.records import notes
from alerts.records.database import Database, open_database
from api.deps import Writing
from api.problems import ProblemError
from deploy.notes import Notes

AT = datetime(2026, 2, 2, 9, tzinfo=UTC)
WRITING = Writing("c1", "k1:pt-1", "AB", AT, "Patienten ringer i morgen")


async def test_a_text_that_was_kept_is_read_by_the_id_that_the_ledger_gets(database: Database) -> None:
    text_id = await Notes(database).keep(WRITING)
    assert await Notes(database).read([text_id, "unknown"]) == {text_id: WRITING.text}


async def test_the_same_command_again_has_the_same_id(database: Database) -> None:
    assert await Notes(database).keep(WRITING) == await Notes(database).keep(WRITING)


async def test_an_erased_text_is_not_shown(database: Database) -> None:
    text_id = await Notes(database).keep(WRITING)
    with database.begin() as connection:
        notes.erase(connection, WRITING.patient)
    assert await Notes(database).read([text_id]) == {}


async def test_another_text_under_the_same_key_is_refused(database: Database) -> None:
    await Notes(database).keep(WRITING)
    with pytest.raises(ProblemError) as refused:
        await Notes(database).keep(Writing("c1", "k1:pt-1", "AB", AT, "Noget andet"))
    assert (refused.value.status, "Noget andet" in str(refused.value)) == (409, False)


async def test_a_text_that_no_database_keeps_is_refused_with_its_field(database: Database) -> None:
    with pytest.raises(ProblemError) as refused:
        await Notes(database).keep(Writing("c1", "k1:pt-1", "AB", AT, "nul \0"))
    assert (refused.value.status, refused.value.detail[:5]) == (422, "text:")


async def test_where_there_are_no_records_yet_a_text_waits_and_the_page_does_without(tmp_path: Path) -> None:
    missing = Notes(open_database(f"sqlite:///{tmp_path}/records.db"))
    with pytest.raises(ProblemError) as refused:
        await missing.keep(WRITING)
    assert (refused.value.status, await missing.read(["x"])) == (503, {})
