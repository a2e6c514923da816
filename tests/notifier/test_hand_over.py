"""Nobody acknowledges: the ladder is climbed, until somebody does."""

from typing import Any

from tests.notifier.house import House, record
from tests.unit.alerts.notifier.situations import PEOPLE


def acknowledged(tier: str = "refer", **more: Any) -> dict[str, Any]:
    return record("acknowledged", tier, frm=tier, actor="nurse", **more)


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
    await house.hear(record("noted", "refer", reason="handed_over", actor="nurse", detail={"to": "anna"}))
    await house.work()
    await house.after(hours=3)
    assert house.mail[1:] == [("anna", "raised", "refer"), ("watchman", "not_acknowledged", "refer")]


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
