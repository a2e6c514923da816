"""The hand-written records of the web tests have the shape of what the engine really writes."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from stream.result import Result
from tests.unit.api.test_asyncapi import SCHEMAS
from tests.unit.engine.events import ENGINE
from tests.web import samples


@pytest.fixture(scope="module")
def result() -> Result:
    return ENGINE.fact(None, samples.event(), datetime(2026, 2, 6, 12, tzinfo=UTC))


def keys(value: bytes | dict[str, Any]) -> set[str]:
    return set(msgspec.json.decode(value) if isinstance(value, bytes) else value)


def test_a_stored_clock(result: Result) -> None:
    real = set(result.clocks[0]["clocks"][0])
    assert keys(samples.clock()) == real == set(SCHEMAS["StoredClock"]["properties"])


def test_a_pathway(result: Result) -> None:
    assert keys(samples.pathway()) == set(result.clocks[0]) == set(SCHEMAS["Pathway"]["properties"])


def test_a_transition(result: Result) -> None:
    assert keys(samples.transition()) == set(result.ledger[0]) == set(SCHEMAS["Transition"]["properties"])
