"""Runs of the ledger in, messages out: who hears what, and when."""

import logging
import time
from datetime import timedelta

import pytest
from sqlalchemy.exc import ProgrammingError

from alerts.delivery.channels import PermanentFailureError
from alerts.notifier.draft import STRANGER
from alerts.records.errors import DatabaseLostError
from tests.notifier.house import House, Post, record
from tests.unit.alerts.notifier.situations import KEPT, NIGHT, PEOPLE, without

HOURS = timedelta(hours=1)
NOBODY = without("region").replace('role = "department_lead"', 'role = "department"')


async def test_a_raised_alert_is_told_to_the_role_that_owns_the_cure(house: House) -> None:
    await house.hear(record("raised", "act"))
    await house.work()
    assert house.mail == [("lead", "raised", "act")]
    assert house.rows("SELECT outcome, receipt FROM deliveries") == [("sent", "taken")]


async def test_an_item_is_named_in_the_recipients_language(house: House) -> None:
    await house.hear(record("raised", "act"))
    await house.work()
    (message,) = house.channel.sent  # type: ignore[attr-defined]
    assert (message.items[0].right_name, message.items[0].unit_name) == ("cancer.workup (en)", "Ward u1")


async def test_a_run_that_comes_twice_tells_nobody_twice(house: House) -> None:
    raised = record("raised", "act")
    await house.hear(raised)
    house.offset = 0
    await house.hear(raised)
    await house.hear(raised)
    await house.work()
    assert len(house.mail) == 1


async def test_everyone_who_was_told_is_told_that_it_is_over_and_nobody_twice(house: House) -> None:
    await house.hear(record("raised", "act"))
    await house.work()
    await house.hear(record("changed", "refer", frm="act"))
    await house.work()
    await house.hear(record("closed", None, frm="refer"), record("closed", None))
    await house.work()
    assert sorted(house.mail[2:]) == [("clinic", "over", None), ("lead", "over", None)]


async def test_what_waits_when_an_alert_is_over_is_dropped_and_no_end_is_told(house: House) -> None:
    house.law = NIGHT
    await house.hear(record("raised", "act"))
    await house.work()
    await house.hear(record("closed", None, frm="act"))
    await house.after(hours=12)
    assert house.mail == []
    assert house.rows("SELECT what, why_not FROM notices ORDER BY number") == [
        ("raised", "over"),
        ("over", "never_told"),
    ]


async def test_a_withdrawn_alert_is_told_to_have_been_wrong(house: House) -> None:
    await house.hear(record("raised", "act"))
    await house.work()
    await house.hear(record("withdrawn", None, frm="act"))
    await house.work()
    assert house.mail[1:] == [("lead", "wrong", None)]


async def test_a_ledger_that_is_long_sends_only_what_still_holds(house: House) -> None:
    house.caught_up = False
    await house.hear(record("raised", "act"), record("raised", "act", alert="a2"))
    await house.work()
    await house.hear(record("closed", None, frm="act"))
    await house.work()
    assert house.mail == []
    house.caught_up = True
    await house.work()
    assert [message.items[0].alert_id for message in house.channel.sent] == ["a2"]  # type: ignore[attr-defined]


async def test_a_silent_alert_is_told_to_nobody_and_neither_is_its_end(house: House) -> None:
    await house.hear(record("silent", "passed"), record("closed", None, frm="passed"))
    await house.after(days=2)
    assert house.mail == []
    assert house.rows("SELECT DISTINCT why_not FROM notices") == [("silent",)]


async def test_digest_tiers_come_together_in_the_morning(house: House) -> None:
    await house.hear(*(record("raised", "plan", alert=f"a{number}") for number in range(5)))
    await house.work()
    assert house.mail == []
    await house.after(hours=22)
    (message,) = house.channel.sent  # type: ignore[attr-defined]
    assert (message.about, len(message.items)) == ("digest", 5)


