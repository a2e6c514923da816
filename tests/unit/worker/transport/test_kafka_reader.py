"""A read that aiokafka made from another place than the one wanted is not used."""

from types import SimpleNamespace
from typing import Any

import pytest

from stream.worker.transport.kafka.reader import _batch
from stream.worker.transport.ownership import Batch


def found(*offsets: int) -> list[Any]:
    return [SimpleNamespace(offset=n, key=b"k", value=b"v", headers=(), timestamp=1000) for n in offsets]


def assignment(position: int) -> Any:
    return SimpleNamespace(state_value=lambda _: SimpleNamespace(has_valid_position=True, position=position))


@pytest.mark.parametrize("offsets", [(167, 168, 169), (169, 170, 171)])
def test_records_from_before_the_offset_wanted_are_not_used(offsets: tuple[int, ...]) -> None:
    assert _batch(assignment(172), "in-0", 170, found(*offsets)) == Batch(170, (), 170)


def test_records_from_the_offset_wanted_are() -> None:
    batch = _batch(assignment(174), "in-0", 170, found(170, 171))
    assert ([record.offset for record in batch.records], batch.next) == ([170, 171], 174)
