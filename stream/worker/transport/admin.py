"""Do the topics exist, and are they what they must be? Makes missing ones if asked, and changes none that exists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stream.worker.transport.embedded import admin as embedded
from stream.worker.transport.kafka import admin as kafka
from stream.worker.transport.options import TopicSpec, TransportOptions, copies_in_sync, keeping, room_for


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which a topic is not as wanted."""

    topic: str
    what: str
    wanted: str
    found: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.what} is {self.found}, should be {self.wanted}"


async def ensure_topics(options: TransportOptions, specs: Sequence[TopicSpec], *, create: bool) -> list[Difference]:
    """Return every difference that is left; none means that all is well. `create` makes topics that are missing.

    A partition count can never be changed, since a patient would then lie in two places. Raises TransportError.
    """
    transport = embedded if options.kind == "embedded" else kafka
    found = await transport.describe(options, [spec.name for spec in specs])
    missing = [spec for spec in specs if spec.name not in found]
    if create and missing:
        await transport.create(options, missing)
        found = await transport.describe(options, [spec.name for spec in specs])
    room = room_for(options.max_message_bytes)
    return [difference for spec in specs for difference in compare(spec, found.get(spec.name), room)]


def compare(wanted: TopicSpec, found: TopicSpec | None, room: int = 0) -> list[Difference]:
    """Compare a topic with what it should be. It must take batches of `room` bytes."""
    if found is None:
        return [Difference(wanted.name, "topic", "there", "missing")]
    differences = []
    if found.partitions != wanted.partitions:
        differences.append(Difference(wanted.name, "partitions", str(wanted.partitions), str(found.partitions)))
    if 0 < found.replication < wanted.replication:
        differences.append(Difference(wanted.name, "replication", str(wanted.replication), str(found.replication)))
    unsafe = [*_in_sync(found), *_too_small(found, room)]
    known = {name: value for name, value in keeping(wanted).items() if name in found.config}
    return [*differences, *_compare_config(wanted.name, {**known, **wanted.config}, found.config), *unsafe]


def _in_sync(found: TopicSpec) -> list[Difference]:
    name, least = "min.insync.replicas", copies_in_sync(found.replication)
    if name not in found.config or least <= int(found.config[name]) <= found.replication:
        return []
    return [Difference(found.name, name, str(least), found.config[name])]


def _too_small(found: TopicSpec, room: int) -> list[Difference]:
    name = "max.message.bytes"
    if int(found.config.get(name, room)) >= room:
        return []
    return [Difference(found.name, name, f"{room} or more", found.config[name])]


def _compare_config(topic: str, wanted: Mapping[str, str], found: Mapping[str, str]) -> list[Difference]:
    return [
        Difference(topic, name, value, found.get(name, "not set"))
        for name, value in wanted.items()
        if _plain(found.get(name, "")) != _plain(value)
    ]


def _plain(value: str) -> list[str]:
    """Return the parts of a list such as ``compact,delete`` in a fixed order."""
    return sorted(part.strip() for part in value.split(","))
