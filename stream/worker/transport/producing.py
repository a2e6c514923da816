"""The producer's half of both transports. There is one way out of a worker: an Outbox, which calls `store` here."""

import abc
from collections.abc import Sequence
from typing import Any, NoReturn

import msgspec
from faust.transport import base

from stream.worker.transport.errors import TransportError
from stream.worker.transport.runs import Run


class Outgoing(msgspec.Struct, frozen=True):
    """A record to be written. Without a `partition` it goes where the key's murmur2 hash says, as Kafka's default."""

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()

    @property
    def size(self) -> int:
        """Bytes of key, value and headers."""
        headers = sum(len(name) + len(value) for name, value in self.headers)
        return len(self.key or b"") + len(self.value or b"") + headers


class OwnedProducer(base.Producer):  # type: ignore[misc]  # Faust has no types here
    """A Faust producer that refuses Faust's own ways of sending: none of them tells the agent of a failure."""

    @abc.abstractmethod
    async def store(self, outputs: Sequence[Outgoing], rows: Sequence[Outgoing]) -> None:
        """Return when the log has all outputs and then all rows. Raises what the transport raises."""

    async def store_runs(self, outputs: Sequence[Outgoing], rows: Sequence[Outgoing], runs: Sequence[Run]) -> None:  # noqa: ARG002 - for logs that can
        """Do as `store`, and note that `runs` are done if that can be one step with it. Else the consumer commits."""
        await self.store(outputs, rows)

    async def send(self, topic: str, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse."""
        raise TransportError(f"{topic}: send and write rows through an Outbox, not through Faust")

    async def send_and_wait(self, topic: str, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse."""
        raise TransportError(f"{topic}: send and write rows through an Outbox, not through Faust")

    async def create_topic(self, topic: str, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse."""
        raise TransportError(f"{topic}: topics are made by ensure_topics, not by Faust")
