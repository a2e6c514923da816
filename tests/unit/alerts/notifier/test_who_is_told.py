from datetime import UTC, datetime

import pytest

from alerts.notifier.draft import STRANGER, Pending, WhyNot, Word
from tests.unit.alerts.notifier.situations import MONDAY, PEOPLE, alert, left_out, only, planned, told, without


@pytest.mark.parametrize(
    ("tier", "name"),
    [("plan", "secretary"), ("act", "lead"), ("refer", "clinic"), ("escalate", "watchman")],
)
def test_the_first_role_of_the_tiers_ladder_is_told_of_a_raised_alert(tier: str, name: str) -> None:
    assert told(planned("raised", alert(tier))) == {name: "role"}


def test_roles_of_one_rung_are_told_together() -> None:
    assert told(planned("raised", alert("passed"))) == {"lead": "role", "watchman": "role"}


def test_a_role_of_a_rung_that_nobody_has_is_left_with_its_reason_and_the_others_are_told() -> None:
    found = planned("raised", alert("passed"), text=without("region"))
    assert (told(found), left_out(found)) == ({"lead": "role"}, {"region": WhyNot.NO_ROUTE})


def test_a_role_without_a_route_is_left_with_its_reason_and_the_next_one_is_told_at_once() -> None:
    found = planned("raised", alert("refer"), text=without("hospital"))
    assert told(found) == {"watchman": "instead"}
    assert left_out(found) == {"hospital": WhyNot.NO_ROUTE}


def test_an_alert_that_nobody_can_be_told_of_says_so() -> None:
    text = without("region").replace('role = "department_lead"\n', 'role = "department"\n')
    found = planned("raised", alert("passed"), text=text)
    assert told(found) == {}
    assert found.unowned


def test_an_alert_that_somebody_is_told_of_does_not_say_that_nobody_is() -> None:
    assert not planned("raised", alert()).unowned


def test_who_watches_and_who_owns_are_told_by_name_beside_the_role() -> None:
    found = planned("risen", alert(owner="anna", watchers=("secretary",)))
    assert told(found) == {"lead": "role", "anna": "owner", "secretary": "watcher"}


def test_the_deputy_of_somebody_who_is_away_is_told() -> None:
    assert told(planned("risen", alert(owner="berit"))) == {"lead": "role", "anna": "owner"}


AWAY = {
    "Monday": "{ from = 2026-02-09, to = 2026-02-09 }",
    "the weekend": "{ from = 2026-02-06, to = 2026-02-08 }",
}
FRIDAY_EVENING = datetime(2026, 2, 6, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tier", "away", "name"),
    [("act", "Monday", "anna"), ("act", "the weekend", "berit"), ("escalate", "the weekend", "anna")],
)
def test_a_deputy_counts_for_the_day_on_which_it_goes(tier: str, away: str, name: str) -> None:
    text = PEOPLE.replace("{ from = 2026-02-01, to = 2026-02-28 }", AWAY[away])
    text = text.replace('to = ["lead"]', 'to = ["berit"]').replace('to = ["watchman"]', 'to = ["berit"]')
    assert told(planned("raised", alert(tier), now=FRIDAY_EVENING, text=text)) == {name: "role"}
    owned = planned("handed_over", alert(tier, owner="berit"), to="berit", now=FRIDAY_EVENING, text=text)
    assert told(owned) == {name: "owner"}


def test_an_owner_who_is_no_recipient_is_left_with_that_reason() -> None:
    found = planned("risen", alert(owner="stranger"))
    assert told(found) == {"lead": "role"}
    assert left_out(found) == {STRANGER: WhyNot.NO_RECIPIENT}


def test_a_silent_alert_tells_nobody_and_says_whom_not() -> None:
    found = planned("raised", alert("passed", silent=True))
    assert told(found) == {}
    assert left_out(found) == {"lead": WhyNot.SILENT, "watchman": WhyNot.SILENT}
    assert not found.unowned


def test_nobody_is_told_the_same_tier_twice() -> None:
    found = planned("raised", alert(), words={"lead": Word("raised", "act")})
    assert left_out(found) == {"lead": WhyNot.TOLD_ALREADY}


def test_who_was_told_that_it_was_over_is_told_of_the_same_tier_again() -> None:
    assert told(planned("reopened", alert(), words={"lead": Word("over", None)})) == {"lead": "role"}


def test_who_was_told_of_a_milder_tier_meanwhile_is_told_of_the_higher_one_again() -> None:
    assert told(planned("risen", alert(), words={"lead": Word("lowered", "plan")})) == {"lead": "role"}


