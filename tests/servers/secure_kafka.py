"""A real Kafka that asks who one is: TLS both ways, SCRAM passwords, and lists of who may do what.

Its plain listener is the administrator's. The secured one wants a certificate and a password. Two more listeners show
certificates that no client may accept: one that has expired, and one of another host. `oneway` asks for no password.
As Kafka does unless told otherwise, it makes topics that somebody merely asks for.
"""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from tests.servers.certificates import Authority, Certificate
from tests.servers.kafka import Kafka
from tests.servers.loopback import free_port

PASSWORD = "correct-horse-battery-staple"
USERS = ("worker", "intake", "projector", "notifier", "api", "operator")

SETTINGS = """\
listeners=PLAINTEXT://127.0.0.1:{{port}},{listeners},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{{port}},{listeners}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL,EXPIRED:SASL_SSL,\
ELSEWHERE:SASL_SSL,ONEWAY:SSL
controller.quorum.voters=1@127.0.0.1:{controller}
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
auto.create.topics.enable=true
ssl.keystore.type=PEM
ssl.truststore.type=PEM
ssl.truststore.location={ca}
"""
LISTENER = """\
listener.name.{name}.ssl.keystore.type=PEM
listener.name.{name}.ssl.keystore.location={store}
listener.name.{name}.ssl.truststore.type=PEM
listener.name.{name}.ssl.truststore.location={ca}
listener.name.{name}.ssl.client.auth={client_auth}
listener.name.{name}.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
"""

_EVERY = AclBindingFilter(
    ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY
)


class Grant(NamedTuple):
    """One access control entry. A name that ends in ``*`` stands for all that begin so."""

    user: str
    operation: str
    resource: str
    name: str


class SecureKafka:
    """The broker, its certificates, and its lists of who may do what."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.stranger = Authority(folder, "stranger")
        self.client = self.authority.sign("client")
        stores = {
            "secured": self.authority.sign("broker"),
            "expired": self.authority.sign("expired", days=-1),
            "elsewhere": self.authority.sign("elsewhere", host="DNS:elsewhere.test"),
            "oneway": self.authority.sign("oneway"),
        }
        self.ports = {name: free_port() for name in stores}
        self.broker = Kafka(folder, self._settings(folder, stores), _users())
        self.admin = self.broker.bootstrap
        self._admin: AdminClient | None = None

    def _settings(self, folder: Path, stores: dict[str, Certificate]) -> str:
        listeners = ",".join(f"{name.upper()}://127.0.0.1:{port}" for name, port in self.ports.items())
        text = SETTINGS.format(listeners=listeners, controller=free_port(), ca=self.authority.cert)
        for name, certificate in stores.items():
            store = folder / f"{name}-store.pem"
            store.write_text(certificate.both(), "utf-8")
            wanted = "none" if name == "oneway" else "required"
            text += LISTENER.format(name=name, store=store, ca=self.authority.cert, client_auth=wanted)
        return text

    def address(self, listener: str = "secured") -> str:
        """Return host:port of a listener."""
        return f"127.0.0.1:{self.ports[listener]}"

    def allow(self, grants: Iterable[Grant]) -> None:
        """Add entries, and return when they are in force."""
        wanted = [_binding(grant) for grant in grants]
        for waiting in self._client().create_acls(wanted).values():
            waiting.result(timeout=20)
        until = time.monotonic() + 30
        while not set(wanted) <= set(self._client().describe_acls(_EVERY).result(timeout=20)):
            assert time.monotonic() < until
            time.sleep(0.05)

    def forbid(self, grant: Grant) -> None:
        """Take one entry away."""
        found = _binding(grant)
        same = AclBindingFilter(
            found.restype,
            found.name,
            found.resource_pattern_type,
            found.principal,
            found.host,
            found.operation,
            found.permission_type,
        )
        for waiting in self._client().delete_acls([same]).values():
            assert waiting.result(timeout=20)

    def _client(self) -> AdminClient:
        self._admin = self._admin or AdminClient({"bootstrap.servers": self.admin})
        return self._admin


def _users() -> list[str]:
    return [f"--add-scram=SCRAM-SHA-512=[name={user},password={PASSWORD}]" for user in USERS]


def _binding(grant: Grant) -> AclBinding:
    pattern = ResourcePatternType.PREFIXED if grant.name.endswith("*") else ResourcePatternType.LITERAL
    return AclBinding(
        ResourceType[{"topic": "TOPIC", "group": "GROUP", "cluster": "BROKER"}[grant.resource]],
        "kafka-cluster" if grant.resource == "cluster" else grant.name.removesuffix("*"),
        pattern,
        f"User:{grant.user}",
        "*",
        AclOperation[grant.operation.upper()],
        AclPermissionType.ALLOW,
    )


@pytest.fixture(scope="session")
def secure_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureKafka]:
    """One that lives as long as the test session."""
    server = SecureKafka(tmp_path_factory.mktemp("secure-kafka"))
    server.broker.start()
    yield server
    server.broker.kill()
