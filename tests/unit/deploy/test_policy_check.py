"""`fristvagt policy check` warns of what can be used and is odd all the same."""

import re
from datetime import date
from pathlib import Path

import pytest

from alerts.policy import Policy
from alerts.policy.policy import DECIDING, ROUTING
from deploy.policy_check import Place, summary, warnings
from deploy.rules import RuleFiles

DEPLOY = Path(__file__).parents[3] / "deploy"
EXAMPLE = (DEPLOY / "examples" / "policy.toml").read_text("utf-8")
TODAY = date(2026, 2, 2)


@pytest.fixture(scope="module")
def place() -> Place:
    files = RuleFiles()
    return Place(files.load_rulebook(), files.load_units(), TODAY)


def odd(place: Place, old: str = "", new: str = "") -> list[str]:
    assert old in EXAMPLE
    return list(warnings(Policy.parse(EXAMPLE.replace(old, new)), place))


def test_the_example_reaches_somebody_for_every_right_at_every_unit_before_and_after_the_merger(place: Place) -> None:
    assert odd(place) == []


def test_the_example_decides_as_the_policy_that_comes_along() -> None:
    example, ours = Policy.parse(EXAMPLE), Policy.load()
    assert (example.rules, example.owners, example.hand_over) == (ours.rules, ours.owners, ours.hand_over)
    assert example.digest == ours.digest, "in the demo one decides by ours, and the other routes by the example"


def test_a_policy_without_routes_reaches_nobody(place: Place) -> None:
    assert next(warnings(Policy.load(), place)) == "there are no [[routes]]: nobody is sent a warning"


def test_a_policy_without_heads_sends_the_ledgers_head_to_nobody(place: Place) -> None:
    said = "there is no [heads]: the ledger's daily head is sent to nobody, and a ledger made anew is not found out"
    assert odd(place, '[heads]\nto = ["specialenhed"]\n') == [said]
    assert [each for each in warnings(Policy.load(), place) if "[heads]" in each] == [said]


def test_a_role_that_nobody_has_is_told_with_its_rights(place: Place) -> None:
    found = odd(place, '[[routes]]\nrole = "hospital"\nto = ["patientkontorer"]\n')
    assert found[0].startswith("nobody is hospital at any unit for cancer.workup, cancer.treatment, ")
    assert found[1].endswith("recipients.patientkontorer: nothing is ever sent to it")


def test_a_region_that_is_left_out_is_told_with_its_units(place: Place) -> None:
    found = odd(
        place,
        'role = "region"\nto = ["vagtcentral"]',
        'role = "region"\nunits = ["926731000016006"]\nto = ["vagtcentral"]',
    )
    assert len(found) == 1
    assert found[0].startswith("nobody is region at unknown units for ")


def test_a_region_that_takes_over_is_missed_before_it_does(place: Place) -> None:
    text = EXAMPLE.replace(', "Region Østdanmark"', "").replace(
        'role = "region"\nto', 'role = "region"\nunits = ["1"]\nto'
    )
    found = [each for each in warnings(Policy.parse(text), place) if each.startswith("from")]
    assert len(found) == 1
    assert found[0].startswith("from 2027-01-01 on nobody is region at unknown units, ")
    assert " more for " in found[0]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'units = ["440781000016009"]\nrights',
            'units = ["1"]\nrights',
            "line 99: routes[2].units: the unit file has no 1",
        ),
        (
            '"Region Syddanmark"',
            '"Syddanmark"',
            "line 127: routes[8].regions: the unit file has no Syddanmark; use Region",
        ),
        ('"cancer.*", "inf', '"canser.*", "inf', "line 99: routes[2].rights: no right is canser.*; use cancer.workup"),
    ],
)
def test_what_does_not_exist_is_told_with_its_line(place: Place, old: str, new: str, message: str) -> None:
    assert [each for each in odd(place, old, new) if each.startswith(message)]


def test_the_summary_counts_recipients_and_routes() -> None:
    assert summary(Policy.parse(EXAMPLE)) == "version 2026-11, 11 recipients, 11 routes"


def test_every_key_is_on_the_page_about_the_policy_and_in_the_example() -> None:
    page = (DEPLOY / "docs" / "policy.md").read_text("utf-8")
    assert [key for key in (*DECIDING, *ROUTING) if not re.search(rf"`\[*{key}[`\].]", page)] == []
    assert [key for key in (*DECIDING, *ROUTING) if key not in EXAMPLE] == []
