"""A country that is already known: rows written straight to the worker's changelog, and multiplied there.

To fold a million pathways takes long and is another row's matter. Here some thousand patients are folded, and their
rows are copied under other pseudonyms.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, Self

import msgspec
from confluent_kafka import Producer

from stream.engine import Engine
from stream.facts.parse import fact_from_event
from stream.row import Row
from stream.worker.partition import partition_of
from stream.worker.transport import TransportOptions
from tests.bench.broker import PARTITIONS, bootstrap, our_topics
from tests.bench.feed import AT, PREFIX, Feed
from tests.unit.engine.events import ENGINE

OURS: Final = PREFIX.decode()
PATHWAYS = 5_000
"""Pathways that are folded; more are copies."""


class Known(NamedTuple):
    """Rows of a country and what is in them."""

    rows: list[Row]
    pathways: int
    open_clocks: int
    closed_clocks: int

    @classmethod
    def of(cls, days: int, engine: Engine = ENGINE) -> Self:
        """Fold the pathways that began in the `days` before AT."""
        rows: dict[str, Row] = {}
        pathways: set[str] = set()
        for _, event in Feed(PATHWAYS, days=days).facts():
            fact = fact_from_event(msgspec.json.decode(event))
            rows[fact.patient] = engine.take(rows.get(fact.patient), fact, AT).row
            pathways.add(fact.pathway)
        states = Counter(each.clock.state == "closed" for row in rows.values() for each in engine.judged(row, AT)[0])
        return cls(list(rows.values()), len(pathways), states[False], states[True])

    def times(self, copies: int) -> "Known":
        """What there is when every patient is there so often."""
        return Known(self.rows, self.pathways * copies, self.open_clocks * copies, self.closed_clocks * copies)


def write(options: TransportOptions, known: Known, copies: int) -> int:
    """Write the rows of all copies to the worker's changelog; return their bytes."""
    changelog = next(spec.name for spec in our_topics(options) if spec.name.endswith("changelog"))
    producer = Producer(
        {"bootstrap.servers": bootstrap(options), "linger.ms": 20, "queue.buffering.max.messages": 500_000}
    )
    written = 0
    for patient, partition, data in _copies(known.rows, copies):
        while True:
            try:
                producer.produce(changelog, data, patient, partition)
                break
            except BufferError:
                producer.poll(0.1)
        written += len(data)
    producer.flush()
    return written


def _copies(rows: list[Row], copies: int) -> Iterator[tuple[bytes, int, bytes]]:
    for copy in range(copies):
        prefix = f"k{copy}:"
        for row in rows:
            renamed = _renamed(row, prefix)
            patient = renamed.patient.encode()
            partition = partition_of(patient, PARTITIONS)
            # It has applied nothing of these topics yet.
            yield patient, partition, msgspec.structs.replace(renamed, partition=partition, applied={}).encode()


def _renamed(value: Any, prefix: str) -> Any:
    """Give every pseudonym in a row another prefix, however deep it lies and however rows are encoded."""
    if isinstance(value, str):
        return prefix + value[len(OURS) :] if value.startswith(OURS) else value
    if isinstance(value, bytes):
        return value.replace(PREFIX, prefix.encode())
    if isinstance(value, dict):
        return {_renamed(key, prefix): _renamed(part, prefix) for key, part in value.items()}
    parts = _parts(value)
    return value if parts is None else _made(value, [_renamed(part, prefix) for part in parts])


def _parts(value: Any) -> list[Any] | None:
    """What a value consists of, None if it is one piece."""
    if isinstance(value, msgspec.Struct):
        return [getattr(value, name) for name in value.__struct_fields__]
    if dataclasses.is_dataclass(value):
        return [getattr(value, each.name) for each in dataclasses.fields(value)]
    return list(value) if isinstance(value, list | tuple | set | frozenset) else None


def _made(like: Any, parts: list[Any]) -> Any:
    is_plain = type(like) in {list, tuple, set, frozenset}
    return type(like)(parts) if is_plain else type(like)(*parts)
