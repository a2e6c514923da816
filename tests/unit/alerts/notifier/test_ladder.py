from datetime import timedelta

import pytest

from alerts.notifier.draft import Pending, Why, WhyNot, Word
from alerts.notifier.planning import Plan, calmed
from tests.unit.alerts.notifier.situations import (
    MONDAY,
    MORNING,
    NIGHT,
    PEOPLE,
    alert,
    left_out,
    planned,
    told,
    without,
)

HOUR = timedelta(hours=1)


def handed_on(tier: str, step: int, **more: object) -> Plan:
    at = alert(tier, step=step, cause="t1")
    return planned("not_acknowledged", at, step=step + 1, why=Why.NOT_ACKNOWLEDGED, **more)  # type: ignore[arg-type]


def test_a_raised_alert_waits_for_the_working_minutes_of_its_tier() -> None:
    assert planned("raised", alert("refer")).hand_over_at == MONDAY + 2 * HOUR


def test_working_minutes_are_counted_from_when_the_notice_may_go() -> None:
    found = planned("raised", alert("refer"), now=NIGHT)
    assert found.hand_over_at == MORNING + 3 * HOUR


def test_escalate_counts_every_minute_and_never_waits() -> None:
    found = planned("raised", alert("escalate"), now=NIGHT)
    assert found.hand_over_at == NIGHT + HOUR


@pytest.mark.parametrize(("step", "name"), [(0, "watchman"), (-1, "clinic")])
def test_the_next_role_is_told_when_nobody_acknowledges(step: int, name: str) -> None:
    found = handed_on("refer", step)
    assert told(found) == {name: "not_acknowledged"}
    assert found.step == step + 1


def test_a_rung_whose_people_know_already_is_passed_over() -> None:
    text = PEOPLE.replace('role = "region"\nto = ["watchman"]', 'role = "region"\nto = ["clinic"]')
    text += '[[routes]]\nrole = "specialist_unit"\nto = ["watchman"]\n'
    found = handed_on("refer", 0, text=text, words={"clinic": Word("raised", "refer")})
    assert told(found) == {"watchman": "not_acknowledged"}
    assert left_out(found) == {"clinic": WhyNot.TOLD_ALREADY}
    assert found.step == 2


def test_a_rung_without_a_route_is_passed_over_with_its_reason() -> None:
    text = without("region") + '[[routes]]\nrole = "specialist_unit"\nto = ["watchman"]\n'
    found = handed_on("refer", 0, text=text)
    assert told(found) == {"watchman": "instead"}
    assert left_out(found) == {"region": WhyNot.NO_ROUTE}


def test_at_the_end_of_the_ladder_nobody_is_waited_for() -> None:
    found = handed_on("refer", 2)
    assert (found.drafts, found.hand_over_at, found.unowned) == ((), None, False)


def test_where_the_last_one_cannot_be_reached_nobody_is_told_and_that_is_said() -> None:
    found = planned("raised", alert("refer", step=2), step=3, why=Why.INSTEAD)
    assert (found.drafts, found.unowned) == ((), True)


@pytest.mark.parametrize("news", ["over", "wrong"])
def test_an_end_waits_for_nobody(news: str) -> None:
    assert planned(news, alert(None, status="closed", hand_over_at=MONDAY)).hand_over_at is None


def test_what_has_become_milder_is_waited_for_as_before_from_the_first_rung_on() -> None:
    at = alert("act", step=1, hand_over_at=MONDAY + HOUR)
    found = planned("lowered", at, words={"lead": Word("raised", "act")})
    assert (found.hand_over_at, found.step) == (MONDAY + 4 * HOUR, 0)


def test_what_has_become_milder_and_is_acknowledged_is_not_waited_for() -> None:
    at = alert("act", acknowledged="refer", hand_over_at=MONDAY + HOUR)
    assert planned("lowered", at, words={"clinic": Word("raised", "refer")}).hand_over_at is None


def test_a_silent_alert_waits_for_nobody() -> None:
    assert planned("raised", alert("passed", silent=True)).hand_over_at is None


def test_the_end_of_a_snooze_and_a_new_owner_are_waited_for_anew() -> None:
    assert planned("snooze_ended", alert("refer", owner="anna")).hand_over_at == MONDAY + 2 * HOUR
    assert planned("handed_over", alert("refer", owner="x"), to="x").hand_over_at == MONDAY + 2 * HOUR


def test_a_new_owner_does_not_begin_the_ladder_anew() -> None:
    assert planned("handed_over", alert("refer", owner="anna", step=1), to="anna").step == 1


def test_that_nobody_acknowledged_is_not_told_once_somebody_has() -> None:
    nobody, raised = Pending("n1", "lead", "not_acknowledged", "act"), Pending("n2", "anna", "raised", "act")
    assert calmed([nobody, raised]) == ((nobody, WhyNot.ACKNOWLEDGED),)
