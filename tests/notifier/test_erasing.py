"""Erasing a patient takes people's names out of the outbox, and nobody is told twice or forgotten because of it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from alerts.delivery.channels import PermanentFailureError, TemporaryFailureError
from alerts.notifier import erasing
from alerts.notifier.draft import STRANGER
from alerts.notifier.erasing import Erasure
from alerts.notifier.noticerows import ERASED
from alerts.notifier.tables import DELIVERIES
from alerts.records import ledgerbook
from alerts.records.tables import METADATA
from tests.notifier.house import House, record
from tests.unit.alerts.notifier.situations import NIGHT

TYPED = "Jens Hansen"
LEAD = "'lead'"
"""A recipient as it stands in a row, other than in the role of that name."""


def erase(house: House, patient: str = "pt1") -> Erasure:
    with house.database.begin() as connection:
        ledgerbook.erase(connection, patient)
        return erasing.erase(connection)


def tables_that_say(house: House, *words: str) -> set[str]:
    """Return the tables in which one of the words stands."""
    with house.database.begin() as connection:
        rows = {name: connection.execute(select(table)).all() for name, table in METADATA.tables.items()}
    return {name for name, found in rows.items() if any(word in str(found) for word in words)}


@pytest.fixture
async def over(house: House) -> House:
    """An alert that was told, handed over, watched, and is over."""
    await house.hear(record("raised", "act"))
    await house.work()
    await house.hear(record("noted", "act", reason="handed_over", detail={"to": TYPED}, actor="AB"))
    await house.hear(record("noted", "act", reason="watched", actor="Grete Holm"))
    await house.hear(record("closed", None, frm="act"))
    await house.work()
    return house


@pytest.mark.parametrize(
    ("table", "before", "after"),
    [
        ("SELECT owner, watchers FROM watched_alerts", [(TYPED, '["Grete Holm"]')], [(None, "[]")]),
        (
            "SELECT recipient, what FROM notices ORDER BY number",
            [("lead", "raised"), (STRANGER, "handed_over"), (STRANGER, "over"), ("lead", "over")],
            [(ERASED, "raised"), (ERASED, "handed_over"), (ERASED, "over"), (ERASED, "over")],
        ),
        ("SELECT recipient, state FROM messages", [("lead", "sent")] * 2, [("(erased)", "sent")] * 2),
        ("SELECT receipt, outcome FROM deliveries", [("taken", "sent")] * 2, [(None, "sent")] * 2),
    ],
)
async def test_names_and_receipts_are_gone_and_what_happened_is_left(
    over: House, table: str, before: list[Any], after: list[Any]
) -> None:
    assert over.rows(table) == before
    erase(over)
    assert over.rows(table) == after


async def test_no_table_has_the_patient_or_a_name(over: House) -> None:
    words = ("pt1", "pw1", TYPED, "Grete Holm", LEAD)
    assert tables_that_say(over, *words) == {"ledger_entries", "watched_alerts", "notices", "messages"}
    assert (erase(over), tables_that_say(over, *words)) == (Erasure(4, 0), set())


async def test_another_patient_keeps_everything(over: House) -> None:
    other = {"alert": "a2", "patient": "pt2", "pathway": "pw2"}
    await over.hear(record("raised", "act", **other), record("closed", None, frm="act", **other))
    await over.hear(record("refused", None, alert="a2", reason="no_such_alert", cause={"command": "c1"}))
    await over.work()
    erase(over)
    assert over.rows("SELECT DISTINCT recipient FROM notices WHERE alert_id = 'a2'") == [("lead",)]


async def test_a_message_that_tells_of_others_too_keeps_its_recipient(house: House) -> None:
    house.law = house.wall = NIGHT
    await house.hear(record("raised", "plan"), record("raised", "plan", alert="a2", patient="pt2", pathway="pw2"))
    await house.after(hours=10)
    await house.hear(record("closed", None, frm="plan"))
    await house.after(hours=24)
    erase(house)
    of_digest = (
        "SELECT recipient FROM notices WHERE message_id IN (SELECT message_id FROM messages WHERE about = 'digest')"
    )
    assert house.rows("SELECT recipient FROM messages WHERE about = 'digest'") == [("secretary",)]
    assert sorted(house.rows(of_digest)) == [("(erased)",), ("secretary",)]
    assert house.rows("SELECT receipt FROM deliveries JOIN messages USING (message_id) WHERE about = 'digest'") == [
        ("taken",)
    ]


async def test_an_open_alert_keeps_its_names_so_that_nobody_is_told_twice_or_forgotten(house: House) -> None:
    await house.hear(record("raised", "act"))
    await house.work()
    assert erase(house) == Erasure(0, 1)
    await house.after(hours=5)
    await house.hear(record("closed", None, frm="act"))
    await house.work()
    assert house.mail[:2] == [("lead", "raised", "act"), ("clinic", "not_acknowledged", "act")]
    assert sorted(house.mail[2:]) == [("clinic", "over", None), ("lead", "over", None)]
    assert (erase(house), erase(house)) == (Erasure(4, 0), Erasure(0, 0))


async def test_what_is_under_way_is_sent_and_its_recipient_goes_with_a_later_erasure(house: House) -> None:
    await house.hear(record("raised", "act"))
    await house.work()
    house.channel.failures["lead"] = TemporaryFailureError("busy", "later")  # type: ignore[attr-defined]
    await house.hear(record("closed", None, frm="act"))
    await house.work()
    assert erase(house) == Erasure(1, 1)
    assert sorted(house.rows("SELECT recipient, state FROM messages")) == [("(erased)", "sent"), ("lead", "open")]
    del house.channel.failures["lead"]  # type: ignore[attr-defined]
    await house.after(hours=1)
    assert house.mail == [("lead", "raised", "act"), ("lead", "over", None)]
    assert (erase(house, "another"), tables_that_say(house, LEAD)) == (Erasure(1, 0), set())


async def test_a_message_that_has_nothing_to_say_any_more_is_emptied_and_dropped(house: House) -> None:
    house.channel.failures["lead"] = TemporaryFailureError("busy", "later")  # type: ignore[attr-defined]
    await house.hear(record("raised", "act"))
    await house.work()
    await house.hear(record("closed", None, frm="act"))
    assert (erase(house), tables_that_say(house, LEAD)) == (Erasure(2, 0), set())
    await house.after(hours=1)
    assert house.rows("SELECT recipient, state FROM messages") == [("(erased)", "dropped")]


async def test_names_of_who_was_erased_while_an_alert_was_open_go_in_the_night_after_its_end(house: House) -> None:
    await house.hear(record("raised", "act"))
    await house.hear(record("noted", "act", reason="handed_over", detail={"to": TYPED}, actor="AB"))
    await house.work()
    assert erase(house).left == 1
    await house.hear(record("closed", None, frm="act"))
    await house.work()
    assert "watched_alerts" in tables_that_say(house, TYPED)
    house.law += timedelta(days=1)
    await house.work()
    assert tables_that_say(house, TYPED, LEAD) == set()


async def test_an_erased_alert_that_comes_back_is_told_as_a_new_one(over: House) -> None:
    erase(over)
    await over.hear(record("reopened", "act"))
    await over.work()
    assert over.mail[2:] == [("lead", "reopened", "act")]


async def test_an_erased_alert_that_is_withdrawn_is_told_to_nobody(over: House) -> None:
    before = list(over.mail)
    erase(over)
    await over.hear(record("withdrawn", None))
    await over.after(hours=1)
    assert (over.mail, over.rows("SELECT count(*) FROM notices")) == (before, [(4,)])


async def test_nobody_is_looked_for_who_was_erased_before_they_could_be_told_of_the_end(house: House) -> None:
    await house.hear(record("raised", "act"))
    await house.work()
    house.channel.failures["lead"] = PermanentFailureError("gone", "no such box")  # type: ignore[attr-defined]
    await house.hear(record("closed", None, frm="act"))
    await house.work()
    assert erase(house) == Erasure(2, 0)
    await house.hear(record("withdrawn", None))
    assert house.rows("SELECT state FROM notices ORDER BY number") == [("sent",), ("dead",)]


async def test_the_receipt_of_an_attempt_that_was_under_way_goes_with_the_next_erasure(over: House) -> None:
    erase(over)
    with over.database.begin() as connection:
        connection.execute(update(DELIVERIES).values(receipt="taken"))  # as an attempt that ends only now
    erase(over)
    assert over.rows("SELECT DISTINCT receipt FROM deliveries") == [(None,)]
