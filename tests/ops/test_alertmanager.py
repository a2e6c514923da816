"""Who hears of an operations alert, and what is not told beside it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.servers.alertmanager import Alertmanager, alertmanager
from tests.servers.loopback import program

Run = Callable[..., CompletedProcess[str]]
CONFIG = Path(__file__).parents[2] / "deploy" / "alertmanager" / "alertmanager.yml"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    with alertmanager(tmp_path_factory.mktemp("alertmanager"), CONFIG) as running:
        yield running


def test_alertmanager_takes_the_configuration(run: Run) -> None:
    answer = run(program("amtool"), "check-config", CONFIG)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(
    ("severity", "receiver"),
    [("critical", "operations-now"), ("warning", "operations"), ("info", "operations-daily")],
)
def test_an_alert_goes_to_the_receiver_of_its_severity(run: Run, severity: str, receiver: str) -> None:
    answer = run(program("amtool"), "config", "routes", "test", "--config.file", CONFIG, f"severity={severity}")
    assert receiver in answer.stdout.splitlines()


def held_back(server: Alertmanager) -> set[str]:
    return {alert["labels"]["alertname"] for alert in server.alerts() if alert["status"]["inhibitedBy"]}


def test_what_follows_from_a_dead_worker_is_held_back_and_the_rest_is_told(server: Alertmanager) -> None:
    server.fire(
        [
            {"alertname": "FristvagtWorkerDown", "severity": "critical"},
            {"alertname": "FristvagtDeadlinesNotFired", "severity": "critical"},
            {"alertname": "FristvagtPatientsQuarantined", "severity": "critical"},
        ]
    )
    until = time.monotonic() + 30
    while not (held := held_back(server)) and time.monotonic() < until:
        time.sleep(0.2)
    assert held == {"FristvagtDeadlinesNotFired"}


def test_an_alert_that_is_held_back_exists(top: Path) -> None:
    named = CONFIG.read_text("utf-8").split('target_matchers: [alertname=~"')[1].split('"')[0].split("|")
    rules = (top / "deploy" / "prometheus" / "rules" / "alerts.yml").read_text("utf-8")
    assert [name for name in named if f"alert: {name}\n" not in rules] == []