async def test_above_the_rate_limit_everything_is_merged(house: House) -> None:
    await house.hear(*(record("raised", "act", alert=f"a{number}") for number in range(40)))
    await house.work()
    (message,) = house.channel.sent  # type: ignore[attr-defined]
    assert len(message.items) == 40


async def test_a_record_that_cannot_be_read_is_counted_and_stops_nothing(house: House) -> None:
    await house.hear({"kind": "raised"}, record("snoozed", "act", detail={}), record("raised", "act"))
    await house.work()
    assert house.mail == [("lead", "raised", "act")]
    assert house.metric("notifier_unreadable_total") == 2


async def test_an_answer_to_a_command_for_no_alert_tells_nobody(house: House) -> None:
    await house.hear(record("refused", None, alert=""))
    assert house.rows("SELECT alert_id FROM watched_alerts") == []


async def test_a_role_that_nobody_has_is_counted(house: House) -> None:
    house.has(without("department_lead"))
    await house.hear(record("raised", "act"))
    await house.work()
    assert house.mail == [("clinic", "raised", "act")]
    assert house.metric("notifier_unrouted_total", role="department_lead") == 1


async def test_a_run_that_cannot_be_stored_leaves_nothing_of_itself(house: House) -> None:
    with house.database.begin() as connection:
        connection.exec_driver_sql("DROP TABLE deliveries")
        connection.exec_driver_sql("DROP TABLE notices")
    with pytest.raises((DatabaseLostError, ProgrammingError)):
        await house.hear(record("raised", "act"))
    assert house.rows("SELECT * FROM ledger_applied") == []
    assert house.rows("SELECT * FROM watched_alerts") == []


async def test_the_daily_head_goes_once_a_local_day_to_those_who_keep_it(house: House) -> None:
    house.has(KEPT)
    await house.hear(record("raised", "plan"))
    await house.work()
    await house.work()
    await house.after(hours=14)
    heads = [each for each in house.channel.sent if each.about == "head"]  # type: ignore[attr-defined]
    assert [each.recipient.name for each in heads] == ["keeper", "keeper"]
    assert [each.head.splitlines()[0][-10:] for each in heads] == ["2026-02-02", "2026-02-03"]


async def test_a_head_that_will_never_arrive_counts_as_dead_for_a_day(house: House) -> None:
    house.has(KEPT)
    house.channel.failures["keeper"] = PermanentFailureError("gone", "keeper: no such mailbox")  # type: ignore[attr-defined]
    await house.work()
    await house.work()
    assert house.metric("notifier_dead_notices") == 1
    house.channel.failures.clear()  # type: ignore[attr-defined]
    await house.after(hours=25)
    await house.work()
    assert house.metric("notifier_dead_notices") == 0


