"""Who is told: roles of a tier, the route that counts, deputies, and the holes that nobody fills."""

from datetime import date

import pytest

from alerts.policy import Policy
from alerts.policy.routes import Hole
from tests.unit.alerts.policy.small import LINES, policy

VEJLE, AARHUS = "384851000016002", "440781000016009"
ON = date(2026, 2, 2)
TOWN = """
[recipients.everywhere]
mail = "everywhere@example.dk"
[recipients.vejle]
mail = "vejle@example.dk"
language = "en"
[recipients.heart]
webhook = "https://example.dk/heart"
secret = "heart"
[recipients.fyn]
mail = "fyn@example.dk"
[[routes]]
role = "department"
to = ["everywhere"]
[[routes]]
role = "department"
regions = ["Fyn"]
to = ["fyn"]
[[routes]]
role = "department"
units = ["384851000016002"]
to = ["vejle", "everywhere"]
[[routes]]
role = "department"
units = ["384851000016002"]
rights = ["heart.*"]
to = ["heart"]
"""
AWAY = """
[recipients.anna]
mail = "anna@example.dk"
deputy = "bo"
away = [{ from = 2026-07-06, to = 2026-07-24 }, { from = 2026-12-23, to = 2026-12-31 }]
[recipients.bo]
mail = "bo@example.dk"
deputy = "carl"
away = [{ from = 2026-07-20, to = 2026-08-07 }]
[recipients.carl]
mail = "carl@example.dk"
away = [{ from = 2026-07-24, to = 2026-07-24 }]
[[routes]]
role = "department"
to = ["anna", "bo"]
"""


def names(
    role: str, unit: str | None, region: str | None, right: str = "cancer.workup", *, on: date = ON, added: str = TOWN
) -> list[str]:
    return [each.name for each in policy(added).recipients(role, unit, region, right, on)]


@pytest.mark.parametrize(
    ("unit", "region", "right", "told"),
    [
        (AARHUS, "Midtjylland", "cancer.workup", ["everywhere"]),
        (AARHUS, "Fyn", "cancer.workup", ["fyn"]),
        (VEJLE, "Fyn", "cancer.workup", ["vejle", "everywhere"]),
        (VEJLE, None, "heart.post_mi", ["heart"]),
        (None, None, "heart.post_mi", ["everywhere"]),
    ],
)
def test_the_last_route_that_fits_counts(unit: str | None, region: str | None, right: str, told: list[str]) -> None:
    assert names("department", unit, region, right) == told


def test_a_role_without_a_route_reaches_nobody() -> None:
    assert names("hospital", VEJLE, "Fyn") == []
    assert policy(TOWN).route("hospital", VEJLE, "Fyn", "cancer.workup") is None


def test_a_recipient_has_channel_address_and_language() -> None:
    town = policy(TOWN)
    vejle = town.recipients("department", VEJLE, None, "cancer.workup", ON)[0]
    heart = town.recipients("department", VEJLE, None, "heart.post_mi", ON)[0]
    assert (vejle.channel, vejle.address, vejle.language) == ("mail", "vejle@example.dk", "en")
    assert (heart.channel, heart.address, heart.language) == ("webhook", "https://example.dk/heart", "da")
    assert town.contacts[heart.name].secret == "heart"


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2026-07-05", ["anna", "bo"]),
        ("2026-07-06", ["bo"]),  # once, though he is told for anna too
        ("2026-07-20", ["carl"]),
        ("2026-07-23", ["carl"]),
        ("2026-07-24", ["anna", "bo"]),  # nobody is there: told all the same
        ("2026-07-25", ["anna", "carl"]),
        ("2026-12-31", ["bo"]),
    ],
)
def test_deputies_stand_in_on_the_days_of_absence_both_included(day: str, told: list[str]) -> None:
    assert names("department", None, None, on=date.fromisoformat(day), added=AWAY) == told


