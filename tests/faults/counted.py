"""One worker of a counting run: ``python -m tests.faults.counted ours|stock URL PREFIX``. Our consumer, or stock Faust.

Both do the same job as tests/unit/worker/transport/counting_worker.py: count records per key in a row, copy each.
"""

import asyncio
import signal
import sys
from typing import Any

import faust

from stream.worker.transport import TransportOptions, run_app
from tests.faults.steered import TIMES
from tests.unit.worker.transport.counting_worker import make

PARTITIONS = 4


def ours(url: str, prefix: str) -> None:
    """Raises TransportError."""

    async def main() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await run_app(make(TransportOptions(url=url, run=100, replication=1, **TIMES), PARTITIONS, prefix), stop=stop)

    asyncio.run(main())


def stock(url: str, prefix: str) -> None:
    """Faust as it comes, with careful settings: outputs and rows are awaited, offsets in rows keep repeats out."""
    app = faust.App(
        f"{prefix}counting",
        broker=url.replace("kafka://", "aiokafka://").replace(",", ";aiokafka://"),
        topic_partitions=PARTITIONS,
        topic_replication_factor=1,
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
        stream_wait_empty=True,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=TIMES["commit_interval"],
        broker_session_timeout=TIMES["session_timeout"],
        broker_heartbeat_interval=TIMES["heartbeat_interval"],
        broker_request_timeout=TIMES["request_timeout"],
    )
    raw: dict[str, Any] = {"key_type": bytes, "key_serializer": "raw", "value_type": bytes, "value_serializer": "raw"}
    source, out = app.topic(f"{prefix}in", **raw), app.topic(f"{prefix}out", partitions=PARTITIONS, **raw)
    rows = app.Table("rows", key_type=bytes, value_type=bytes, default=bytes, partitions=PARTITIONS)

    @app.agent(source)
    async def count(stream: Any) -> None:
        async for event in stream.events():
            counted, upto = (rows[event.key] or b"0 -1").split()
            if event.message.offset > int(upto):
                await (await out.send(key=event.key, value=event.value, partition=event.message.partition))
                rows[event.key] = b"%d %d" % (int(counted) + 1, event.message.offset)

    app.finalize()
    faust.Worker(app, loglevel="ERROR").execute_from_commandline()


if __name__ == "__main__":
    which, server, names = sys.argv[1], sys.argv[2], sys.argv[3]
    sys.argv[1:] = []
    {"ours": ours, "stock": stock}[which](server, names)
