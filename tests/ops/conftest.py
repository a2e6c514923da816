"""What the operation tests share: the repository, the deployment file, and programs run to their end."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from tests.servers.kafka import kafka
from tests.servers.loopback import free_port, program

TOP = Path(__file__).parents[2]
PASSWORD = "a password"
OPERATOR = {
    "SECRETS_FOLDER": "/nowhere",
    "OPERATIONS_MAIL_TO": "drift@region.example",
    "OPERATIONS_MAIL_FROM": "fristvagt@region.example",
    "OPERATIONS_MAIL_SERVER": "post.region.example:587",
    "NOTIFIER_MAIL_SERVER": "post.region.example:587",
    "NOTIFIER_MAIL_FROM": "fristvagt@region.example",
    "PAGE_URL": "https://fristvagt.region.example",
    "POLICY_FOLDER": str(TOP / "alerts" / "policy"),
}

Run = Callable[..., subprocess.CompletedProcess[str]]

__all__ = ["kafka"]


@pytest.fixture(scope="session")
def top() -> Path:
    """The top of the repository."""
    return TOP


@pytest.fixture(scope="session")
def operator() -> Mapping[str, str]:
    """What the operator has to say before the deployment starts."""
    return OPERATOR


@pytest.fixture(scope="session")
def run() -> Run:
    """Run a program in the repository to its end; what it prints on both streams is in `stdout`."""

    def to_its_end(*command: object, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(word) for word in command],
            cwd=TOP,
            env=None if env is None else dict(env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )

    return to_its_end


@pytest.fixture(scope="session")
def compose() -> Path:
    """Docker Compose, which reads files without an engine."""
    return TOP / ".tools" / "bin" / "docker-compose"


@pytest.fixture(scope="session")
def deployment(compose: Path) -> dict[str, Any]:
    """The deployment file as Compose understands it."""
    command = [compose, "-f", TOP / "docker-compose.yml", "config", "--format", "json"]
    answer = subprocess.run(command, env=os.environ | OPERATOR, capture_output=True, text=True, check=True)
    config: dict[str, Any] = json.loads(answer.stdout)
    return config


@pytest.fixture(scope="session")
def secrets(deployment: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the secrets, as a container sees it."""
    folder = tmp_path_factory.mktemp("secrets")
    for name in deployment["secrets"]:
        (folder / name).write_text(f"{PASSWORD}\n", "utf-8")
    return folder


@pytest.fixture(scope="session")
def deployed_redis(
    deployment: dict[str, Any], secrets: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """The port of a Redis that was started by the command of the deployment file."""
    folder, port = tmp_path_factory.mktemp("redis"), free_port()
    script = deployment["services"]["redis"]["command"][2].replace("$$", "$")
    script = script.replace("/run/secrets", str(secrets)).replace("/tmp/redis.conf", str(folder / "redis.conf"))
    script = script.replace("exec redis-server", f"exec {program('redis-server')}") + f" --port {port} --dir {folder}"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.DEVNULL) as server:
        redis.Redis(port=port, password=PASSWORD, retry=Retry(ConstantBackoff(0.05), retries=1200)).ping()
        yield port
        server.terminate()
