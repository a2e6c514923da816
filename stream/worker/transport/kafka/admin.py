"""Looking at and making topics on Kafka."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    KafkaError,
    LeaderNotAvailableError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.metadata import MetadataRequest

from stream.worker.transport.errors import TopicError
from stream.worker.transport.kafka.client import connection
from stream.worker.transport.kafka.diagnosis import refusal
from stream.worker.transport.options import TopicSpec, TransportOptions, copies_in_sync, keeping, room_for

_BEING_MADE = {0, LeaderNotAvailableError.errno}
"""A topic that has just been made has no leader for a moment, but is there."""
_LOOK = 0.05
"""Seconds between looks at whether new topics are shown."""
_USUAL_BYTES = 1_048_588
"""A broker's own max.message.bytes. A topic of ours takes no less than others."""


@asynccontextmanager
async def administering(options: TransportOptions) -> AsyncIterator[Any]:
    """Connect an administrator. What Kafka raises inside becomes a TransportError in one line."""
    admin = AIOKafkaAdminClient(**connection(options), request_timeout_ms=int(options.send_timeout * 1000))
    try:
        await admin.start()
        yield admin
    except KafkaError as error:
        raise await refusal(options, error) from error
    finally:
        await admin.close()


async def describe(options: TransportOptions, names: Sequence[str]) -> dict[str, TopicSpec]:
    """Return those of the named topics that exist. Raises TransportError; a right that is lacking names the topic."""
    if not names:
        return {}
    async with administering(options) as admin:
        topics = await topics_of(admin, names)
        configs = await _configs(admin, list(topics))
    return {
        name: TopicSpec(
            name, len(topic["partitions"]), min(len(p["replicas"]) for p in topic["partitions"]), configs[name]
        )
        for name, topic in topics.items()
    }


async def topics_of(admin: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return what an administrator sees of those of the named topics that exist. Raises KafkaError."""
    # Not describe_topics: it lets the broker make what is missing, with one partition, and a look must change nothing.
    answer = await admin._send_request(MetadataRequest(list(names), allow_auto_topic_creation=False))  # noqa: SLF001
    found = answer.to_object()["topics"]
    barred = {topic["topic"] for topic in found if topic["error_code"] == TopicAuthorizationFailedError.errno}
    if barred:
        raise TopicAuthorizationFailedError(barred)
    for topic in found:
        if topic["error_code"] not in _BEING_MADE | {UnknownTopicOrPartitionError.errno}:
            raise for_code(topic["error_code"])(topic["topic"])
    return {topic["topic"]: topic for topic in found if topic["error_code"] in _BEING_MADE}


async def _configs(admin: Any, names: list[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    resources = [resource for answer in answers for resource in answer.resources]
    barred = {resource[3] for resource in resources if resource[0] == TopicAuthorizationFailedError.errno}
    if barred:
        raise TopicAuthorizationFailedError(barred)
    return {resource[3]: {entry[0]: entry[1] for entry in resource[4]} for resource in resources}


async def create(options: TransportOptions, specs: Sequence[TopicSpec]) -> None:
    """Make topics; one that another process makes meanwhile is good too. Raises TopicError, TransportError."""
    new = [_new(spec, options.max_message_bytes) for spec in specs]
    async with administering(options) as admin:
        answer = await admin.create_topics(new)
        for topic, code, reason in answer.topic_errors:
            if code not in (0, TopicAlreadyExistsError.errno):
                raise TopicError(f"Kafka would not make {topic}: {for_code(code).__name__}, {reason}")
        await _shown(admin, [spec.name for spec in specs], options.send_timeout)


async def _shown(admin: Any, names: Sequence[str], seconds: float) -> None:
    """Return when topics that were made are shown: the controller knows of them before its brokers do."""
    until = time.monotonic() + seconds
    while missing := set(names) - (await topics_of(admin, names)).keys():
        if time.monotonic() > until:
            raise TopicError(f"Kafka has made {', '.join(sorted(missing))}, but does not show it: look at its brokers")
        await asyncio.sleep(_LOOK)


def _new(spec: TopicSpec, max_message_bytes: int) -> NewTopic:
    settings = {
        "min.insync.replicas": str(copies_in_sync(spec.replication)),
        "max.message.bytes": str(max(room_for(max_message_bytes), _USUAL_BYTES)),
        **keeping(spec),
        **spec.config,
    }
    return NewTopic(spec.name, spec.partitions, spec.replication, topic_configs=settings)
