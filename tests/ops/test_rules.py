"""Alerting rules: each is valid, says what to do, and is shown silent and firing."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import yaml

from tests.servers.loopback import program

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"
TESTS = sorted((FOLDER / "tests").glob("*.yml"))
GROUPS = [
    group
    for file in sorted((FOLDER / "rules").glob("*.yml"))
    for group in yaml.safe_load(file.read_text("utf-8"))["groups"]
]
ALERTS = [rule for group in GROUPS for rule in group["rules"] if "alert" in rule]
NOTIFIER_RUNBOOKS = [
    rule["annotations"]["runbook_url"]
    for group in GROUPS
    if group["name"] == "fristvagt-notifier"
    for rule in group["rules"]
]
EXPECTED = [
    expected
    for file in TESTS
    for case in yaml.safe_load(file.read_text("utf-8"))["tests"]
    for expected in case["alert_rule_test"]
]

each_alert = pytest.mark.parametrize("alert", ALERTS, ids=[alert["alert"] for alert in ALERTS])


def test_prometheus_takes_the_configuration(run: Callable[..., CompletedProcess[str]]) -> None:
    answer = run(program("promtool"), "check", "config", FOLDER / "prometheus.yml")
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize("file", TESTS, ids=[file.stem for file in TESTS])
def test_the_rules_behave_as_their_tests_say(run: Callable[..., CompletedProcess[str]], file: Path) -> None:
    answer = run(program("promtool"), "test", "rules", file)
    assert answer.returncode == 0, answer.stdout


@each_alert
def test_an_alert_says_how_bad_it_is_and_what_it_means(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in {"critical", "warning", "info"}
    assert alert["annotations"]["summary"]


@each_alert
def test_an_alert_has_a_runbook_of_its_name(top: Path, alert: dict[str, Any]) -> None:
    runbook = (top / alert["annotations"]["runbook_url"]).read_text("utf-8")
    assert runbook.startswith(f"# {alert['alert']}\n")


@pytest.mark.parametrize("heading", ["What it means", "What it means for patients", "Look", "Do", "Over when"])
@each_alert
def test_a_runbook_answers_every_question(top: Path, alert: dict[str, Any], heading: str) -> None:
    assert f"\n## {heading}\n" in (top / alert["annotations"]["runbook_url"]).read_text("utf-8")


@each_alert
def test_an_alert_is_tested_silent_first_and_then_firing(alert: dict[str, Any]) -> None:
    fires = [bool(expected["exp_alerts"]) for expected in EXPECTED if expected["alertname"] == alert["alert"]]
    assert fires[0] is False
    assert True in fires


@pytest.mark.parametrize("runbook", NOTIFIER_RUNBOOKS)
def test_a_runbook_of_the_notifier_looks_at_the_database_that_it_has(top: Path, runbook: str) -> None:
    looked_at = (top / runbook).read_text("utf-8").split("## Look")[1].split("## Do")[0].split()
    assert "postgres" not in looked_at


def test_every_runbook_belongs_to_an_alert(top: Path) -> None:
    named = {alert["annotations"]["runbook_url"] for alert in ALERTS}
    assert {str(path.relative_to(top)) for path in (top / "deploy" / "runbooks").iterdir()} == named
