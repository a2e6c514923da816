"""Nobody acknowledges: the ladder is climbed, until somebody does."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.delivery.channels import PermanentFailureError
from tests.notifier.house import House, Post, record
from tests.unit.alerts.notifier.situations import MONDAY, NIGHT, PEOPLE


def acknowledged(tier: str = "refer", **more: Any) -> dict[str, Any]:
    return record("acknowledged", tier, frm=tier, actor="nurse", **more)


def given_to(name: str, tier: str = "refer") -> dict[str, Any]:
    return record("noted", tier, reason="handed_over", actor="nurse", detail={"to": name})


async def test_the_next_role_is_told_step_by_step_until_the_ladder_ends(house: House) -> None:
    await house.hear(record("raised", "refer"))
    await house.work()
    await house.after(hours=1, minutes=59)
    assert len(house.mail) == 1
    for _ in range(4):
        await house.after(hours=2)
    assert house.mail == [("clinic", "raised", "refer"), ("watchman", "not_acknowledged", "refer")]
    assert house.rows("SELECT step, hand_over_at FROM watched_alerts") == [(2, None)]


async def test_an_alert_that_is_acknowledged_is_not_handed_over(house: House) -> None:
    await house.hear(record("raised", "refer"))
    await house.work()
    await house.hear(acknowledged())
    await house.after(hours=3)
    assert house.mail == [("clinic", "raised", "refer")]


async def test_a_higher_tier_is_waited_for_anew(house: House) -> None:
    await house.hear(record("raised", "refer"), acknowledged())
    await house.hear(record("changed", "escalate", frm="refer"))
    await house.work()
    assert house.rows("SELECT tier FROM watched_alerts WHERE hand_over_at IS NOT NULL") == [("escalate",)]


async def test_a_snooze_rests_until_its_end_and_is_then_waited_for(house: House) -> None:
    await house.hear(record("raised", "refer"))
    await house.work()
    await house.hear(record("snoozed", "refer", actor="nurse", detail={"until": "2026-02-02T12:00:00Z"}))
    await house.after(hours=3)
    assert len(house.mail) == 1
    await house.hear(record("changed", "refer", frm="refer", reason="snooze_ended"))
    await house.work()
    await house.after(hours=2)
    assert house.mail[1:] == [("clinic", "snooze_ended", "refer"), ("watchman", "not_acknowledged", "refer")]


async def test_an_alert_that_is_lowered_is_told_to_its_new_role_and_waited_for(house: House) -> None:
    await house.hear(record("raised", "refer"))
    await house.work()
    await house.hear(record("changed", "act", frm="refer"))
    await house.work()
    assert sorted(house.mail[1:]) == [("clinic", "lowered", "act"), ("lead", "lowered", "act")]
    assert house.rows("SELECT count(*) FROM watched_alerts WHERE hand_over_at IS NOT NULL") == [(1,)]


async def test_an_alert_that_rose_and_fell_before_anybody_heard_is_still_handed_over(house: House) -> None:
    await house.hear(record("raised", "act"))
    await house.work()
    await house.hear(record("changed", "refer", frm="act"), record("changed", "act", frm="refer"))
    await house.after(hours=5)
    assert house.mail == [("lead", "raised", "act"), ("clinic", "not_acknowledged", "act")]


async def test_a_new_owner_is_told_and_waited_for(house: House) -> None:
    await house.hear(record("raised", "refer"))
    await house.work()
    await house.hear(acknowledged())
    await house.hear(given_to("anna"))
    await house.work()
    await house.after(hours=3)
    assert house.mail[1:] == [("anna", "handed_over", "refer"), ("watchman", "not_acknowledged", "refer")]


async def test_who_has_been_told_already_hears_that_it_was_handed_to_them(house: House) -> None:
    await house.hear(record("raised", "refer"))
    await house.work()
    await house.hear(given_to("clinic"))
    await house.work()
    assert house.mail == [("clinic", "raised", "refer"), ("clinic", "handed_over", "refer")]


async def test_who_has_handed_it_on_before_they_were_told_is_not_told_that_it_is_theirs(house: House) -> None:
    house.law = NIGHT
    await house.hear(record("raised", "refer"), given_to("anna"), given_to("berit2"), given_to("secretary"))
    await house.after(hours=9)
    assert sorted(house.mail) == [("clinic", "raised", "refer"), ("secretary", "handed_over", "refer")]


@pytest.mark.parametrize("name", ["watchman", "somebody the policy has not"])
async def test_where_the_ladder_was_climbed_and_nobody_takes_over_it_begins_again_once(house: House, name: str) -> None:
    await house.hear(record("raised", "escalate"))
    await house.work()
    for _ in range(4):
        await house.after(hours=1)
    assert house.mail == [("watchman", "raised", "escalate"), ("lead", "not_acknowledged", "escalate")]
    for times in (1, 2):
        await house.hear(given_to(name, "escalate"))
        await house.work()
        assert len(house.mail) == 2 * times + (times if name == "watchman" else 0)
        for _ in range(6):
            await house.after(hours=1)
        assert house.mail[-2:] == [
            ("watchman", "not_acknowledged", "escalate"),
            ("lead", "not_acknowledged", "escalate"),
        ]
        assert len(house.mail) == 2 + 2 * times + (times if name == "watchman" else 0)
    assert house.rows("SELECT hand_over_at FROM watched_alerts") == [(None,)]


async def test_the_ladder_does_not_begin_again_where_the_new_owner_has_acknowledged(house: House) -> None:
    await house.hear(record("raised", "refer"))
    for _ in range(4):
        await house.after(hours=2)
    house.law = house.wall = MONDAY + timedelta(days=1)
    await house.hear(given_to("clinic"))
    await house.work()
    await house.hear(record("acknowledged", "refer", frm="refer", actor="clinic"))
    for _ in range(4):
        await house.after(hours=2)
    assert house.mail[-1] == ("clinic", "handed_over", "refer")


async def test_the_ladder_begins_again_also_where_its_last_rung_cannot_be_reached(house: House) -> None:
    assert isinstance(house.channel, Post)
    house.channel.failures["watchman"] = PermanentFailureError("gone", "there is no such mailbox")
    await house.hear(record("raised", "refer"))
    await house.work()
    await house.hear(given_to("anna"))
    for _ in range(3):
        await house.after(minutes=125)
        await house.work()
    assert house.mail == [
        ("clinic", "raised", "refer"),
        ("anna", "handed_over", "refer"),
        ("clinic", "not_acknowledged", "refer"),
    ]


async def test_that_nobody_acknowledged_is_not_sent_once_somebody_has(house: House) -> None:
    await house.hear(record("raised", "refer"))
    await house.work()
    house.law = house.law.replace(hour=17)
    house.has(PEOPLE.replace("refer = 120", "refer = 1"))
    await house.work()
    await house.hear(acknowledged())
    await house.after(hours=20)
    assert house.mail == [("clinic", "raised", "refer")]
    assert ("not_acknowledged", "acknowledged") in house.rows("SELECT what, why_not FROM notices")


async def test_nothing_is_handed_over_before_the_ledger_is_read(house: House) -> None:
    await house.hear(record("raised", "refer"))
    await house.work()
    house.caught_up = False
    await house.after(hours=3)
    await house.hear(acknowledged())
    house.caught_up = True
    await house.work()
    assert house.mail == [("clinic", "raised", "refer")]


async def test_hand_overs_are_counted(house: House) -> None:
    await house.hear(record("raised", "refer"))
    await house.after(hours=3)
    assert house.metric("notifier_hand_overs_total", tier="refer") == 1