def test_the_ladder_is_the_owners_and_then_the_owners_of_the_next_tier_each_role_once() -> None:
    assert policy().ladder("plan") == (("department",), ("department_lead",))
    assert policy().ladder("refer") == (("hospital",), ("region",), ("specialist_unit",))


def test_from_escalate_on_all_owners_are_told_at_once() -> None:
    assert policy().ladder("escalate") == (("region", "specialist_unit"), ("department_lead",))
    assert policy().ladder("passed") == (policy().roles("passed"),) == (("department_lead", "region"),)


def test_roles_of_an_own_ladder_can_be_told_together() -> None:
    own = policy(TOWN + '[ladder]\nplan = ["department", ["hospital", "region", "department"]]\n')
    assert own.ladder("plan") == (("department",), ("hospital", "region"))


def test_a_ladder_of_its_own_replaces_the_default_for_its_tier_only() -> None:
    own = policy('[ladder]\nplan = ["department", "region"]\n')
    assert own.ladder("plan") == (("department",), ("region",))
    assert own.ladder("act") == (("department_lead",), ("hospital",), ("region",))


def test_hand_over_has_a_default_for_each_tier() -> None:
    own = policy("[hand_over]\nplan = 30\n").hand_over
    assert own == {"plan": 30, "act": 240, "refer": 120, "escalate": 60, "passed": 60}


def test_the_test_route_and_those_who_get_the_ledger_s_head_are_recipients() -> None:
    own = policy(TOWN + '[test_route]\nto = ["vejle"]\n[heads]\nto = ["fyn", "heart"]\n')
    assert [each.name for each in own.test_route] == ["vejle"]
    assert [each.name for each in own.heads] == ["fyn", "heart"]


def test_a_small_policy_sends_nothing_and_has_thirty_messages_an_hour() -> None:
    own = policy()
    assert (own.contacts, own.routes, own.test_route, own.heads, own.rate_limit) == ({}, (), (), (), 30)


def test_the_policy_that_comes_along_names_nobody() -> None:
    assert (Policy.load().contacts, Policy.load().routes) == ({}, ())


def test_a_hole_is_a_role_that_a_tier_needs_and_nobody_has() -> None:
    units = [(VEJLE, "Fyn"), (AARHUS, "Midtjylland"), (None, None)]
    only_department = Policy.parse(SMALLER + TOWN)
    assert only_department.unrouted(units, ["cancer.workup"]) == ()
    missing = policy(TOWN).unrouted(units, ["cancer.workup", "heart.post_mi"])
    both = ("cancer.workup", "heart.post_mi")
    places = (VEJLE, AARHUS, None)
    assert missing == tuple(Hole(role, both, places) for role in ("department_lead", "hospital", "region"))


def test_a_route_for_some_units_and_rights_leaves_a_hole_for_the_others() -> None:
    some = TOWN.replace('role = "department"\nto', 'role = "department"\nunits = ["1"]\nto')
    assert Policy.parse(SMALLER + some).unrouted(
        [(VEJLE, None), (AARHUS, None), (None, None)], ["cancer.workup", "heart.post_mi"]
    ) == (Hole("department", ("cancer.workup", "heart.post_mi"), (AARHUS, None)),)


def test_a_tier_that_a_right_never_reaches_needs_nobody() -> None:
    only_plan = policy().unrouted([(VEJLE, None)], ["cancer.workup"])
    assert "specialist_unit" not in {hole.role for hole in only_plan}


def test_lines_are_those_of_the_file() -> None:
    town = policy(TOWN)
    route = town.route("department", VEJLE, None, "heart.post_mi")
    assert route is not None
    assert (route.line, town.contacts["vejle"].line) == (LINES + 23, LINES + 4)
    assert (town.line("owners", "plan"), town.line("hand_over", "plan")) == (5, None)


SMALLER = """
version = "1"
silent_after_days = 30
late_after_seconds = 60
[owners]
plan = ["department"]
act = ["department"]
refer = ["department"]
escalate = ["department"]
passed = ["department"]
[[thresholds]]
rights = ["*"]
plan = 7
"""
