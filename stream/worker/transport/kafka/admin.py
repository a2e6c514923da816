"""Looking at and making topics on Kafka."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from stream.worker.transport.errors import TopicError, TransportError
from stream.worker.transport.kafka.client import connection
from stream.worker.transport.options import TopicSpec, TransportOptions


@asynccontextmanager
async def _admin(options: TransportOptions) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(**connection(options), request_timeout_ms=int(options.send_timeout * 1000))
    try:
        await admin.start()
        yield admin
    except KafkaError as error:
        raise TransportError(f"{options.url}: {error!r}. Is Kafka running, and may this user ask?") from error
    finally:
        await admin.close()


async def describe(options: TransportOptions, names: Sequence[str]) -> dict[str, TopicSpec]:
    """Return those of the named topics that exist. Raises TransportError."""
    if not names:
        return {}
    async with _admin(options) as admin:
        found = await admin.describe_topics(list(names))
        topics = {topic["topic"]: topic for topic in found if not topic["error_code"]}
        configs = await _configs(admin, list(topics))
    return {
        name: TopicSpec(
            name, len(topic["partitions"]), min(len(p["replicas"]) for p in topic["partitions"]), configs[name]
        )
        for name, topic in topics.items()
    }


async def _configs(admin: Any, names: list[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    resources = [resource for answer in answers for resource in answer.resources]
    return {resource[3]: {entry[0]: entry[1] for entry in resource[4]} for resource in resources}


async def create(options: TransportOptions, specs: Sequence[TopicSpec]) -> None:
    """Make topics; one that another process makes meanwhile is good too. Raises TopicError, TransportError."""
    new = [NewTopic(spec.name, spec.partitions, spec.replication, topic_configs=dict(spec.config)) for spec in specs]
    async with _admin(options) as admin:
        answer = await admin.create_topics(new)
    for topic, code, reason in answer.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            raise TopicError(f"Kafka would not make {topic}: {for_code(code).__name__}, {reason}")
