"""The processes of docker-compose.yml with its settings, on real servers, without containers."""

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import httpx
import pytest
from confluent_kafka import Producer

from deploy.settings import SECRETS_DIR
from tests.servers.loopback import free_port, running
from tests.servers.postgres import PASSWORD, PostgresServer, postgres_server

__all__ = ["postgres_server"]

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.slow]

FRISTVAGT = (sys.executable, "-m", "deploy.cli")
PATIENCE = 120.0


@pytest.fixture(scope="module")
def own_secrets(secrets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The secrets, with the password that the PostgreSQL on this machine has."""
    folder = tmp_path_factory.mktemp("own") / "secrets"
    shutil.copytree(secrets, folder)
    (folder / "fristvagt_records_password").write_text(f"{PASSWORD}\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def environment(  # noqa: PLR0917 - what it asks for
    deployment: dict[str, Any],
    kafka: str,
    deployed_redis: int,
    postgres_server: PostgresServer,
    own_secrets: Path,
    operator: Mapping[str, str],
) -> dict[str, str]:
    """The settings of the file, with the addresses of the servers and the policy on this machine."""
    here = {
        SECRETS_DIR: str(own_secrets),
        "FRISTVAGT_RECORDS_URL": postgres_server.new_database(),
        "FRISTVAGT_KAFKA_BROKERS": kafka,
        "FRISTVAGT_REDIS_URL": f"redis://127.0.0.1:{deployed_redis}/0",
        "FRISTVAGT_POLICY": str(Path(operator["POLICY_FOLDER"]) / "policy.toml"),
        "FRISTVAGT_HEALTH_HOST": "127.0.0.1",
        "FRISTVAGT_HTTP_HOST": "127.0.0.1",
    }
    settings: dict[str, str] = deployment["services"]["api"]["environment"]
    return settings | here


@pytest.fixture(scope="module")
def doctor(
    run: Callable[..., CompletedProcess[str]], deployment: dict[str, Any], environment: Mapping[str, str]
) -> CompletedProcess[str]:
    """The one-shot service that makes the topics, run to its end."""
    return run(*FRISTVAGT, *deployment["services"]["doctor"]["command"], env=environment)


@pytest.fixture(scope="module")
def api(
    doctor: CompletedProcess[str],
    deployment: dict[str, Any],
    environment: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The URL of the API, with worker, intake and projector at work behind it."""
    folder = tmp_path_factory.mktemp("processes")
    with ExitStack() as processes:
        for name in ("worker", "intake", "projector", "api"):
            port = free_port()
            own = {"FRISTVAGT_HTTP_PORT" if name == "api" else "FRISTVAGT_HEALTH_PORT": str(port)}
            command = ["env", *(f"{key}={value}" for key, value in (environment | own).items())]
            command += [*FRISTVAGT, *deployment["services"][name]["command"]]
            ready = f"http://127.0.0.1:{port}/readyz"
            processes.enter_context(running(command, ready, folder / f"{name}.log", seconds=PATIENCE))
        yield f"http://127.0.0.1:{port}"


def referral(pathway: str) -> dict[str, Any]:
    """Return a referral of yesterday."""
    at = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    data = {"occurred_at": at, "unit": "440781000016009", "purpose": "workup", "condition": "cancer"}
    event = {"specversion": "1.0", "id": pathway, "source": "urn:test", "type": "dk.fristvagt.referral-received.v1"}
    return event | {"subject": pathway, "partitionkey": f"k1:{pathway}", "time": at, "data": data}


def rights(api: str, pathway: str) -> set[str]:
    """Return the rights of a pathway's clocks, as soon as there are any."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        clocks = httpx.get(f"{api}/v1/clocks", timeout=PATIENCE).raise_for_status().json()["clocks"]
        if found := {clock["right"] for clock in clocks if clock["pathway"] == pathway}:
            return found
        time.sleep(0.2)
    return set()


def test_the_doctor_makes_the_topics_and_finds_everything_in_order(doctor: CompletedProcess[str]) -> None:
    assert doctor.returncode == 0, doctor.stdout


def test_an_event_sent_over_http_is_counted_and_shown(api: str) -> None:
    httpx.post(f"{api}/v1/events", json=referral("over-http"), timeout=PATIENCE).raise_for_status()
    assert rights(api, "over-http") == {"cancer.workup", "information.referral"}


def test_an_event_that_a_hospital_wrote_to_the_inbox_is_counted_and_shown(api: str, kafka: str) -> None:
    producer = Producer({"bootstrap.servers": kafka})
    producer.produce("fristvagt.inbox", json.dumps(referral("over-kafka")).encode(), key=b"any")
    producer.flush()
    assert rights(api, "over-kafka") == {"cancer.workup", "information.referral"}
