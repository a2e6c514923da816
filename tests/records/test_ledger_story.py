"""Promises of `fristvagt ledger story`: everything that was known, when, by what cause, who was told, and its proof."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete

from alerts.delivery.channels import PermanentFailureError, TemporaryFailureError
from alerts.records import ledgerbook, notes
from alerts.records.database import Database
from alerts.records.notes import Writing
from alerts.records.tables import LEDGER_ENTRIES
from deploy.errors import BadInputError
from deploy.notifying.naming import RuleNames
from deploy.story.blocks import blocks
from deploy.story.gathering import gather
from deploy.story.text import lines
from stream.facts.units import Units
from stream.law.rulebook import Rulebook
from tests.notifier.house import House, record
from tests.records.conftest import Run

NAMES = RuleNames(Rulebook.load(), Units.load())
Values = dict[str, Any]


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


def story(database: Database, pathway: str | None = "pw1", *, with_notes: bool = False, **asked: str) -> list[Values]:
    """Return the blocks of a story."""
    with database.read() as connection:
        found = gather(connection, pathway=pathway, alert=asked.get("alert"), with_notes=with_notes)
    return list(blocks(found, NAMES))


def entries(told: list[Values]) -> list[Values]:
    return [block["entry"] for block in told if "entry" in block]


def erase(database: Database, patient: str) -> None:
    with database.begin() as connection:
        ledgerbook.erase(connection, patient)
        notes.erase(connection, patient)


def outline(told: list[Values]) -> Iterator[Any]:
    """Yield what happened in its order: kinds of entries, and who was told what with which end."""
    for block in told[1:]:
        (shape,) = block
        yield block[shape].get("kind", shape)
        yield from ((each["recipient"], each["what"], each["state"]) for each in block[shape]["told"])


async def lived(house: House) -> None:
    """Live through a warning: nobody acknowledges it in time, somebody takes it, it is over."""
    await house.hear(record("raised", "act"))
    await house.work()
    await house.after(hours=5)
    taken = {"actor": "AB", "cause": {"command": "c1"}, "at": "2026-02-02T15:00:00Z"}
    await house.hear(record("acknowledged", "act", frm="act", **taken))
    await house.hear(record("closed", None, frm="act", at="2026-02-02T16:00:00Z", reason="closed"))
    await house.work()


async def test_what_was_known_and_who_was_told_stand_in_the_order_of_time(house: House, database: Database) -> None:
    await lived(house)
    assert list(outline(story(database))) == [
        "raised",
        ("lead", "raised", "sent"),
        "later",
        ("clinic", "not_acknowledged", "sent"),
        "acknowledged",
        "closed",
        ("clinic", "over", "sent"),
        ("lead", "over", "sent"),
    ]


async def test_an_entry_says_all_that_its_record_says_and_where_it_stands(house: House, database: Database) -> None:
    due = {"due": "2026-02-02T08:59:00Z", "late": True}
    await house.hear(given := record("raised", "act", **due))
    (entry,) = entries(story(database))
    same = ("alert_id", "clock_id", "patient", "pathway", "kind", "from", "to", "reason", "cause", "actor", "late")
    assert {name: entry[name] for name in same} == {name: given[name] for name in same}
    assert (entry["rulebook"], entry["policy"], entry["right_name"]) == ("1", "1", "cancer work-up")
    assert (entry["at"], entry["due"]) == ("2026-02-02T10:00:00+01:00", "2026-02-02T09:59:00+01:00")
    proof = entry["proof"]
    assert (proof["partition"], proof["seq"], proof["verifies"], len(proof["chain_hash"])) == (0, 1, True, 64)


async def test_what_the_notifier_did_later_names_the_entry_that_it_is_about(house: House, database: Database) -> None:
    await lived(house)
    later = next(block["later"] for block in story(database) if "later" in block)
    assert (later["at"], later["of"]) == ("2026-02-02T15:00:00+01:00", {"partition": 0, "seq": 1})
    assert "  about     partition 0, entry 1" in lines(story(database))


async def test_moments_have_the_offset_of_their_season(house: House, database: Database) -> None:
    until = {"at": "2026-07-01T09:00:00.5Z", "detail": {"until": "2026-12-01T09:00:00Z"}, "actor": "AB"}
    await house.hear(record("raised", "act"), record("snoozed", "act", **until))
    entry = entries(story(database))[1]
    assert (entry["at"], entry["detail"]["until"]) == ("2026-07-01T11:00:00.500000+02:00", "2026-12-01T10:00:00+01:00")


async def test_each_attempt_is_there_with_what_came_of_it(house: House, database: Database) -> None:
    house.channel.failures["lead"] = TemporaryFailureError("busy", "later")  # type: ignore[attr-defined]
    await house.hear(record("raised", "act"))
    await house.work()
    del house.channel.failures["lead"]  # type: ignore[attr-defined]
    await house.after(minutes=10)
    (told,) = entries(story(database))[0]["told"]
    attempts = told["message"]["attempts"]
    assert [(each["attempt"], each["outcome"], each["why"], each["receipt"]) for each in attempts] == [
        (1, "temporary", "busy", None),
        (2, "sent", None, "taken"),
    ]
    assert [each["started"] for each in attempts] == ["2026-02-02T10:00:00+01:00", "2026-02-02T10:10:00+01:00"]
    assert (told["role"], told["rung"], told["planned_at"]) == ("department_lead", 1, "2026-02-02T10:00:00+01:00")


async def test_who_was_not_told_is_there_with_the_reason(house: House, database: Database) -> None:
    house.channel.failures["lead"] = PermanentFailureError("gone", "no such box")  # type: ignore[attr-defined]
    await house.hear(record("raised", "act"))
    await house.work()
    told = entries(story(database))[0]["told"][0]
    assert (told["recipient"], told["state"], told["why_not"]) == ("lead", "dead", "undeliverable")
    assert "not told because: the channel says that it will never arrive" in "\n".join(lines(story(database)))


async def test_a_message_that_waits_says_from_when_it_may_go(house: House, database: Database) -> None:
    house.law = house.wall = datetime(2026, 2, 2, 22, tzinfo=UTC)
    await house.hear(record("raised", "act"))
    (told,) = entries(story(database))[0]["told"]
    assert (told["state"], told["not_before"], told["message"]) == ("waiting", "2026-02-03T07:00:00+01:00", None)


async def test_what_was_erased_of_an_alert_stays_in_its_place_and_says_so(house: House, database: Database) -> None:
    await house.hear(record("raised", "act"))
    erase(database, "pt1")
    await house.hear(record("closed", None, frm="act"))
    told = story(database)
    assert [(each["kind"], each["erased"]) for each in entries(told)] == [("raised", True), ("closed", False)]
    assert told[0]["story"]["erased"] == 1
    assert "reason" not in entries(told)[0]
    assert "  erased    its content is gone" in "\n".join(lines(told))


async def test_what_is_wholly_erased_is_found_by_its_alert(house: House, database: Database) -> None:
    await lived(house)
    erase(database, "pt1")
    with pytest.raises(BadInputError, match="among the 3 entries that were erased; --alert ID"):
        story(database)
    assert [each["kind"] for each in entries(story(database, None, alert="a1"))] == ["raised", "acknowledged", "closed"]


async def test_another_pathway_is_not_told_of(house: House, database: Database) -> None:
    await house.hear(record("raised", "act"), record("raised", "act", alert="a2", pathway="pw2", patient="pt2"))
    await house.hear(record("refused", None, alert="a2", reason="no_such_alert", cause={"command": "c9"}, actor="AB"))
    told = story(database)
    assert [(each["kind"], each["pathway"]) for each in entries(told)] == [("raised", "pw1"), ("refused", "pw1")]
    assert list(outline(told)) == ["raised", ("lead", "raised", "waiting"), "refused"]


async def test_the_story_of_an_alert_leaves_out_who_asked_for_it_elsewhere(house: House, database: Database) -> None:
    asked = {"reason": "no_such_alert", "cause": {"command": "c9"}}
    await house.hear(record("raised", "act"), record("refused", "act", reason="tier_moved", actor="AB"))
    await house.hear(record("refused", None, pathway="pw2", patient="pt2", **asked))
    told = story(database, None, alert="a1")
    assert [(each["kind"], each["pathway"]) for each in entries(told)] == [("raised", "pw1"), ("refused", "pw1")]


async def test_an_erased_entry_of_another_pathway_stays_out(house: House, database: Database) -> None:
    await house.hear(record("raised", "act", alert="a2", pathway="pw2", patient="pt2"))
    erase(database, "pt2")
    await house.hear(record("raised", "act"))
    await house.hear(record("refused", None, alert="a2", reason="no_such_alert", cause={"command": "c9"}))
    assert [each["erased"] for each in entries(story(database))] == [False, False]


@pytest.fixture
async def noted(house: House, database: Database, salt: Callable[[], str]) -> str:
    """An alert with a note, and the id of its text."""
    with database.begin() as connection:
        written = Writing("c1", "pt1", "AB", datetime(2026, 2, 2, 9, tzinfo=UTC), "ringer i morgen")
        text_id = notes.keep(connection, written, salt)
    act = {"reason": "patient_contacted", "actor": "AB", "cause": {"command": "c1"}, "detail": {"text_id": text_id}}
    await house.hear(record("raised", "act"), record("noted", "act", **act))
    return text_id


@pytest.mark.usefixtures("noted")
def test_the_text_of_a_note_is_told_only_where_it_is_asked_for(database: Database) -> None:
    plain, asked = story(database), story(database, with_notes=True)
    assert ("ringer" in json.dumps(plain), entries(plain)[1]["note"]["state"]) == (False, "not_asked_for")
    assert entries(asked)[1]["note"] == {"state": "kept", "text": "ringer i morgen"}
    assert "  note      ringer i morgen" in lines(asked)


@pytest.mark.usefixtures("noted")
def test_a_note_that_was_erased_or_lost_says_so(database: Database) -> None:
    with database.begin() as connection:
        notes.erase(connection, "pt1")
    assert "  note      erased" in lines(story(database, with_notes=True))
    with database.begin() as connection:
        connection.execute(delete(notes.NOTES))
    assert "  note      is not in these records" in lines(story(database, with_notes=True))


async def test_nobody_can_forge_a_line_by_what_they_type(house: House, database: Database) -> None:
    await house.hear(record("raised", "act"), record("acknowledged", "act", actor="AB\n  proof     forged\x1b[2K"))
    assert "  actor     AB\\n  proof     forged\\x1b[2K" in lines(story(database))


async def test_the_command_tells_the_same_as_text_and_as_json_lines(
    fristvagt: Run, house: House, database: Database
) -> None:
    await lived(house)
    text, values = fristvagt("ledger", "story", "pw1"), fristvagt("ledger", "story", "pw1", "--json")
    told = [json.loads(line) for line in values.stdout.splitlines()]
    assert (text.returncode, values.returncode, told) == (0, 0, story(database))
    assert text.stdout.splitlines() == list(lines(told))


async def test_an_erasure_takes_names_once_an_alert_is_over_and_says_what_it_had_to_leave(
    fristvagt: Run, house: House
) -> None:
    await house.hear(record("raised", "act"))
    await house.work()
    assert fristvagt("ledger", "erase", "pt1", "--yes").stdout.splitlines() == [
        "erased: 1 entries, 0 notes, the recipients of 0 notices",
        "1 alerts are open or still being told of and keep names: the notifier erases these when they are over",
    ]
    await house.hear(record("closed", None, frm="act"))
    await house.work()
    again = fristvagt("ledger", "erase", "pt1", "--yes").stdout
    assert again == "erased: 1 entries, 0 notes, the recipients of 2 notices\n"
    told = fristvagt("ledger", "story", "--alert", "a1").stdout
    assert ("lead:" in told, "told      (erased) (role department_lead, rung 1): a new warning" in told) == (
        False,
        True,
    )


async def test_a_chain_that_does_not_verify_is_exit_code_one(fristvagt: Run, house: House, database: Database) -> None:
    await house.hear(record("raised", "act"))
    await house.notifier.apply(1, [(0, json.dumps(record("raised", "act", alert="a2", pathway="pw2")).encode())])
    with database.begin() as connection:
        connection.execute(delete(LEDGER_ENTRIES).where(LEDGER_ENTRIES.c.partition == 1))
        connection.execute(LEDGER_ENTRIES.update().where(LEDGER_ENTRIES.c.partition == 0).values(unit="another"))
    done = fristvagt("ledger", "story", "pw1")
    assert (done.returncode, "THE CHAIN DOES NOT VERIFY" in done.stdout) == (1, True)
    assert "  fault: columns partition 0 entry 1: its content says otherwise about unit" in done.stdout.splitlines()


async def test_a_fault_of_another_partition_is_told_and_leaves_this_one_proved(
    fristvagt: Run, house: House, database: Database
) -> None:
    await house.hear(record("raised", "act"))
    await house.notifier.apply(1, [(0, json.dumps(record("raised", "act", alert="a2", pathway="pw2")).encode())])
    with database.begin() as connection:
        connection.execute(delete(LEDGER_ENTRIES).where(LEDGER_ENTRIES.c.partition == 1))
    done = fristvagt("ledger", "story", "pw1")
    assert (done.returncode, "fault: tail partition 1" in done.stdout) == (0, True)
    assert "the chain verifies" in done.stdout


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (["pw9"], "nothing of pathway pw9"),
        (["--alert", "a9"], "nothing of alert a9"),
        ([], "give a pathway, or --alert ID"),
        (["pw1", "--alert", "a1"], "not both"),
    ],
)
async def test_what_is_not_known_is_one_line_and_exit_code_two(
    fristvagt: Run, house: House, asked: list[str], part: str
) -> None:
    await house.hear(record("raised", "act"))
    done = fristvagt("ledger", "story", *asked)
    assert (done.returncode, done.stdout, done.stderr.count("\n"), part in done.stderr) == (2, "", 1, True)
