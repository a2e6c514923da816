"""The moment that answers may carry, from what the worker says of its partitions."""

from datetime import UTC, datetime

import pytest

from api.projection.as_of import worker_as_of
from tests.web.samples import progress


def test_the_oldest_partition_decides() -> None:
    words: list[bytes | str] = [progress(0), progress(1, "2026-02-02T07:00:00Z")]
    assert worker_as_of(words, 2) == datetime(2026, 2, 2, 7, tzinfo=UTC)


@pytest.mark.parametrize("words", [[progress(0)], [progress(0), progress(1, None)]], ids=["missing", "never"])
def test_without_a_word_of_every_partition_nothing_is_promised(words: list[bytes | str]) -> None:
    assert worker_as_of(words, 2) is None
