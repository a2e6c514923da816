"""Every difference of a topic is told with what to do about it."""

import pytest

from deploy.topics import advice
from stream.worker.transport import Difference


@pytest.mark.parametrize(
    ("what", "wanted", "found", "told"),
    [
        ("topic", "there", "missing", "fristvagt doctor --create"),
        ("partitions", "12", "3", "set FRISTVAGT_PARTITIONS=3, or move everything with `fristvagt repartition`"),
        ("partitions", "3", "12", "a topic never shrinks: set FRISTVAGT_PARTITIONS=12"),
        ("replication", "3", "1", "kafka-reassign-partitions.sh, or set FRISTVAGT_REPLICATION=1"),
        ("retention.ms", "-1", "5", "--entity-name t --add-config retention.ms=-1"),
        ("max.message.bytes", "2000 or more", "5", "--add-config max.message.bytes=2000 "),
    ],
)
def test_each_has_its_cure(what: str, wanted: str, found: str, told: str) -> None:
    assert told in advice(Difference("t", what, wanted, found))


def test_what_is_and_what_should_be_come_first() -> None:
    assert advice(Difference("t", "partitions", "12", "3")).startswith("t: partitions is 3, should be 12; ")


def test_a_topic_that_was_asked_for_in_vain_is_not_asked_for_again() -> None:
    assert "look at the broker's log" in advice(Difference("t", "topic", "there", "missing"), create=True)
