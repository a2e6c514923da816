"""Promises of the alert policy: which thresholds hold where, and clear words when the file is wrong."""

import re
import tomllib
from pathlib import Path

import pytest

from alerts.policy import DEFAULT_FILE, Policy, PolicyError
from alerts.policy.policy import DECIDING, ROUTING
from alerts.tiers import TIERS

DEFAULT = DEFAULT_FILE.read_text(encoding="utf-8")
VEJLE = "384851000016002"
AARHUS = "440781000016009"


def policy(extra: str = "", **replaced: str) -> Policy:
    text = DEFAULT + extra
    for old, new in replaced.items():
        text = text.replace(old, new)
    return Policy.parse(text)


def test_the_policy_that_comes_along_has_the_contract_s_ladder_for_waiting_rights() -> None:
    steps = Policy.load().thresholds("cancer.workup", AARHUS).steps
    assert steps == (("plan", 7), ("act", 5), ("refer", 3), ("escalate", 1))


def test_the_policy_that_comes_along_has_two_steps_for_information_rights() -> None:
    assert Policy.load().thresholds("information.surgery_moved", None).steps == (("plan", 3), ("act", 1))


def test_a_right_nobody_has_named_gets_the_ladder_for_all_rights() -> None:
    assert Policy.load().thresholds("psychiatry.workup", None).reached(1) == "escalate"


def test_every_tier_has_an_owner() -> None:
    owners = Policy.load().owners
    assert all(owners[tier] for tier in TIERS)


def test_the_policy_that_comes_along_is_silent_after_thirty_days() -> None:
    assert Policy.load().silent_after_days == 30


def test_a_later_entry_counts_for_its_right_only() -> None:
    heart = policy('\n[[thresholds]]\nrights = ["heart.*"]\nplan = 9\n')
    assert heart.thresholds("heart.post_mi", None).steps == (("plan", 9),)
    assert heart.thresholds("cancer.workup", None).steps[0] == ("plan", 7)


def test_a_unit_can_have_its_own_thresholds() -> None:
    own = policy(f'\n[[thresholds]]\nrights = ["cancer.treatment"]\nunits = ["{VEJLE}"]\nplan = 10\nact = 6\n')
    assert own.thresholds("cancer.treatment", VEJLE).steps == (("plan", 10), ("act", 6))
    assert own.thresholds("cancer.treatment", AARHUS).steps[0] == ("plan", 7)


def test_a_clock_without_a_unit_gets_the_thresholds_for_every_unit() -> None:
    own = policy(f'\n[[thresholds]]\nrights = ["*"]\nunits = ["{VEJLE}"]\nplan = 10\n')
    assert own.thresholds("cancer.treatment", None).steps[0] == ("plan", 7)


def test_the_digest_does_not_change_with_a_comment() -> None:
    assert policy("\n# a word\n").digest == policy().digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("plan = 7", "plan = 8"),
        ('"2026-11"', '"2026-12"'),
        ("silent_after_days = 30", "silent_after_days = 31"),
        ("late_after_seconds = 60", "late_after_seconds = 61"),
        ('rights = ["information.*"]', 'rights = ["information.*"]\nunits = ["1"]'),
    ],
)
def test_the_digest_changes_with_what_decisions_depend_on(old: str, new: str) -> None:
    changed, before = policy(**{old: new}), policy()
    assert changed.digest != before.digest
    assert changed.routing_digest == before.routing_digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"hospital", "region"', '"hospital"'),
        ('from = "08:00"', 'from = "07:00"'),
        ("days_off = true", "days_off = false"),
        ("per_hour = 30", "per_hour = 3"),
        ("refer = 120", "refer = 60"),
        ('at = "07:30"', 'at = "08:30"'),
    ],
)
def test_who_is_told_and_when_changes_the_digest_of_routing_and_no_decision(old: str, new: str) -> None:
    changed, before = policy(**{old: new}), policy()
    assert changed.digest == before.digest
    assert changed.routing_digest != before.routing_digest


def test_every_key_is_in_one_of_the_two_digests() -> None:
    assert not set(DECIDING) & set(ROUTING)
    assert set(tomllib.loads(DEFAULT)) <= {*DECIDING, *ROUTING}


def test_a_policy_file_can_be_given(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(DEFAULT.replace("2026-11", "vejle-1"), encoding="utf-8")
    assert Policy.load(file).version == "vejle-1"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"none\.toml: cannot be read"):
        Policy.load(tmp_path / "none.toml")


def test_a_broken_file_names_itself_and_the_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.toml"
    file.write_text('version = "1"\nplan =\n', encoding="utf-8")
    with pytest.raises(PolicyError, match=r"broken\.toml:2:7: is not TOML: Invalid value$"):
        Policy.load(file)


def test_text_that_is_not_utf8_is_refused_with_the_file_s_name(tmp_path: Path) -> None:
    file = tmp_path / "latin.toml"
    file.write_bytes(b'version = "\xe6"')
    with pytest.raises(PolicyError, match=r"latin\.toml: cannot be read"):
        Policy.load(file)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("silent_after_days = 30", "silent_after_days = -1", "silent_after_days: give a whole number"),
        ("silent_after_days = 30", "silent_after_days = true", "silent_after_days: give a whole number"),
        (
            "late_after_seconds = 60",
            "late_after_second = 60",
            "late_after_second: unknown key; did you mean 'late_after_seconds'",
        ),
        ('version = "2026-11"', 'version = ""', "version: give a text"),
        ('plan = ["department"]', "plan = []", "owners.plan: give a list"),
        ('passed = ["department_lead", "region"]', "", "owners.passed: give a list"),
        ("[owners]", "[owner]", "owner: unknown key"),
        ("plan = 7", 'plan = "7"', r"thresholds\[1\].plan: give a whole number"),
        ("act = 5", "act = 7", r"thresholds\[1\].act: 7 must be fewer days than plan has \(7\)"),
        ("act = 1\n", "act = 1\npassed = 0\n", r"thresholds\[2\].passed: unknown key"),
        ('rights = ["information.*"]', "", r"thresholds\[2\].rights: give a list"),
        ("plan = 3\nact = 1", "", r"thresholds\[2\].plan: give staffed days"),
        ('rights = ["*"]', 'rights = ["cancer.*"]', r'thresholds: one entry needs rights = \["\*"\]'),
        ('rights = ["*"]', 'rights = ["*"]\nunits = []', r"thresholds\[1\].units: give a list"),
    ],
)
def test_a_wrong_value_is_refused_with_its_key_and_what_to_do(old: str, new: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(**{old: new})
    assert [each for each in caught.value.mistakes if re.search(message, str(each))]


def test_a_policy_without_owners_or_thresholds_is_refused() -> None:
    text = 'version = "1"\nsilent_after_days = 1\nlate_after_seconds = 1\n'
    with pytest.raises(PolicyError, match="owners: give a table"):
        Policy.parse(text)


def test_thresholds_must_be_entries() -> None:
    text = DEFAULT[: DEFAULT.index("[[thresholds]]")].replace("[owners]", "thresholds = 3\n[owners]")
    with pytest.raises(PolicyError, match=r"give entries under \[\[thresholds\]\]"):
        Policy.parse(text)
