"""A real Kafka for the session, and topics of its own for each test."""

import itertools

import pytest

from stream.worker.transport import TransportOptions
from tests.servers.kafka import kafka

__all__ = ["kafka"]

numbers = itertools.count()


@pytest.fixture
def prefix() -> str:
    """What the names of this test's topics and groups begin with."""
    return f"t{next(numbers)}-"


@pytest.fixture
def options(kafka: str) -> TransportOptions:
    """The Kafka; small runs, quick commits."""
    return TransportOptions(
        url=f"kafka://{kafka}",
        run=5,
        replication=1,
        commit_interval=0.1,
        session_timeout=30,
        heartbeat_interval=1,
        request_timeout=40,
        send_timeout=20,
        end_interval=0.1,
    )
