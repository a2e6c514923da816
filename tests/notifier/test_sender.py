"""What fails is tried again, what never will is told to others, and a message is the same in every attempt."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from alerts.delivery.channels import PermanentFailureError, TemporaryFailureError
from alerts.notifier.attempts import begin, due
from alerts.notifier.planner import Planner
from tests.notifier.house import House, Names, post, record
from tests.unit.alerts.notifier.situations import PEOPLE, without

BUSY = TemporaryFailureError("busy", "lead: the server is busy")
GONE = PermanentFailureError("gone", "clinic: there is no such mailbox")


async def test_a_temporary_failure_is_tried_again_after_a_while_and_a_row_tells_of_each_attempt(house: House) -> None:
    post(house).failures["lead"] = BUSY
    await house.hear(record("raised", "act"))
    await house.work()
    await house.after(seconds=4)
    assert house.rows("SELECT attempt, outcome, why, wait_seconds FROM deliveries") == [(1, "temporary", "busy", 5.0)]
    post(house).failures.clear()
    await house.after(seconds=1)
    assert house.rows("SELECT attempt, outcome FROM deliveries ORDER BY attempt") == [(1, "temporary"), (2, "sent")]


async def test_what_is_most_urgent_is_tried_first_and_what_failed_before_last(house: House) -> None:
    post(house).failures["lead"] = BUSY
    await house.hear(record("raised", "act"))
    await house.work()
    house.law += timedelta(seconds=10)
    house.wall += timedelta(seconds=10)
    await house.hear(record("raised", "act", alert="a2"), record("raised", "escalate", alert="a3"))
    await house.notifier.look()
    with house.database.begin() as connection:
        ids = due(connection, house.wall, ["lead", "watchman"], (), 10)
    assert [house.rows(f"SELECT alert_id FROM notices WHERE message_id = '{each}'") for each in ids] == [
        [("a3",)],
        [("a2",)],
        [("a1",)],
    ]


async def test_a_message_has_the_same_identity_in_every_attempt(house: House) -> None:
    seen: list[str] = []
    post(house).before = lambda message: seen.append(message.notice_id)
    post(house).failures["lead"] = BUSY
    await house.hear(record("raised", "act"))
    for _ in range(4):
        await house.after(minutes=30)
    assert len(seen) == 4
    assert len(set(seen)) == 1


async def test_a_temporary_failure_is_tried_again_however_often_it_failed(house: House) -> None:
    post(house).failures["watchman"] = BUSY
    await house.hear(record("raised", "escalate"))
    for _ in range(20):
        await house.after(minutes=30)
    post(house).failures.clear()
    await house.after(minutes=30)
    assert ("watchman", "raised", "escalate") in house.mail


async def test_an_alert_that_is_over_drops_out_of_a_message_not_yet_sent(house: House) -> None:
    post(house).failures["secretary"] = BUSY
    await house.hear(record("raised", "plan"), record("raised", "plan", alert="a2"))
    await house.after(hours=22)
    await house.hear(record("closed", None, frm="plan"))
    post(house).failures.clear()
    await house.after(hours=1)
    (message,) = post(house).sent
    assert [item.alert_id for item in message.items] == ["a2"]


async def test_a_message_of_which_nothing_is_left_is_dropped(house: House) -> None:
    post(house).failures["lead"] = BUSY
    await house.hear(record("raised", "act"))
    await house.work()
    await house.hear(record("closed", None, frm="act"))
    post(house).failures.clear()
    await house.after(hours=1)
    assert house.mail == []
    assert house.rows("SELECT state FROM messages") == [("dropped",)]


TIMEOUT = TemporaryFailureError("timeout", "lead: no answer in time")
LOST = TemporaryFailureError("connection", "lead: no connection, or it was lost")


@pytest.mark.parametrize(
    "failure", [TIMEOUT, LOST, ZeroDivisionError()], ids=["no answer in time", "the connection was lost", "we failed"]
)
async def test_who_may_have_been_told_before_an_attempt_failed_is_told_of_the_end(
    house: House, failure: Exception
) -> None:
    post(house).failures["lead"] = failure
    await house.hear(record("raised", "act"))
    await house.work()
    await house.hear(record("closed", None, frm="act"))
    post(house).failures.clear()
    await house.after(hours=1)
    assert house.mail == [("lead", "over", None)]


async def test_who_hardly_heard_of_a_tier_is_told_when_it_holds_again(house: House) -> None:
    post(house).failures["lead"] = LOST
    await house.hear(record("raised", "act"))
    await house.work()
    await house.hear(record("changed", "refer", frm="act"), record("changed", "act", frm="refer"))
    post(house).failures.clear()
    await house.after(hours=1)
    assert house.mail == [("lead", "lowered", "act")]


async def test_what_is_dead_after_a_timeout_does_not_count_as_told(house: House) -> None:
    post(house).failures["lead"] = TIMEOUT
    await house.hear(record("raised", "act"))
    await house.work()
    post(house).failures["lead"] = GONE
    await house.after(hours=1)
    post(house).failures.clear()
    await house.hear(record("changed", "plan", frm="act"), record("changed", "act", frm="plan"))
    await house.work()
    assert ("lead", "risen", "act") in house.mail


async def test_what_is_taken_back_while_it_is_under_way_and_arrives_is_told_to_be_over(house: House) -> None:
    await house.hear(record("raised", "act"))
    await house.notifier.look()
    channel = post(house)
    send = channel.send

    async def meanwhile(message: object) -> object:
        channel.send = send  # type: ignore[method-assign]
        await house.hear(record("closed", None, frm="act"))
        return await send(message)  # type: ignore[arg-type]

    channel.send = meanwhile  # type: ignore[method-assign, assignment]
    await house.work()
    await house.work()
    assert house.mail == [("lead", "raised", "act"), ("lead", "over", None)]
    assert house.rows("SELECT state FROM notices ORDER BY number") == [("sent",), ("sent",)]


async def test_a_permanent_failure_is_dead_and_the_next_role_is_told_at_once(house: House) -> None:
    post(house).failures["clinic"] = GONE
    await house.hear(record("raised", "refer"))
    await house.work()
    await house.work()
    assert house.mail == [("watchman", "raised", "refer")]
    assert house.rows("SELECT recipient, state FROM notices ORDER BY number") == [
        ("clinic", "dead"),
        ("watchman", "sent"),
    ]
    assert house.metric("notifier_dead_notices") == 1


async def test_where_another_of_the_role_is_reached_the_ladder_keeps_its_time(house: House) -> None:
    house.has(PEOPLE.replace('to = ["clinic"]', 'to = ["clinic", "anna"]'))
    post(house).failures["clinic"] = GONE
    await house.hear(record("raised", "refer"))
    await house.work()
    await house.work()
    assert house.mail == [("anna", "raised", "refer")]


async def test_a_new_owner_who_cannot_be_reached_is_made_up_for_by_the_next_role(house: House) -> None:
    await house.hear(record("raised", "refer"), record("acknowledged", "refer", actor="nurse"))
    await house.work()
    post(house).failures["anna"] = GONE
    await house.hear(record("noted", "refer", reason="handed_over", actor="nurse", detail={"to": "anna"}))
    await house.work()
    await house.work()
    assert house.mail == [("clinic", "raised", "refer"), ("watchman", "raised", "refer")]


RENAMED = PEOPLE.replace("clinic = {", "bureau = {").replace('["clinic"]', '["bureau"]')
NOBODY_THERE = (
    without("hospital").replace('clinic = { mail = "clinic@hospital.example" }\n', "").replace('["clinic"]', '["anna"]')
)


@pytest.mark.parametrize(
    ("policy", "name"),
    [(RENAMED, "bureau"), (NOBODY_THERE, "watchman")],
    ids=["has another name", "has nobody in their place"],
)
async def test_whom_the_policy_has_no_more_is_sent_nothing_and_their_role_or_else_the_next_is_told(
    house: House, policy: str, name: str
) -> None:
    post(house).failures["clinic"] = BUSY
    await house.hear(record("raised", "refer"))
    await house.work()
    house.has(policy)
    post(house).failures.clear()
    await house.after(hours=1)
    await house.work()
    assert house.mail == [(name, "raised", "refer")]


async def test_a_recipient_who_is_renamed_before_the_morning_is_told_that_morning_under_the_new_name(
    house: House,
) -> None:
    await house.hear(record("raised", "plan"))
    house.has(PEOPLE.replace("secretary = {", "office = {").replace('["secretary"]', '["office"]'))
    await house.after(hours=21, minutes=30, seconds=1)
    await house.work()
    assert house.mail == [("office", "raised", "plan")]


async def test_a_changed_address_counts_for_what_is_still_to_be_sent(house: House) -> None:
    post(house).failures["lead"] = BUSY
    await house.hear(record("raised", "act"))
    await house.work()
    house.has(PEOPLE.replace("lead@ward.example", "new@ward.example"))
    post(house).failures.clear()
    await house.after(minutes=1)
    assert [message.recipient.address for message in post(house).sent] == ["new@ward.example"]


async def test_a_message_that_cannot_be_made_keeps_no_other_and_is_tried_again(house: House) -> None:
    post(house).failures["lead"] = ZeroDivisionError()
    await house.hear(record("raised", "act"), record("raised", "refer", alert="a2"))
    await house.work()
    assert house.mail == [("clinic", "raised", "refer")]
    assert house.rows("SELECT outcome, why FROM deliveries WHERE outcome <> 'sent'") == [("temporary", "error")]


async def test_of_two_notifiers_one_sends_until_it_is_gone(houses: Callable[..., House]) -> None:
    one, other = houses(holder="one"), houses(holder="other")
    await one.hear(record("raised", "act"))
    await one.notifier.look()
    await other.work()
    assert other.mail == []
    other.wall += timedelta(seconds=61)
    await other.work()
    assert other.mail == [("lead", "raised", "act")]
    one.wall += timedelta(seconds=61)
    await one.notifier.send()
    assert one.mail == []


async def test_a_notifier_that_leaves_lets_another_send_at_once(houses: Callable[..., House]) -> None:
    one, other = houses(holder="one"), houses(holder="other")
    await one.hear(record("raised", "act"))
    await one.notifier.look()
    await one.notifier.leave()
    await other.work()
    assert other.mail == [("lead", "raised", "act")]


async def test_a_turn_from_before_the_clock_was_set_back_is_free(houses: Callable[..., House]) -> None:
    gone, other = houses(holder="gone"), houses(holder="other")
    await gone.hear(record("raised", "act"))
    await gone.notifier.look()
    other.wall -= timedelta(hours=2)
    await other.work()
    assert other.mail == [("lead", "raised", "act")]


async def test_what_was_put_off_before_the_clock_was_set_back_is_tried_again(house: House) -> None:
    post(house).failures["lead"] = BUSY
    await house.hear(record("raised", "act"))
    await house.work()
    post(house).failures.clear()
    house.wall -= timedelta(hours=2)
    await house.work()
    assert house.mail == [("lead", "raised", "act")]


async def test_a_warning_that_is_leaving_just_when_its_alert_ends_is_followed_by_the_end(house: House) -> None:
    await house.hear(record("raised", "act"))
    await house.notifier.look()
    ((message_id,),) = house.rows("SELECT message_id FROM messages")
    with house.database.begin() as connection:
        begin(Planner(connection, house.policies.rules, house.law), message_id, Names(), house.wall)
        ending = asyncio.create_task(house.hear(record("closed", None, frm="act")))
        await asyncio.sleep(0.5)
    await ending
    assert house.rows("SELECT what, state FROM notices ORDER BY number") == [("raised", "dropped"), ("over", "waiting")]
