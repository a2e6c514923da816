"""On a real Kafka: topics are checked exactly, records are sent with acknowledgement and read without a group."""

import itertools
from collections.abc import AsyncIterator

import pytest
from confluent_kafka import Producer

from stream.worker.partition import partition_of
from stream.worker.transport import (
    Difference,
    Outgoing,
    Placed,
    Sender,
    SendError,
    TopicError,
    TopicSpec,
    TransportError,
    TransportOptions,
    declared_topics,
    end_offsets,
    ensure_topics,
    read_topic,
)
from stream.worker.transport.kafka.client import MAX_BATCH_BYTES
from stream.worker.transport.options import topic_config
from tests.unit.worker.transport.support import Copier, make_topics, running

pytestmark = pytest.mark.kafka

NOBODY = TransportOptions(
    url="kafka://127.0.0.1:1", request_timeout=2, session_timeout=2, send_timeout=1, heartbeat_interval=0.5
)


async def test_missing_topics_are_told_and_made_only_if_asked(options: TransportOptions, prefix: str) -> None:
    spec = TopicSpec(f"{prefix}t", 3, 1, topic_config(compacted=True, retention=None))
    assert await ensure_topics(options, [spec], create=False) == [Difference(spec.name, "topic", "there", "missing")]
    assert await ensure_topics(options, [spec], create=True) == []
    assert await ensure_topics(options, [spec], create=False) == []


async def test_what_differs_is_named_and_left_as_it_is(options: TransportOptions, prefix: str) -> None:
    name = f"{prefix}t"
    await ensure_topics(options, [TopicSpec(name, 3, 1, topic_config(compacted=False, retention=60))], create=True)
    wanted = TopicSpec(name, 4, 3, topic_config(compacted=True, retention=None))
    assert {str(difference) for difference in await ensure_topics(options, [wanted], create=True)} == {
        f"{name}: partitions is 3, should be 4",
        f"{name}: replication is 1, should be 3",
        f"{name}: cleanup.policy is delete, should be compact",
    }


async def test_all_topics_of_an_app_can_be_made_its_changelogs_included(options: TransportOptions, prefix: str) -> None:
    copier = Copier(options, prefix=prefix)
    assert await ensure_topics(options, declared_topics(copier.app), create=True) == []
    assert await end_offsets(options, f"{prefix}copier-rows-changelog") == {0: 0, 1: 0, 2: 0}


async def test_more_copies_than_brokers_are_refused_with_the_reason(options: TransportOptions, prefix: str) -> None:
    with pytest.raises(TopicError, match="InvalidReplicationFactor"):
        await ensure_topics(options, [TopicSpec(f"{prefix}t", 1, 3)], create=True)


async def test_records_sent_are_acknowledged_with_their_places_and_can_be_read(
    options: TransportOptions, prefix: str
) -> None:
    name = f"{prefix}t"
    await ensure_topics(options, [TopicSpec(name, 2)], create=True)
    async with Sender(options) as sender:
        places = await sender.send_many(
            [Outgoing(name, b"k", b"%d" % n, 1, (("h", b"x"),)) for n in range(1500)] + [Outgoing(name, b"k", None, 0)]
        )
    found = [(p, r.offset, r.value, r.headers) async for p, r in read_topic(options, name)]
    assert places[:1500] == [Placed(1, n) for n in range(1500)]
    assert min(found) == (0, 0, None, ())
    assert [entry for entry in found if entry[0]] == [(1, n, b"%d" % n, (("h", b"x"),)) for n in range(1500)]


async def test_what_is_more_than_a_batch_lies_where_it_is_said_in_the_order_of_each_partition(
    options: TransportOptions, prefix: str
) -> None:
    name, others = f"{prefix}t", f"{prefix}u"
    await ensure_topics(options, [TopicSpec(name, 3), TopicSpec(others, 2)], create=True)
    sizes = [10, MAX_BATCH_BYTES // 3, MAX_BATCH_BYTES + 10]
    records = [
        Outgoing((name, others)[n % 2], b"k%d" % (n % 7) if n % 5 else None, b"%d " % n + b"x" * sizes[n % 3])
        for n in range(60)
    ]
    async with Sender(options) as sender:
        places = await sender.send_many(records)
    lies = {(topic, *place): value async for topic, place, value in _all(options, name, others)}
    said = [(record.topic, place.partition, place.offset) for record, place in zip(records, places, strict=True)]
    assert [lies[place] for place in said] == [record.value for record in records]
    assert len(lies) == len(records)
    for topic, count in ((name, 3), (others, 2)):
        keyed = [(r.key, p) for r, p in zip(records, places, strict=True) if r.topic == topic and r.key]
        assert all(place.partition == partition_of(key, count) for key, place in keyed)
    for first, second in itertools.combinations(said, 2):
        assert first[:2] != second[:2] or first[2] < second[2]


async def _all(options: TransportOptions, *topics: str) -> AsyncIterator[tuple[str, Placed, bytes | None]]:
    for topic in topics:
        async for partition, record in read_topic(options, topic):
            yield topic, Placed(partition, record.offset), record.value


async def test_a_part_of_a_topic_can_be_read(options: TransportOptions, prefix: str) -> None:
    name = f"{prefix}t"
    await ensure_topics(options, [TopicSpec(name, 2)], create=True)
    async with Sender(options) as sender:
        await sender.send_many([Outgoing(name, b"k", b"v", n % 2) for n in range(20)])
    found = [(p, r.offset) async for p, r in read_topic(options, name, partition=1, start=3, end=6)]
    assert found == [(1, 3), (1, 4), (1, 5)]


async def test_a_missing_topic_is_named(options: TransportOptions, prefix: str) -> None:
    with pytest.raises(TopicError, match=f"no topic {prefix}nowhere"):
        await end_offsets(options, f"{prefix}nowhere")


async def test_sending_to_a_missing_topic_fails_in_time(options: TransportOptions, prefix: str) -> None:
    quick = TransportOptions(url=options.url, send_timeout=1)
    async with Sender(quick) as sender:
        with pytest.raises(SendError, match="not acknowledged within 1 s"):
            await sender.send_many([Outgoing(f"{prefix}nowhere", b"k", b"v")])


async def test_a_kafka_out_of_reach_is_a_clear_error() -> None:
    with pytest.raises(SendError, match=r"cannot reach kafka://127\.0\.0\.1:1"):
        await Sender(NOBODY).start()
    with pytest.raises(TransportError, match="Is Kafka running"):
        await ensure_topics(NOBODY, [TopicSpec("t", 1)], create=False)


@pytest.mark.parametrize("compression", ["none", "gzip", "snappy", "lz4", "zstd"])
async def test_a_hospital_may_send_with_any_client_and_compression(
    options: TransportOptions, prefix: str, compression: str
) -> None:
    copier = Copier(options, prefix=prefix)
    await make_topics(copier)
    hospital = Producer({"bootstrap.servers": options.bootstrap[0], "compression.type": compression})
    for n in range(20):
        hospital.produce(copier.source, b"%d" % n, key=b"k", partition=0)
    assert hospital.flush(60) == 0
    async with running(copier):
        await copier.saw(20)
    assert copier.values == [b"%d" % n for n in range(20)]