async def test_a_name_that_is_not_in_the_policy_is_neither_stored_nor_logged(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    named = record("noted", "act", reason="handed_over", actor="nurse", detail={"to": "Karen Blixen"})
    await house.hear(record("raised", "act"), named, record("changed", "refer", frm="act"))
    await house.work()
    assert house.rows("SELECT DISTINCT recipient FROM notices WHERE why_not = 'no_recipient'") == [(STRANGER,)]
    assert not any("Karen" in str(vars(each)) for each in caplog.records)


async def test_the_gauges_say_what_waits(house: House) -> None:
    await house.hear(record("raised", "act"))
    house.law += 1 * HOURS
    house.caught_up = False
    await house.work()
    assert house.metric("notifier_waiting_notices") == 1
    assert house.metric("notifier_oldest_waiting_age_seconds") == 3600
    house.caught_up = True
    await house.work()
    await house.work()
    assert house.metric("notifier_waiting_notices") == 0
    assert house.metric("notifier_sent_total", channel="mail", tier="act") == 1


async def test_a_look_that_fails_leaves_no_good_figure_standing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.work()
    house.caught_up = False
    later = time.monotonic() + 300
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert house.metric("notifier_caught_up") == 0
    assert house.metric("notifier_look_age_seconds") >= 299


async def test_the_age_of_a_look_counts_from_the_last_one_that_came_to_its_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = time.monotonic() + 300
    monkeypatch.setattr(time, "monotonic", lambda: later)
    await house.work()
    assert house.metric("notifier_look_age_seconds") == 0


async def test_an_alert_that_reached_nobody_is_told_once_the_policy_has_a_route(house: House) -> None:
    house.has(NOBODY)
    await house.hear(record("raised", "escalate"))
    await house.after(minutes=6)
    assert (house.mail, house.metric("notifier_unowned_alerts")) == ([], 1)
    house.has(PEOPLE)
    await house.after(minutes=6)
    assert house.mail == [("watchman", "raised", "escalate")]
    assert house.metric("notifier_unowned_alerts") == 0


async def test_an_alert_that_reaches_nobody_is_written_down_once_however_often_it_is_planned(house: House) -> None:
    house.has(NOBODY)
    await house.hear(record("raised", "escalate"))
    for _ in range(5):
        await house.after(minutes=6)
    assert house.rows("SELECT count(*), count(DISTINCT recipient) FROM notices") == [(3, 3)]


async def test_an_alert_that_is_handed_to_somebody_unknown_does_not_count_as_one_of_which_nobody_heard(
    house: House,
) -> None:
    await house.hear(record("raised", "act"))
    await house.work()
    await house.hear(record("noted", "act", reason="handed_over", actor="nurse", detail={"to": "hk"}))
    await house.work()
    assert house.metric("notifier_unowned_alerts") == 0


async def test_whom_a_tier_or_an_opening_of_before_was_told_to_does_not_count_for_the_present_one(house: House) -> None:
    await house.hear(record("raised", "escalate"), record("raised", "act", alert="a2"))
    await house.work()
    assert len(house.mail) == 2
    house.has(NOBODY)
    await house.hear(record("closed", None, frm="escalate"), record("reopened", "escalate"))
    await house.hear(record("changed", "escalate", alert="a2", frm="act"))
    await house.work()
    assert house.metric("notifier_unowned_alerts") == 2


async def test_an_alert_that_reaches_nobody_is_no_longer_counted_once_it_is_over_or_taken(house: House) -> None:
    house.has(NOBODY)
    await house.hear(record("raised", "escalate"), record("raised", "escalate", alert="a2"))
    await house.work()
    await house.hear(record("closed", None, frm="escalate"))
    await house.hear(record("acknowledged", "escalate", alert="a2", frm="escalate", actor="nurse"))
    await house.after(minutes=6)
    assert house.metric("notifier_unowned_alerts") == 0


@pytest.mark.parametrize(("tier", "after"), [("passed", True), ("escalate", False)])
async def test_what_is_over_knows_whether_the_deadline_has_stood_as_passed(
    house: House, tier: str, after: object
) -> None:
    await house.hear(record("raised", tier))
    await house.work()
    await house.hear(record("changed", None, frm=tier, reason="paused"))
    await house.work()
    assert isinstance(house.channel, Post)
    over = [item for each in house.channel.sent for item in each.items if item.what == "over"]
    assert {(item.reason, item.after_passed) for item in over} == {("paused", after)}
    assert not any(item.after_passed for each in house.channel.sent for item in each.items if item.what == "raised")


async def test_also_who_heard_only_of_a_milder_tier_knows_that_it_has_stood_as_passed(house: House) -> None:
    await house.hear(record("raised", "refer"))
    await house.work()
    await house.hear(record("changed", "passed", frm="refer"), record("closed", None, frm="passed", reason="closed"))
    await house.work()
    assert isinstance(house.channel, Post)
    (over,) = [each for each in house.channel.sent if each.items[0].what == "over"]
    assert (over.recipient.name, over.items[0].after_passed) == ("clinic", True)
