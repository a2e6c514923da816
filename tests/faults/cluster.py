"""A real Kafka of one or three nodes on loopback. Each has a direct way in, and one through a proxy that can fail."""

import asyncio
import signal
import socket
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.faults.proxy import Proxy
from tests.servers.kafka import jars
from tests.servers.loopback import NoServerError, free_port, program

SETTINGS = """\
process.roles=broker,controller
node.id={id}
controller.quorum.voters={voters}
listeners=DIRECT://127.0.0.1:{port},PROXIED://127.0.0.1:{behind},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=DIRECT://127.0.0.1:{port},PROXIED://127.0.0.1:{proxy}
listener.security.protocol.map=DIRECT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=DIRECT
controller.listener.names=CONTROLLER
log.dirs={folder}/data
offsets.topic.replication.factor={copies}
offsets.topic.num.partitions=8
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={in_sync}
min.insync.replicas={in_sync}
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
num.recovery.threads.per.data.dir=2
"""


@dataclass
class Node:
    """One broker, which is a controller too."""

    id: int
    folder: Path
    port: int = field(default_factory=free_port)
    behind: int = field(default_factory=free_port)
    controller: int = field(default_factory=free_port)
    proxy: Proxy = field(init=False)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.proxy = Proxy(self.behind)

    def start(self) -> None:
        command = _java("kafka.Kafka", str(self.folder / "server.properties"))
        with (self.folder / "kafka.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)

    async def answers(self, seconds: float = 90) -> None:
        """Wait until it takes connections."""
        until = time.monotonic() + seconds
        while not self._listens():
            if self.process is None or self.process.poll() is not None or time.monotonic() > until:
                raise NoServerError(f"Kafka does not come up: {(self.folder / 'kafka.log').read_text('utf-8')[-3000:]}")
            await asyncio.sleep(0.1)

    def _listens(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(timeout=30)
            self.process = None


class Cluster:
    """Some nodes, and their proxies. Enter it to start them; at the end they are killed."""

    def __init__(self, folder: Path, size: int) -> None:
        self.nodes = [Node(number, folder / f"kafka-{number}") for number in range(1, size + 1)]
        self.copies = size

    async def __aenter__(self) -> Self:
        cluster = urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode().rstrip("=")  # no leading dash
        voters = ",".join(f"{node.id}@127.0.0.1:{node.controller}" for node in self.nodes)
        try:
            for node in self.nodes:
                await node.proxy.start()
                await asyncio.to_thread(self._format, node, cluster, voters)
                node.start()
            for node in self.nodes:
                await node.answers()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for node in self.nodes:
            node.kill()
            await node.proxy.stop()

    def _format(self, node: Node, cluster: str, voters: str) -> None:
        node.folder.mkdir(parents=True)
        settings = node.folder / "server.properties"
        in_sync = min(2, self.copies)
        text = SETTINGS.format(
            id=node.id,
            voters=voters,
            port=node.port,
            behind=node.behind,
            controller=node.controller,
            proxy=node.proxy.port,
            folder=node.folder,
            copies=self.copies,
            in_sync=in_sync,
        )
        settings.write_text(text, "utf-8")
        tool = _java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(settings))
        subprocess.run(tool, check=True, timeout=60, stdout=subprocess.DEVNULL)

    @property
    def direct(self) -> str:
        """The brokers as host:port, with commas."""
        return ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    @property
    def proxied(self) -> str:
        """The same brokers behind their proxies."""
        return ",".join(f"127.0.0.1:{node.proxy.port}" for node in self.nodes)

    @property
    def proxies(self) -> list[Proxy]:
        return [node.proxy for node in self.nodes]


def _java(*words: str) -> list[str]:
    flags = ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    return [program("java"), *flags, "-cp", f"{jars()}/*", *words]
