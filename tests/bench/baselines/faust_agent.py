"""A bare stock Faust agent: counts the records of each key in a table and copies each to an output topic.

Arguments: bootstrap, topic, output topic, partitions. Runs until it is ended.
"""

import sys

import faust

bootstrap, topic, output, partitions = sys.argv[1:]
sys.argv = sys.argv[:1]

app = faust.App(
    f"bare-faust-{output}",
    broker=f"kafka://{bootstrap}",
    key_serializer="raw",
    value_serializer="raw",
    topic_partitions=int(partitions),
    topic_replication_factor=1,
    topic_disable_leader=True,
    table_standby_replicas=0,
    web_enabled=False,
)
source = app.topic(topic, key_type=bytes, value_type=bytes)
copies = app.topic(output, key_type=bytes, value_type=bytes)
counts = app.Table("counts", key_type=bytes, value_type=bytes, partitions=int(partitions))


@app.agent(source)
async def count(stream: faust.Stream) -> None:
    async for event in stream.events():
        counts[event.key] = b"%d" % (int(counts.get(event.key, b"0")) + 1)
        await copies.send(key=event.key, value=event.value)


if __name__ == "__main__":
    faust.Worker(app, loglevel="ERROR").execute_from_commandline()
