"""Settings and access lists for processes that must show who they are."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.settings import Settings
from tests.servers.secure_kafka import PASSWORD, Grant, SecureKafka

MANUAL = Path(__file__).parents[2] / "deploy" / "docs" / "kafka.md"


def secured(kafka: SecureKafka, user: str = "operator", listener: str = "secured", **more: Any) -> Settings:
    """What a process of `user` has in its environment."""
    given: dict[str, Any] = {
        "transport": "kafka",
        "kafka_brokers": kafka.address(listener),
        "kafka_security": "sasl_ssl",
        "kafka_ca": str(kafka.authority.cert),
        "kafka_cert": str(kafka.client.cert),
        "kafka_key": str(kafka.client.key),
        "kafka_username": user,
        "kafka_password": PASSWORD,
        "partitions": 2,
        "replication": 1,
        "clock": "fixed:2026-02-05T12:00:00Z",
    }
    return Settings(**{name: value for name, value in (given | more).items() if value is not None})


def environment(settings: Settings) -> dict[str, str]:
    """The same for a process of its own, the password included."""
    given = {name: getattr(settings, name) for name in settings.model_fields_set}
    plain = {name: value for name, value in given.items() if name not in {"kafka_password", "kafka_brokers"}}
    return {name: str(value) for name, value in plain.items()} | {
        "kafka_password": PASSWORD,
        "kafka_brokers": ",".join(settings.kafka_brokers),
    }


def manual(who: str | None = None) -> Iterator[Grant]:
    """The access list of the manual: all of it, or what one process needs."""
    for line in MANUAL.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[1] in {"topic", "group", "cluster"} and who in (None, cells[0]):
            for name in re.findall(r"`([^`]+)`", cells[2]):
                yield from (Grant(cells[0], each.strip(), cells[1], name) for each in cells[3].split(","))
