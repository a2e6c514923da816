"""On a real Kafka: `fristvagt replay --topics` gives what the same events give from a file."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stream.facts.parse import Accepted, parse_event
from stream.worker.names import ACTIONS, FACTS
from stream.worker.partition import partition_of
from stream.worker.transport import Outgoing, Sender, TopicSpec, TransportOptions, ensure_topics
from tests.embedded.feeds import simulated
from tests.servers.kafka import kafka_of_its_own as kafka

__all__ = ["kafka"]

pytestmark = pytest.mark.kafka

AT = datetime(2026, 4, 1, 12, tzinfo=UTC)
PARTITIONS = 3


async def store(broker: str, events: list[dict[str, Any]]) -> None:
    """Write the facts as intake would have, and a refusal of an event of the first patient."""
    options = TransportOptions(url=f"kafka://{broker}", replication=1)
    kept = [outcome.event for event in events if isinstance(outcome := parse_event(event), Accepted)]
    refused = {"kind": "refused", "patient": kept[0]["partitionkey"], "source": "urn:x", "id": "r", "command_id": "c"}
    refused["at"] = "2026-03-02T12:00:00Z"
    records = [(FACTS, event["partitionkey"], event) for event in kept] + [(ACTIONS, refused["patient"], refused)]
    await ensure_topics(options, [TopicSpec(topic, PARTITIONS) for topic in (FACTS, ACTIONS)], create=True)
    async with Sender(options) as sender:
        await sender.send_many(
            [
                Outgoing(topic, key.encode(), msgspec.json.encode(value), partition_of(key.encode(), PARTITIONS))
                for topic, key, value in records
            ]
        )


def replay(*arguments: str, **environ: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "deploy.cli", "replay", "--json", "--at", AT.isoformat(), *arguments]
    done = subprocess.run(command, env=os.environ | environ, capture_output=True, check=True, timeout=120)
    return sorted(json.loads(done.stdout)["clocks"], key=lambda clock: clock["clock_id"])


def test_the_topics_give_the_clocks_of_the_file(kafka: str, tmp_path: Path) -> None:
    events = simulated(60, 7, date(2026, 2, 2), date(2026, 3, 6), AT)
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in events))
    asyncio.run(store(kafka, events))
    settings = {"FRISTVAGT_TRANSPORT": "kafka", "FRISTVAGT_KAFKA_BROKERS": kafka}
    found = replay("--topics", "--processes", "2", **settings)
    incomplete = {clock["patient"] for clock in found if clock["incomplete"]}
    assert incomplete == {events[0]["partitionkey"]}
    assert [clock | {"incomplete": False} for clock in found] == replay(str(file))
