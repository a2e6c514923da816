"""Read a topic to its end with aiokafka `getmany` and orjson: the least that a replay has to do.

Arguments: bootstrap, topic. Prints one JSON object.
"""

import asyncio
import sys
import time

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition


async def read(bootstrap: str, topic: str) -> dict[str, float]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    began = time.perf_counter()
    await consumer.start()
    async with asyncio.timeout(30):
        while not (numbers := consumer.partitions_for_topic(topic)):
            await consumer._client.force_metadata_update()
    places = [TopicPartition(topic, number) for number in numbers]
    left = sum((await consumer.end_offsets(places)).values())
    consumer.assign(places)
    await consumer.seek_to_beginning(*places)
    events = 0
    while events < left:
        for records in (await consumer.getmany(timeout_ms=1000)).values():
            for record in records:
                orjson.loads(record.value)
            events += len(records)
    seconds = time.perf_counter() - began
    await consumer.stop()
    return {"events": events, "seconds": seconds}


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(asyncio.run(read(*sys.argv[1:]))))