def test_a_notice_of_another_tier_that_still_waits_is_taken_back() -> None:
    waits = Pending("n1", "secretary", "raised", "plan")
    found = planned("risen", alert(), pending=[waits])
    assert found.taken_back == ((waits, WhyNot.SUPERSEDED),)


def test_who_heard_of_a_higher_tier_is_told_of_the_milder_one() -> None:
    found = planned("lowered", alert("plan"), words={"lead": Word("raised", "act"), "anna": Word("raised", "plan")})
    assert told(found) == {"secretary": "role", "lead": "told_before"}


def test_the_role_of_the_milder_tier_is_told_unless_one_of_it_knows_of_the_alert() -> None:
    found = planned("lowered", alert(), words={"clinic": Word("raised", "refer")})
    assert told(found) == {"lead": "role", "clinic": "told_before"}
    both = planned("lowered", alert(), words={"clinic": Word("raised", "refer"), "lead": Word("raised", "act")})
    assert (told(both), left_out(both)) == ({"clinic": "told_before"}, {"lead": WhyNot.TOLD_ALREADY})


def test_where_nobody_heard_of_the_higher_tier_the_milder_ones_role_is_told() -> None:
    waits = Pending("n1", "lead", "raised", "act")
    found = planned("lowered", alert("plan"), pending=[waits])
    assert told(found) == {"secretary": "role"}
    assert found.taken_back == ((waits, WhyNot.SUPERSEDED),)


@pytest.mark.parametrize(("news", "status"), [("over", "closed"), ("wrong", "withdrawn"), ("over", "open")])
def test_everyone_who_was_told_or_watches_and_nobody_else_is_told_of_the_end(news: str, status: str) -> None:
    words = {"lead": Word("raised", "act"), "anna": Word("over", None)}
    found = planned(news, alert(None, status=status, owner="clinic", watchers=("secretary",)), words=words)
    assert told(found) == {"lead": "told_before", "secretary": "watcher"}


def test_who_watches_is_told_of_an_end_once() -> None:
    words = {"secretary": Word("over", None)}
    found = planned("over", alert(None, status="closed", watchers=("secretary",)), words=words)
    assert left_out(found) == {"secretary": WhyNot.TOLD_ALREADY}


def test_who_watches_and_was_never_warned_hears_of_an_end_in_the_morning() -> None:
    found = planned("over", alert(None, status="closed", watchers=("secretary",)))
    assert only(found).not_before == datetime(2026, 2, 3, 6, 30, tzinfo=UTC)


def test_who_watches_is_told_of_a_milder_tier_also_where_they_heard_of_no_higher_one() -> None:
    found = planned("lowered", alert("act", watchers=("secretary",)), words={"clinic": Word("raised", "refer")})
    assert told(found) == {"lead": "role", "secretary": "watcher", "clinic": "told_before"}


def test_a_milder_tier_of_which_only_those_hear_who_watch_reaches_nobody() -> None:
    text = (
        without("department_lead")
        .replace('role = "hospital"', 'role = "department"')
        .replace('role = "region"', 'role = "department"')
    )
    found = planned("lowered", alert("act", watchers=("anna",)), text=text)
    assert (told(found), found.unowned) == ({"anna": "watcher"}, True)


def test_who_only_waits_to_be_told_hears_nothing_of_an_alert_that_is_over() -> None:
    waits = Pending("n1", "lead", "raised", "act")
    found = planned("over", alert(None, status="closed"), pending=[waits])
    assert found.taken_back == ((waits, WhyNot.OVER),)
    assert left_out(found) == {"lead": WhyNot.NEVER_TOLD}


def test_the_end_of_a_snooze_is_told_to_the_owner() -> None:
    found = planned("snooze_ended", alert(owner="anna"), words={"anna": Word("raised", "act")})
    assert told(found) == {"anna": "owner"}


def test_the_end_of_a_snooze_is_told_to_the_role_where_the_owner_is_no_recipient() -> None:
    assert told(planned("snooze_ended", alert(owner="stranger"))) == {"lead": "role"}


def test_whom_an_alert_is_handed_to_is_told_if_the_policy_knows_them() -> None:
    assert told(planned("handed_over", alert(owner="anna"), to="anna")) == {"anna": "owner"}
    assert left_out(planned("handed_over", alert(owner="x"), to="x")) == {STRANGER: WhyNot.NO_RECIPIENT}


def test_the_same_situation_gives_the_same_plan() -> None:
    assert planned("raised", alert(), now=MONDAY) == planned("raised", alert(), now=MONDAY)
