"""What never arrived is sent again once the policy has another address, to those who still ought to know."""

from datetime import timedelta

import pytest

from alerts.delivery.channels import PermanentFailureError
from alerts.delivery.links import Page
from alerts.delivery.mail import MailChannel, MailSettings
from alerts.records.database import Database
from tests.notifier.house import House, lead, post, record, told_nothing
from tests.servers.mail import Mailbox, mail_server
from tests.unit.alerts.notifier.situations import PEOPLE

GONE = PermanentFailureError("gone", "there is no such mailbox")
NEW = PEOPLE.replace("lead@ward.example", "new@ward.example")
NEWER = PEOPLE.replace("lead@ward.example", "newer@ward.example")
NOBODY_LEADS = PEOPLE.replace('lead = { mail = "lead@ward.example", language = "en" }\n', "").replace(
    '["lead"]', '["clinic"]'
)


@pytest.fixture
async def dead(house: House) -> House:
    """A house whose lead was told of nothing: the address is wrong."""
    await told_nothing(house, GONE)
    return house


async def test_a_mended_address_gets_what_the_server_refused_before(database: Database) -> None:
    mailbox = Mailbox(answers={"RCPT": "550 5.1.1 no such mailbox"})
    with mail_server(mailbox) as port:
        page = Page("http://127.0.0.1:8000")
        house = House(
            database,
            MailChannel(MailSettings("127.0.0.1", port, "us@region.example", page, "plaintext", allow_plaintext=True)),
        )
        await house.hear(record("raised", "act"))
        await house.work()
        del mailbox.answers["RCPT"]
        await house.work()
        assert [each.rcpt_tos for each in mailbox.taken] == [["clinic@hospital.example"]]
        house.has(NEW)
        await house.work()
    assert [each.rcpt_tos for each in mailbox.taken[1:]] == [["new@ward.example"]]
    assert house.rows("SELECT state, why FROM notices WHERE recipient = 'lead' ORDER BY number") == [
        ("dead", "role"),
        ("sent", "new_address"),
    ]


async def test_the_gauge_falls_as_soon_as_it_is_planned_anew(dead: House) -> None:
    dead.has(NEW)
    await dead.notifier.look()
    assert dead.metric("notifier_dead_notices") == 0


async def test_what_is_sent_again_keeps_what_it_says(dead: House) -> None:
    dead.has(NEW)
    await dead.after(minutes=5)
    await dead.after(minutes=5)
    assert lead(dead) == [("raised", "act")]


async def test_it_goes_to_each_address_once(dead: House) -> None:
    tried: list[str] = []
    await dead.hear(record("acknowledged", "act", actor="nurse"))
    post(dead).before = lambda message: tried.append(message.recipient.address)
    post(dead).failures["lead"] = GONE
    for policy in (NEW, NEW, NEWER, NEWER):
        dead.has(policy)
        await dead.after(minutes=5)
    assert tried == ["new@ward.example", "newer@ward.example"]
    assert dead.metric("notifier_dead_notices") == 1


async def test_an_address_that_changes_while_the_old_one_is_tried_counts(house: House) -> None:
    channel = post(house)
    channel.failures["lead"] = GONE
    channel.before = lambda _: house.has(NEW)
    await house.hear(record("raised", "act"))
    await house.work()
    channel.failures.clear()
    await house.work()
    assert "new@ward.example" in [each.recipient.address for each in channel.sent]


async def test_a_new_language_is_no_new_address(dead: House) -> None:
    dead.has(PEOPLE.replace(', language = "en"', ""))
    await dead.work()
    assert lead(dead) == []


async def test_where_nobody_knows_which_address_it_was_it_is_sent_once_more(dead: House) -> None:
    dead.rows("UPDATE deliveries SET address_hash = NULL RETURNING 1")
    await dead.work()
    await dead.work()
    assert lead(dead) == [("raised", "act")]


async def test_nobody_is_told_of_an_alert_that_is_over(dead: House) -> None:
    await dead.hear(record("closed", None, frm="act"))
    dead.has(NEW)
    await dead.work()
    assert lead(dead) == []


async def test_nobody_is_told_of_a_tier_that_no_longer_holds(dead: House) -> None:
    await dead.hear(record("changed", "refer", frm="act"))
    dead.has(NEW)
    await dead.work()
    assert lead(dead) == []


async def test_who_was_told_since_is_not_told_again(dead: House) -> None:
    await dead.hear(record("changed", "plan", frm="act"), record("changed", "act", frm="plan"))
    dead.has(NEW)
    await dead.after(hours=23)
    assert lead(dead) == [("risen", "act")]


async def test_nobody_is_told_that_nobody_took_care_once_somebody_did(house: House) -> None:
    post(house).failures["watchman"] = GONE
    await house.hear(record("raised", "refer"))
    await house.work()
    await house.after(hours=3)
    assert house.rows("SELECT what, state FROM notices WHERE recipient = 'watchman'") == [("not_acknowledged", "dead")]
    await house.hear(record("acknowledged", "refer", actor="nurse"))
    post(house).failures.clear()
    house.has(PEOPLE.replace("watchman@region.example", "new@region.example"))
    await house.work()
    assert house.mail == [("clinic", "raised", "refer")]


async def test_what_is_quiet_at_night_waits_for_the_morning(dead: House) -> None:
    dead.law += timedelta(hours=12)
    dead.wall += timedelta(hours=12)
    dead.has(NEW)
    await dead.work()
    assert lead(dead) == []
    await dead.after(hours=9)
    assert lead(dead) == [("raised", "act")]


async def test_no_address_is_kept_with_an_attempt(dead: House) -> None:
    (row,) = dead.rows("SELECT * FROM deliveries WHERE attempt = 1 LIMIT 1")
    assert not any("@" in str(value) for value in row)


async def test_what_was_taken_back_before_it_went_to_the_new_address_goes_when_it_can(dead: House) -> None:
    dead.has(NEW)
    await dead.notifier.look()
    dead.has(NOBODY_LEADS)
    await dead.work()
    assert dead.rows("SELECT state FROM notices WHERE why = 'new_address'") == [("dropped",)]
    dead.has(NEW)
    await dead.work()
    assert lead(dead) == [("raised", "act")]
