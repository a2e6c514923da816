from datetime import UTC, datetime, timedelta

import pytest

from deploy.demo.examples import examples, tier_at
from deploy.rules import RuleFiles
from stream.engine import Engine

TIERS = {"plan", "act", "refer", "escalate", "passed"}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return RuleFiles().load_engine()


@pytest.mark.parametrize("days", range(0, 366, 13))
def test_on_every_day_of_the_year_there_is_a_patient_of_each_tier(engine: Engine, days: int) -> None:
    start = datetime(2026, 1, 1, 7, tzinfo=UTC) + timedelta(days=days)
    found = [tier_at(engine, item.event, start) for item in examples(engine, start)]
    assert sorted(found, key=str) == sorted(TIERS)


def test_examples_lie_before_the_start(engine: Engine) -> None:
    start = datetime(2026, 1, 1, 7, tzinfo=UTC)
    assert all(item.at < start for item in examples(engine, start))
