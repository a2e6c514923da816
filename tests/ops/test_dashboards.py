"""Dashboards are what the code builds, and Grafana finds them and their data."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.build import FOLDER, dashboards

PROVISIONING = FOLDER.parent / "provisioning"
COLUMNS = 24


@pytest.fixture(scope="module")
def panels() -> list[dict[str, Any]]:
    board = json.loads((FOLDER / "waiting-times-now.json").read_text("utf-8"))
    return [panel for panel in board["panels"] if panel["type"] != "row"]


@pytest.mark.parametrize(("path", "text"), list(dashboards()), ids=["waiting-times-now"])
def test_a_dashboard_is_what_the_code_builds(path: Path, text: str) -> None:
    assert path.read_text("utf-8") == text, "run: .venv/bin/python -m deploy.grafana.build"


def test_no_dashboard_is_there_that_no_code_builds() -> None:
    assert set(FOLDER.iterdir()) == {path for path, _ in dashboards()}


def test_every_panel_asks_the_provisioned_data_source(panels: list[dict[str, Any]]) -> None:
    provisioned = yaml.safe_load((PROVISIONING / "datasources" / "prometheus.yml").read_text("utf-8"))["datasources"]
    asked = {target["datasource"]["uid"] for panel in panels for target in panel["targets"]}
    assert asked == {source["uid"] for source in provisioned}


def test_every_panel_says_what_it_shows(panels: list[dict[str, Any]]) -> None:
    assert [panel["title"] for panel in panels if not panel["description"]] == []


def test_panels_stand_side_by_side_on_the_grid(panels: list[dict[str, Any]]) -> None:
    taken = [
        (panel["gridPos"]["x"] + column, panel["gridPos"]["y"] + row)
        for panel in panels
        for column in range(panel["gridPos"]["w"])
        for row in range(panel["gridPos"]["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(column for column, _ in taken) < COLUMNS


def test_grafana_is_told_where_the_dashboards_are(top: Path) -> None:
    providers = yaml.safe_load((PROVISIONING / "dashboards" / "fristvagt.yml").read_text("utf-8"))["providers"]
    mounts = yaml.safe_load((top / "docker-compose.yml").read_text("utf-8"))["services"]["grafana"]["volumes"]
    assert f"./deploy/grafana/dashboards:{providers[0]['options']['path']}:ro" in mounts
