"""Rules and dashboards ask for numbers that the code gives, under the names it gives them."""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
RULES = [file.read_text("utf-8") for file in sorted((TOP / "deploy" / "prometheus" / "rules").glob("*.yml"))]
BOARDS = [file.read_text("utf-8") for file in sorted((TOP / "deploy" / "grafana" / "dashboards").glob("*.json"))]
ASKED = sorted(set(re.findall(r"\bfristvagt_[a-z0-9_]+", "\n".join(RULES + BOARDS))))
RECORDED = sorted(set(re.findall(r"record: (\S+)", "\n".join(RULES))))


@pytest.fixture(scope="module")
def given() -> set[str]:
    """The names of metrics in the code, without the endings that Prometheus' client adds."""
    rooms = [path for room in ("alerts", "stream", "api") for path in (TOP / room).rglob("*.py")]
    return {name for path in rooms for name in re.findall(r'"(fristvagt_[a-z0-9_]+)"', path.read_text("utf-8"))}


@pytest.mark.parametrize("name", ASKED)
def test_a_metric_that_is_asked_for_is_given(given: set[str], name: str) -> None:
    assert {name, re.sub(r"_(total|bucket|count|sum)$", "", name)} & given


@pytest.mark.parametrize("name", RECORDED)
def test_a_number_that_is_recorded_is_used(name: str) -> None:
    assert any(name in text.replace(f"record: {name}\n", "") for text in RULES + BOARDS)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\bfristvagt:[a-z0-9_:]+", "\n".join(RULES + BOARDS)))))
def test_a_recorded_number_that_is_used_is_recorded(name: str) -> None:
    assert name in RECORDED
