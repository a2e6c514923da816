"""The same small job for the stock consumer and for ours: count good records per key, copy each. And who judges it."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from stream.worker.transport import (
    Outbox,
    TopicSpec,
    TransportOptions,
    build_app,
    read_topic,
    rows_table,
    settled,
    topic,
    topics,
)
from stream.worker.transport.options import topic_config
from tests.faults.stock import stock_app

IN, OUT, GROUP = "in", "out", "counting"
CHANGELOG = f"{GROUP}-rows-changelog"
SPECS = [TopicSpec(IN, 1), TopicSpec(OUT, 1), TopicSpec(CHANGELOG, 1, 1, topic_config(compacted=True, retention=None))]

Trouble = Callable[[int], Awaitable[None]]


def number_of(value: bytes | None) -> int | None:
    """The number of a good record; None for a poisoned one."""
    try:
        return int(json.loads(value or b"")["n"])
    except ValueError:
        return None


def ours(options: TransportOptions, trouble: Trouble) -> Any:
    """The job as our agents do it."""
    app = build_app(GROUP, options)
    for name in (IN, OUT):
        topic(app, name, 1)
    rows = rows_table(app, "rows", 1)

    async def work(stream: Any) -> None:
        async for run in settled(stream):
            box = Outbox(app)
            for record in run.records:
                if (number := number_of(record.value)) is None:
                    continue
                await trouble(number)
                box.send(OUT, record.key, record.value, partition=0)
                count = int(box.get(rows, record.key) or b"0") + 1
                box.put(rows, record.key, b"%d" % count, partition=0)
            await box.store()

    app.agent(topics(app, IN), name="count")(work)
    return app


def stock(options: TransportOptions, trouble: Trouble) -> Any:
    """The job as Faust's documentation does it."""
    app = stock_app(GROUP, options)
    raw = {"key_type": bytes, "key_serializer": "raw"}
    source = app.topic(IN, partitions=1, value_serializer="json", **raw)
    out = app.topic(OUT, partitions=1, value_type=bytes, value_serializer="raw", **raw)
    rows = app.Table("rows", default=int, partitions=1, key_type=bytes)

    async def work(stream: Any) -> None:
        async for key, value in stream.items():
            await trouble(int(value["n"]))
            rows[key] += 1
            await out.send(key=key, value=json.dumps(value).encode())

    app.agent(source, name="count")(work)
    return app


class Verdict(NamedTuple):
    """What is wrong with what is left, by number, and by key."""

    lost: list[int]
    doubled: list[int]
    wrong_counts: dict[bytes, int]


async def judge(options: TransportOptions, fed: Sequence[tuple[bytes, bytes]]) -> Verdict:
    """Compare copies and counts with what was fed."""
    good = [(key, number) for key, value in fed if (number := number_of(value)) is not None]
    copies = Counter([number_of(record.value) async for _, record in read_topic(options, OUT)])
    rows = {record.key or b"": record.value async for _, record in read_topic(options, CHANGELOG)}
    wanted = Counter(key for key, _ in good)
    counts = {key: int(rows.get(key) or b"0") for key in wanted}
    return Verdict(
        [number for _, number in good if not copies[number]],
        [number for _, number in good if copies[number] > 1],
        {key: counts[key] - count for key, count in wanted.items() if counts[key] != count},
    )
