"""A bare Quix Streams application: counts the records of each key in its state and copies each to an output topic.

Arguments: bootstrap, topic, output topic, folder for the state. Runs until it is ended.
"""

import sys
from typing import Any

from quixstreams import Application

bootstrap, topic, output, folder = sys.argv[1:]


def count(value: bytes, state: Any) -> bytes:
    state.set("count", state.get("count", 0) + 1)
    return value


app = Application(
    broker_address=bootstrap,
    consumer_group=f"bare-quix-{output}",
    auto_offset_reset="earliest",
    state_dir=folder,
    loglevel="ERROR",
)
frame = app.dataframe(app.topic(topic, key_deserializer="bytes", value_deserializer="bytes"))
frame = frame.apply(count, stateful=True)
frame.to_topic(app.topic(output, key_serializer="bytes", value_serializer="bytes"))

if __name__ == "__main__":
    app.run()
