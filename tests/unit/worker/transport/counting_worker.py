"""A worker to be killed: counts records per key and copies each to `out`.

Arguments: url, records in a run, partitions, prefix of the names.

Rows are ``count offset``: records that come again after a kill are known by their offset and counted once. Copies are
made for counted records only, so that a copy is missing or doubled exactly when something was lost or done twice.
"""

import asyncio
import signal
import sys
from typing import Any

from stream.worker.transport import (
    Outbox,
    TransportOptions,
    build_app,
    rows_table,
    run_app,
    settled,
    topic,
    topics,
)


def make(options: TransportOptions, partitions: int, prefix: str = "") -> Any:
    app = build_app(f"{prefix}counting", options)
    source, out = f"{prefix}in", f"{prefix}out"
    for name in (source, out):
        topic(app, name, partitions)
    rows = rows_table(app, "rows", partitions)

    @app.agent(topics(app, source))
    async def count(stream: Any) -> None:
        async for run in settled(stream):
            box = Outbox(app)
            for record in run.records:
                counted, upto = (box.get(rows, record.key) or b"0 -1").split()
                if record.offset > int(upto):
                    box.send(out, record.key, record.value, partition=run.partition)
                    box.put(rows, record.key, b"%d %d" % (int(counted) + 1, record.offset), partition=run.partition)
            await box.store()

    return app


async def main(url: str, run: str, partitions: str, prefix: str = "") -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    options = TransportOptions(
        url=url,
        run=int(run),
        replication=1,
        commit_interval=0.1,
        session_timeout=8,
        heartbeat_interval=1,
        request_timeout=30,
    )
    app = make(options, int(partitions), prefix)
    print("started", flush=True)  # noqa: T201 - the test waits for it
    await run_app(app, stop=stop)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
