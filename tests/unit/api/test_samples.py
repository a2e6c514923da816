"""The hand-written records of the web tests have the shape of what the engine really writes."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from stream.result import Result
from tests.unit.api.test_asyncapi import SCHEMAS
from tests.unit.engine.events import ENGINE
from tests.web import samples

NOW = datetime(2026, 2, 6, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def result() -> Result:
    return ENGINE.fact(None, samples.event(), NOW)


def keys(value: bytes | dict[str, Any]) -> set[str]:
    return set(msgspec.json.decode(value) if isinstance(value, bytes) else value)


def test_a_stored_clock(result: Result) -> None:
    real = set(result.clocks[0]["clocks"][0])
    assert keys(samples.clock()) == real == set(SCHEMAS["StoredClock"]["properties"])


def test_a_pathway(result: Result) -> None:
    assert keys(samples.pathway()) == set(result.clocks[0]) == set(SCHEMAS["Pathway"]["properties"])


def test_a_transition(result: Result) -> None:
    described = set(SCHEMAS["Transition"]["properties"])
    assert keys(samples.transition()) == set(result.ledger[0]) == described


def test_an_act_of_staff(result: Result) -> None:
    asked = samples.command("snooze", until="2026-02-06T13:00:00Z", reason="other")
    acted = ENGINE.command(result.row, asked | {"alert_id": result.ledger[0]["alert_id"]}, NOW)
    assert keys(samples.act("snoozed")) == set(acted.ledger[0]) == set(SCHEMAS["Transition"]["properties"])
