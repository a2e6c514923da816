"""The deployment file: Compose takes it, nothing leaves the machine, and our processes take its settings.

There is no container engine on a test machine: images are neither pulled nor run.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import redis
import yaml
from redis.backoff import NoBackoff
from redis.retry import Retry

from deploy.settings import SECRETS_DIR, load_settings
from tests.servers.loopback import program

Run = Callable[..., CompletedProcess[str]]
Check = Callable[..., CompletedProcess[str]]
TOP = Path(__file__).parents[2]
FILE = TOP / "docker-compose.yml"
POLICY = "/etc/fristvagt"
OURS = ("doctor", "worker", "intake", "projector", "notifier", "api")


@pytest.fixture
def check(run: Run, compose: Path, operator: Mapping[str, str]) -> Check:
    """Have Compose check a file; `without` is left unsaid."""

    def checked(file: Path = FILE, without: str = "") -> CompletedProcess[str]:
        said = {name: value for name, value in (os.environ | operator).items() if name != without}
        return run(compose, "-f", file, "config", "-q", env=said)

    return checked


def test_compose_takes_the_file(check: Check) -> None:
    answer = check()
    assert (answer.returncode, answer.stdout) == (0, "")


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("    healthcheck:", "    healthchek:", "healthchek"),
        ("  kafka: {condition: service_healthy}", "  kafka: {condition: service_heathy}", "condition"),
        ("\n  redis:\n", "\n  reddis:\n", "depends on undefined service"),
        ("command: [worker]", "command: [worker]\n    depnds_on: [kafka]", "depnds_on"),
    ],
)
def test_a_misspelt_key_is_rejected(check: Check, tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    misspelt = tmp_path / "docker-compose.yml"
    misspelt.write_text(FILE.read_text("utf-8").replace(right, wrong), "utf-8")
    answer = check(misspelt)
    assert answer.returncode != 0
    assert complaint in answer.stdout


@pytest.mark.parametrize(
    "variable",
    [
        *("SECRETS_FOLDER", "OPERATIONS_MAIL_TO", "OPERATIONS_MAIL_FROM", "OPERATIONS_MAIL_SERVER"),
        *("NOTIFIER_MAIL_SERVER", "NOTIFIER_MAIL_FROM", "PAGE_URL", "POLICY_FOLDER"),
    ],
)
def test_what_the_operator_must_say_has_no_default(check: Check, variable: str) -> None:
    answer = check(without=variable)
    assert answer.returncode != 0
    assert variable in answer.stdout


def test_every_port_is_on_loopback(deployment: dict[str, Any]) -> None:
    ports = [port for service in deployment["services"].values() for port in service.get("ports", [])]
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}


def test_every_server_and_process_is_there(deployment: dict[str, Any]) -> None:
    servers = {"kafka", "redis", "records", "postgres", "prometheus", "alertmanager", "grafana"}
    assert set(deployment["services"]) == servers | set(OURS)


def test_every_image_is_pinned(deployment: dict[str, Any]) -> None:
    tags = {name: service["image"].rpartition(":")[2] for name, service in deployment["services"].items()}
    assert [name for name, tag in tags.items() if not any(digit.isdigit() for digit in tag)] == []


def test_every_service_that_stays_says_whether_it_is_healthy(deployment: dict[str, Any]) -> None:
    silent = {name for name, service in deployment["services"].items() if "healthcheck" not in service}
    assert silent == {"doctor"}


@pytest.mark.parametrize("process", ["worker", "intake", "projector", "notifier", "api"])
def test_a_process_starts_when_servers_are_healthy_and_topics_are_made(
    deployment: dict[str, Any], process: str
) -> None:
    waits = {name: wait["condition"] for name, wait in deployment["services"][process]["depends_on"].items()}
    servers = {"kafka", "redis", "records"} if process == "notifier" else {"kafka", "redis"}
    assert waits == dict.fromkeys(servers, "service_healthy") | {"doctor": "service_completed_successfully"}


@pytest.mark.parametrize("process", OURS)
def test_a_process_of_ours_has_no_more_rights_than_it_needs(deployment: dict[str, Any], process: str) -> None:
    service = deployment["services"][process]
    assert service["read_only"]
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])


@pytest.mark.parametrize("process", OURS)
def test_the_policy_comes_in_its_folder_so_that_a_file_put_in_its_place_is_seen(
    deployment: dict[str, Any], process: str
) -> None:
    service = deployment["services"][process]
    (folder,) = (Path(each["source"]) for each in service["volumes"] if each["target"] == POLICY)
    assert folder.is_dir()
    assert (folder / Path(service["environment"]["FRISTVAGT_POLICY"]).relative_to(POLICY)).is_file()


@pytest.mark.parametrize("process", OURS)
def test_our_processes_take_the_settings(
    deployment: dict[str, Any], process: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service = deployment["services"][process]
    own = ["fristvagt_records_password"] if process in {"doctor", "notifier", "api"} else []
    secrets = [secret["source"] for secret in service["secrets"]]
    assert secrets == ["fristvagt_redis_password", *own]
    for name in secrets:
        (tmp_path / name).write_text("a password\n", "utf-8")
    (folder,) = (each for each in service["volumes"] if each["target"] == POLICY)
    environment = {name: value.replace(POLICY, folder["source"]) for name, value in service["environment"].items()}
    for name, value in (environment | {SECRETS_DIR: str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.transport == "kafka"
    assert settings.redis_password is not None
    assert settings.redis_password.get_secret_value() == "a password"


@pytest.mark.parametrize("process", ["worker", "intake", "projector", "notifier", "api"])
def test_prometheus_reads_every_process_where_it_listens(deployment: dict[str, Any], process: str) -> None:
    config = yaml.safe_load((TOP / "deploy" / "prometheus" / "prometheus.yml").read_text("utf-8"))
    jobs = {job["job_name"]: job.get("dns_sd_configs", [{}])[0] for job in config["scrape_configs"]}
    settings = deployment["services"][process]["environment"]
    listens = settings["FRISTVAGT_HTTP_PORT" if process == "api" else "FRISTVAGT_HEALTH_PORT"]
    target = jobs[f"fristvagt-{process}"]
    assert (target["names"], str(target["port"])) == ([process], listens)


def test_redis_started_as_the_file_says_asks_for_the_password(deployed_redis: int) -> None:
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=deployed_redis, retry=Retry(NoBackoff(), 0)).ping()


def test_alertmanager_gets_the_addresses_of_the_operator(deployment: dict[str, Any], run: Run, tmp_path: Path) -> None:
    service = deployment["services"]["alertmanager"]
    fill_in = service["command"][0].replace("$$", "$").split("&&")[0]
    # First the folder it writes to: the checkout may lie in a folder of that name.
    fill_in = fill_in.replace("/tmp", str(tmp_path)).replace("/etc/alertmanager", str(TOP / "deploy" / "alertmanager"))
    assert run("sh", "-c", fill_in, env=os.environ | service["environment"]).returncode == 0
    filled = (tmp_path / "alertmanager.yml").read_text("utf-8")
    assert "example.invalid" not in filled
    assert filled.count("drift@region.example") == 3
    assert run(program("amtool"), "check-config", tmp_path / "alertmanager.yml").returncode == 0
