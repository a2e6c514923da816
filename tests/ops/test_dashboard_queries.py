"""Every query of every panel brings numbers from the running demo, through a real Prometheus and our own rules."""

import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from deploy.grafana.build import FOLDER
from tests.servers.loopback import free_port, running
from tests.servers.prometheus import Prometheus, prometheus

RULES = FOLDER.parents[1] / "prometheus" / "rules"
BOARDS = [json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))]
QUERIES = {
    f"{panel['title']} {target['refId']}": target["expr"]
    for board in BOARDS
    for panel in board["panels"]
    for target in panel.get("targets", [])
}
CHOICES = {variable["name"]: variable["allValue"] for board in BOARDS for variable in board["templating"]["list"]}
UNKNOWN = {"specversion": "1.0", "id": "1", "source": "urn:test", "type": "dk.fristvagt.nonsense.v1", "data": {}}
PATIENCE = 120.0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The host and port of a running demo, in which a week passes in a minute."""
    folder = tmp_path_factory.mktemp("demo")
    address = f"127.0.0.1:{free_port()}"
    options = (
        "--port",
        address.rpartition(":")[2],
        "--data",
        str(folder / "data"),
        "--pathways",
        "100",
        "--speed",
        "10000",
    )
    command = [sys.executable, "-m", "deploy.cli", "demo", *options]
    with running(command, f"http://{address}/readyz", folder / "demo.log", seconds=PATIENCE):
        yield address


@pytest.fixture(scope="module")
def measured(demo: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that reads the demo and records what the rules say."""
    folder = tmp_path_factory.mktemp("prometheus")
    with prometheus(folder, {"fristvagt-demo": demo}, sorted(RULES.glob("*.yml"))) as server:
        yield server


@pytest.fixture
def used(demo: str) -> Callable[[], None]:
    """Use the demo as people and hospitals do: something is read, and an event that cannot be understood is sent."""

    def once() -> None:
        httpx.get(f"http://{demo}/v1/clocks", timeout=PATIENCE).raise_for_status()
        httpx.post(f"http://{demo}/v1/events", json=UNKNOWN, timeout=PATIENCE).raise_for_status()

    return once


def chosen(expression: str) -> str:
    """Fill in what Grafana fills in when all regions and rights are chosen."""
    for name, value in CHOICES.items():
        expression = expression.replace(f"${name}", value)
    return expression.replace("$__rate_interval", "30s")


def numbers(series: list[dict[str, Any]]) -> list[float]:
    """Return the values of the series that are numbers."""
    return [value for each in series if not math.isnan(value := float(each["value"][1]))]


@pytest.mark.slow
@pytest.mark.parametrize("expression", list(QUERIES.values()), ids=list(QUERIES))
def test_a_panel_shows_numbers(measured: Prometheus, used: Callable[[], None], expression: str) -> None:
    until = time.monotonic() + PATIENCE
    while not (found := numbers(measured.query(chosen(expression)))) and time.monotonic() < until:
        used()
        time.sleep(0.5)
    assert found


@pytest.mark.parametrize("name", sorted(CHOICES))
def test_a_choice_has_something_to_choose(measured: Prometheus, name: str) -> None:
    until = time.monotonic() + PATIENCE
    while not (found := measured.query(f'count by ({name}) (fristvagt_open_clocks{{{name}!=""}})')):
        assert time.monotonic() < until
        time.sleep(0.5)
    assert found
