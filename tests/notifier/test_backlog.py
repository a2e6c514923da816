"""While the stream works off a backlog what may be said waits, and what the backlog calls off is never said."""

from datetime import timedelta

from tests.notifier.house import House, record


async def test_what_a_backlog_calls_off_itself_is_told_to_nobody(house: House) -> None:
    house.backlog = timedelta(minutes=10)
    await house.hear(record("raised", "act"), record("raised", "act", alert="a2"))
    await house.after(minutes=9)
    await house.hear(record("closed", None, frm="act"))
    await house.work()
    assert house.mail == []
    house.backlog = timedelta(0)
    await house.work()
    assert [message.items[0].alert_id for message in house.channel.sent] == ["a2"]  # type: ignore[attr-defined]


async def test_the_digest_waits_for_the_backlog_of_the_morning_too(house: House) -> None:
    await house.hear(record("raised", "plan"), record("raised", "plan", alert="a2"))
    await house.after(hours=21)
    house.backlog = timedelta(minutes=10)
    while not house.metric("notifier_waiting_notices"):
        await house.after(minutes=5)
    await house.hear(record("closed", None, frm="plan"))
    await house.after(minutes=5)
    await house.after(minutes=5)
    (message,) = house.channel.sent  # type: ignore[attr-defined]
    assert [item.alert_id for item in message.items] == ["a2"]


async def test_each_warning_waits_for_a_backlog_so_long_and_no_longer(house: House) -> None:
    house.backlog = timedelta(minutes=10)
    await house.hear(record("raised", "act"))
    await house.after(minutes=6)
    await house.hear(record("raised", "act", alert="a2"))
    await house.after(minutes=6)
    assert [message.items[0].alert_id for message in house.channel.sent] == ["a1"]  # type: ignore[attr-defined]
    await house.after(minutes=6)
    assert [message.items[0].alert_id for message in house.channel.sent] == ["a1", "a2"]  # type: ignore[attr-defined]


async def test_that_nobody_acknowledged_waits_for_a_backlog_so_long_and_no_longer(house: House) -> None:
    await house.hear(record("raised", "refer"))
    await house.work()
    house.backlog = timedelta(minutes=10)
    await house.after(hours=2, minutes=5)
    assert house.mail == [("clinic", "raised", "refer")]
    await house.after(minutes=10)
    assert house.mail[1:] == [("watchman", "not_acknowledged", "refer")]


async def test_an_acknowledgement_out_of_a_backlog_is_in_time(house: House) -> None:
    await house.hear(record("raised", "refer"))
    await house.work()
    house.backlog = timedelta(minutes=10)
    await house.after(hours=2, minutes=5)
    await house.hear(record("acknowledged", "refer", frm="refer", actor="nurse"))
    house.backlog = timedelta(0)
    await house.work()
    assert house.mail == [("clinic", "raised", "refer")]
