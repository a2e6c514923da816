"""Topics are checked exactly, made only if asked, and never changed."""

import pytest

from stream.worker.transport import Difference, TopicSpec, TransportOptions, declared_topics, ensure_topics
from stream.worker.transport.admin import compare
from stream.worker.transport.options import topic_config
from tests.unit.worker.transport.support import IN, OUT, Copier

COMPACT = {"cleanup.policy": "compact"}


async def test_missing_topics_are_told_and_not_made(options: TransportOptions) -> None:
    for _ in range(2):
        [difference] = await ensure_topics(options, [TopicSpec("t", 1)], create=False)
        assert str(difference) == "t: topic is missing, should be there"


async def test_missing_topics_are_made_if_asked(options: TransportOptions) -> None:
    specs = [TopicSpec("t", 1, 3, COMPACT), TopicSpec("u", 2)]
    assert await ensure_topics(options, specs, create=True) == []
    assert await ensure_topics(options, specs, create=False) == []


async def test_a_wrong_number_of_partitions_is_told_and_left(options: TransportOptions) -> None:
    await ensure_topics(options, [TopicSpec("t", 1)], create=True)
    wanted = [Difference("t", "partitions", "2", "1")]
    assert await ensure_topics(options, [TopicSpec("t", 2)], create=True) == wanted


async def test_a_wrong_policy_is_told(options: TransportOptions) -> None:
    await ensure_topics(options, [TopicSpec("t", 1, 1, {"cleanup.policy": "delete"})], create=True)
    [difference] = await ensure_topics(options, [TopicSpec("t", 1, 1, COMPACT)], create=False)
    assert str(difference) == "t: cleanup.policy is delete, should be compact"


def test_an_app_names_its_changelogs_too(options: TransportOptions) -> None:
    topics = {spec.name: spec for spec in declared_topics(Copier(options).app)}
    assert set(topics) == {IN, OUT, "copier-rows-changelog"}
    assert topics["copier-rows-changelog"].compacted


@pytest.mark.parametrize(
    ("found", "differences"),
    [
        (TopicSpec("t", 2, 3, {"cleanup.policy": "delete,compact", "retention.ms": "5", "other": "x"}), 0),
        (TopicSpec("t", 2, 1, {"cleanup.policy": "compact,delete", "retention.ms": "5"}), 1),
        (TopicSpec("t", 2, 0, {"cleanup.policy": "compact,delete"}), 1),
        (TopicSpec("t", 3, 2, {"cleanup.policy": "compact", "retention.ms": "6"}), 4),
        (None, 1),
    ],
)
def test_each_difference_is_named_once(found: TopicSpec | None, differences: int) -> None:
    wanted = TopicSpec("t", 2, 3, {"cleanup.policy": "compact,delete", "retention.ms": "5"})
    assert len(compare(wanted, found)) == differences


SAFE = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "min.insync.replicas": "2",
    "max.message.bytes": "2000",
    "unclean.leader.election.enable": "false",
}
FACTS = TopicSpec("t", 2, 3, topic_config(compacted=False, retention=None))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, None),
        ({"retention.ms": "604800000"}, "t: retention.ms is 604800000, should be -1"),
        ({"retention.bytes": "1000"}, "t: retention.bytes is 1000, should be -1"),
        ({"min.insync.replicas": "1"}, "t: min.insync.replicas is 1, should be 2"),
        ({"min.insync.replicas": "3"}, None),
        ({"min.insync.replicas": "4"}, "t: min.insync.replicas is 4, should be 2"),
        ({"max.message.bytes": "1999"}, "t: max.message.bytes is 1999, should be 2000 or more"),
        ({"max.message.bytes": "5000"}, None),
        ({"unclean.leader.election.enable": "true"}, "t: unclean.leader.election.enable is true, should be false"),
        ({"compression.type": "gzip"}, None),
    ],
)
def test_what_could_lose_a_record_on_kafka_is_named_exactly(changed: dict[str, str], told: str | None) -> None:
    found = compare(FACTS, TopicSpec("t", 2, 3, SAFE | changed), room=2000)
    assert [str(each) for each in found] == ([] if told is None else [told])


def test_the_bytes_of_a_compacted_topic_do_not_matter() -> None:
    wanted = TopicSpec("t", 2, 3, topic_config(compacted=True, retention=None))
    assert compare(wanted, TopicSpec("t", 2, 3, SAFE | {"cleanup.policy": "compact", "retention.bytes": "9"})) == []


def test_one_copy_need_not_wait_for_another() -> None:
    one = TopicSpec("t", 2, 1, FACTS.config)
    assert compare(one, TopicSpec("t", 2, 1, SAFE | {"min.insync.replicas": "1"})) == []
