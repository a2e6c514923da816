"""What never went, or never will, keeps nobody from being told when it is planned anew."""

from alerts.delivery.channels import PermanentFailureError, TemporaryFailureError
from tests.notifier.house import House, post, record
from tests.unit.alerts.notifier.situations import PEOPLE, without

BUSY = TemporaryFailureError("busy", "the server is busy")
GONE = PermanentFailureError("gone", "there is no such mailbox")
NOBODY = without("region").replace('role = "department_lead"', 'role = "department"')
LIKE_THE_ROLE = PEOPLE.replace("watchman = {", "region = {").replace('["watchman"]', '["region"]')
"""The policy whose region is told through a recipient of that very name."""

ONLY_LEAD = PEOPLE + '[ladder]\nact = [["department_lead"]]\n'
NO_LEAD = ONLY_LEAD.replace('lead = { mail = "lead@ward.example", language = "en" }\n', "").replace(
    '[[routes]]\nrole = "department_lead"\nto = ["lead"]\n', ""
)


async def test_who_is_called_like_a_role_that_nobody_had_is_told_once_the_role_is_theirs(house: House) -> None:
    house.has(NOBODY)
    await house.hear(record("raised", "escalate"))
    await house.after(minutes=6)
    house.has(LIKE_THE_ROLE)
    await house.after(minutes=6)
    assert house.mail == [("region", "raised", "escalate")]


async def test_who_was_taken_out_of_the_policy_by_mistake_is_told_once_they_are_back(house: House) -> None:
    house.has(ONLY_LEAD)
    house.caught_up = False
    await house.hear(record("raised", "act"))
    house.caught_up = True
    house.has(NO_LEAD)
    await house.work()
    assert ("lead", "no_recipient") in house.rows("SELECT recipient, why_not FROM notices")
    house.has(ONLY_LEAD)
    await house.after(minutes=6)
    await house.after(minutes=6)
    assert house.mail == [("lead", "raised", "act")]


async def test_who_is_taken_out_and_comes_back_again_and_again_is_told_once(house: House) -> None:
    post(house).failures["lead"] = BUSY
    await house.hear(record("raised", "act"))
    for _ in range(3):
        house.has(ONLY_LEAD)
        await house.after(minutes=6)
        house.has(NO_LEAD)
        await house.after(hours=1)
    assert house.rows("SELECT count(*) FROM notices WHERE recipient = 'lead' AND state = 'dropped'") == [(3,)]
    post(house).failures.clear()
    house.has(ONLY_LEAD)
    await house.after(minutes=6)
    await house.after(minutes=6)
    assert house.mail == [("lead", "raised", "act")]


async def test_who_could_not_be_reached_is_tried_again_when_the_ladder_comes_to_them(house: House) -> None:
    """The region was told instead of the hospital, in vain; then the hospital is, and does not acknowledge."""
    post(house).failures |= {"clinic": GONE, "watchman": GONE}
    await house.hear(record("raised", "refer"))
    for _ in range(3):
        await house.work()
    post(house).failures.clear()
    house.has(PEOPLE.replace("clinic@hospital", "new@hospital"))
    await house.after(minutes=6)
    await house.after(minutes=6)
    await house.after(hours=3)
    assert house.mail == [("clinic", "raised", "refer"), ("watchman", "not_acknowledged", "refer")]


async def test_where_all_addresses_are_dead_each_is_tried_once_and_whoever_comes_new_is_told(house: House) -> None:
    tried: list[str] = []
    post(house).before = lambda message: tried.append(message.recipient.name)
    post(house).failures |= {"clinic": GONE, "watchman": GONE}
    await house.hear(record("raised", "refer"))
    for _ in range(6):
        await house.after(minutes=6)
    assert tried == ["clinic", "watchman"]
    assert house.metric("notifier_unowned_alerts") == 1
    house.has(PEOPLE.replace('to = ["clinic"]', 'to = ["anna"]'))
    await house.after(minutes=6)
    assert house.mail == [("anna", "raised", "refer")]
