"""`fristvagt policy explain` says who is told, through what, when and by which lines, for the example policy."""

import re
from datetime import date, datetime
from pathlib import Path

import pytest

from alerts.policy import Policy
from alerts.policy.worktime import ZONE, WorkTime
from deploy.policy_explain import Alert, explained
from deploy.rules import RuleFiles, calendar_for, working_day

EXAMPLE = Path(__file__).parents[3] / "deploy" / "examples" / "policy.toml"
LINES = EXAMPLE.read_text("utf-8").splitlines()
AARHUS = "440781000016009"


def times(policy: Policy) -> WorkTime:
    return WorkTime(policy, working_day(calendar_for(RuleFiles().load_rulebook(), None)))


def said(
    tier: str,
    at: str,
    unit: str | None = AARHUS,
    region: str | None = "Region Midtjylland",
    policy: Policy | None = None,
) -> list[str]:
    alert = Alert("cancer.treatment", tier, unit, region, datetime.fromisoformat(at).replace(tzinfo=ZONE))
    return [line.strip() for line in explained(times(policy or Policy.load(EXAMPLE)), alert)]


def test_the_first_line_says_what_is_asked_in_local_time() -> None:
    asked = said("act", "2026-02-02T10:00")[0]
    assert asked == f"cancer.treatment reaches act at unit {AARHUS} (Region Midtjylland) on Mon 2026-02-02 10:00"


def test_an_alert_by_day_goes_at_once_and_up_the_ladder_by_working_time() -> None:
    steps = [line for line in said("act", "2026-02-02T10:00") if re.match(r"\w{3} 2026", line)]
    patience = ", if nobody has acknowledged for 240 minutes of working time (line 26)"
    assert [line.partition(" (owners")[0] for line in steps] == [
        "Mon 2026-02-02 10:00: department_lead",
        f"Mon 2026-02-02 14:00{patience}: hospital",
        f"Tue 2026-02-03 10:00{patience}: region",
    ]


@pytest.mark.parametrize(
    ("tier", "at", "goes", "why"),
    [
        ("act", "2026-02-06T18:00", "Mon 2026-02-09 07:00", "waits for the end of the quiet hours"),
        ("plan", "2026-02-06T10:00", "Mon 2026-02-09 07:30", "waits for the digest of the morning"),
        ("act", "2026-04-01T18:00", "Tue 2026-04-07 07:00", "waits for the end of the quiet hours"),
        ("refer", "2026-12-23T18:00", "Mon 2026-12-28 07:00", "waits for the end of the quiet hours"),
    ],
)
def test_what_waits_says_until_when_and_why(tier: str, at: str, goes: str, why: str) -> None:
    lines = said(tier, at)
    assert lines[1].startswith(f"{goes}: ")
    assert any(line.startswith(why) for line in lines[2:4])


@pytest.mark.parametrize("tier", ["escalate", "passed"])
def test_the_highest_tiers_go_at_night_and_on_by_the_hour(tier: str) -> None:
    lines = said(tier, "2026-02-07T03:00")
    assert lines[1].startswith("Sat 2026-02-07 03:00: ")
    assert next(line[:20] for line in lines if "60 minutes of all time" in line) == "Sat 2026-02-07 04:00"
    assert not [line for line in lines if line.startswith("waits")]


def test_a_deputy_is_named_with_whom_he_stands_in_for_and_until_when() -> None:
    deputy = said("plan", "2026-07-08T06:00")[2]
    assert deputy.startswith("ledende-overlaege-aarhus, mail to ledende-overlaege@aarhus.example.invalid, in Danish")
    assert "stands in for blodsygdomme-aarhus, who is away until 2026-07-24" in deputy


def test_who_is_away_without_a_deputy_who_is_there_is_told_all_the_same() -> None:
    text = EXAMPLE.read_text("utf-8").replace('deputy = "ledende-overlaege-aarhus"\n', "")
    told = said("plan", "2026-07-08T06:00", policy=Policy.parse(text))[2]
    assert told.startswith("blodsygdomme-aarhus, mail to")
    assert "is away" in told


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (r"owners\.act, line (\d+)", 'act = ["department_lead"]'),
        (r"owners\.refer, line (\d+), since there is no ladder\.act", 'refer = ["hospital", "region"]'),
        (r"route on line (\d+)", "[[routes]]"),
        (r"quiet hours \(line (\d+)\)", "[quiet_hours]"),
        (r"working time \(line (\d+)\)", "act = 240"),
        (r"in Danish \(line (\d+)\)", "[recipients.ledende-overlaege-aarhus]"),
    ],
)
def test_the_lines_that_are_named_say_so(words: str, written: str) -> None:
    found = re.search(words, "\n".join(said("act", "2026-02-06T18:00")))
    assert found
    assert LINES[int(found[1]) - 1] == written


def test_a_default_is_called_one() -> None:
    text = EXAMPLE.read_text("utf-8").replace("[hand_over]\nplan = 480\nact = 240\n", "[hand_over]\nplan = 480\n")
    assert "240 minutes of working time (the default)" in "\n".join(
        said("act", "2026-02-02T10:00", policy=Policy.parse(text))
    )


def test_a_role_that_nobody_has_is_passed_over_and_costs_no_time() -> None:
    text = EXAMPLE.read_text("utf-8").replace(
        'role = "department_lead"\nto', 'role = "department_lead"\nunits = ["1"]\nto'
    )
    lines = said("act", "2026-02-02T10:00", unit=None, region=None, policy=Policy.parse(text))
    assert lines[1] == "department_lead: nobody has this role here; the next one is told instead"
    assert lines[2].startswith("Mon 2026-02-02 10:00: hospital")


def test_an_alert_that_reaches_nobody_says_so() -> None:
    assert said("act", "2026-02-02T10:00", policy=Policy.load())[-1] == "nobody is told: this alert reaches no one"


def test_what_is_explained_is_what_the_policy_says() -> None:
    policy = Policy.load(EXAMPLE)
    at = datetime(2026, 2, 2, 10, tzinfo=ZONE)
    steps = [line for line in said("refer", "2026-02-02T10:00") if re.match(r"\w{3} 2026", line)]
    told = []
    for rung in policy.ladder("refer"):
        told.append(f"{at:%a %Y-%m-%d %H:%M}")
        at = times(policy).goes_at(times(policy).hand_over_at(at, "refer"), "refer").astimezone(ZONE)
        place = (AARHUS, "Region Midtjylland", "cancer.treatment")
        assert any(policy.recipients(role, *place, at.date()) for role in rung)
    assert [line[:20] for line in steps] == told


@pytest.mark.parametrize(("day", "works"), [(19, True), (22, True), (24, False), (26, False), (27, True), (31, False)])
def test_days_off_are_holidays_and_special_days_and_weekends_are_left_to_the_policy(day: int, works: bool) -> None:  # noqa: FBT001
    is_working_day = working_day(calendar_for(RuleFiles().load_rulebook(), None))
    assert is_working_day(date(2026, 12, day)) is works
