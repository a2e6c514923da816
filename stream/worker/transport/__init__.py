"""Records in and out of a worker, without loss: Faust over Kafka or over an embedded log, chosen by one setting."""

from stream.worker.transport.admin import Difference, ensure_topics
from stream.worker.transport.app import WorkerApp, build_app, declared_topics, rows_table, topic, topics
from stream.worker.transport.errors import (
    AppCrashedError,
    OptionsError,
    RecordTooLargeError,
    SendError,
    StoreAccessError,
    StoreDamagedError,
    StoreError,
    StoreFormatError,
    StoreFullError,
    StoreLockedError,
    TopicError,
    TransportError,
    UnsettledRunError,
)
from stream.worker.transport.options import Sasl, TopicSpec, TransportOptions
from stream.worker.transport.outbox import Outbox
from stream.worker.transport.producing import Outgoing
from stream.worker.transport.progress import (
    Highwater,
    committed,
    delivered,
    highwater,
    lost_to_retention,
    owned,
    settled_upto,
)
from stream.worker.transport.reading import end_offsets, read_batches, read_topic
from stream.worker.transport.running import run_app
from stream.worker.transport.runs import Record, Run, settled, settled_together
from stream.worker.transport.sender import Placed, Sender

__all__ = [
    "AppCrashedError",
    "Difference",
    "Highwater",
    "OptionsError",
    "Outbox",
    "Outgoing",
    "Placed",
    "Record",
    "RecordTooLargeError",
    "Run",
    "Sasl",
    "SendError",
    "Sender",
    "StoreAccessError",
    "StoreDamagedError",
    "StoreError",
    "StoreFormatError",
    "StoreFullError",
    "StoreLockedError",
    "TopicError",
    "TopicSpec",
    "TransportError",
    "TransportOptions",
    "UnsettledRunError",
    "WorkerApp",
    "build_app",
    "committed",
    "declared_topics",
    "delivered",
    "end_offsets",
    "ensure_topics",
    "highwater",
    "lost_to_retention",
    "owned",
    "read_batches",
    "read_topic",
    "rows_table",
    "run_app",
    "settled",
    "settled_together",
    "settled_upto",
    "topic",
    "topics",
]
