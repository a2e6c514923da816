"""Writing records without a Faust app: for the API process and for tools. The same on both transports."""

import asyncio
import sqlite3
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from aiokafka.errors import KafkaError

from stream.worker.transport.embedded import sharing
from stream.worker.transport.errors import RecordTooLargeError, SendError, TransportError
from stream.worker.transport.kafka.client import KafkaWriter
from stream.worker.transport.kafka.diagnosis import refusal, sentence
from stream.worker.transport.options import TransportOptions
from stream.worker.transport.producing import Outgoing


class Placed(NamedTuple):
    """Where a record lies now."""

    partition: int
    offset: int


class _Writer(Protocol):
    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def write(self, records: Sequence[Outgoing]) -> list[tuple[int, int]]: ...


class _EmbeddedWriter:
    def __init__(self, options: TransportOptions) -> None:
        self._options = options

    async def start(self) -> None:
        self._broker = sharing.acquire(self._options)

    async def stop(self) -> None:
        await sharing.release(self._broker)

    async def write(self, records: Sequence[Outgoing]) -> list[tuple[int, int]]:
        return await self._broker.append(records)


class Sender:
    """Sends records and waits until they are stored. Use it as an async context manager, or `start` and `stop` it."""

    def __init__(self, options: TransportOptions) -> None:
        self._options = options
        self._writer: _Writer = _EmbeddedWriter(options) if options.kind == "embedded" else KafkaWriter(options)

    async def start(self) -> None:
        """Connect. Raises SendError if Kafka is out of reach, StoreLockedError if another process has the directory."""
        try:
            await self._writer.start()
        except KafkaError as error:
            raise SendError(str(await refusal(self._options, error))) from error

    async def stop(self) -> None:
        """Disconnect."""
        await self._writer.stop()

    async def send_many(self, records: Sequence[Outgoing]) -> list[Placed]:
        """Return where the records lie, once all are stored. Raises RecordTooLargeError (nothing sent), SendError."""
        for record in records:
            if record.size > self._options.max_message_bytes:
                raise RecordTooLargeError(f"a record for {record.topic} has {record.size} bytes: send a smaller one")
        try:
            async with asyncio.timeout(self._options.send_timeout):
                return [Placed(*place) for place in await self._writer.write(records)]
        except TimeoutError as error:
            raise SendError(
                f"not acknowledged within {self._options.send_timeout} s: the records may or may not be stored; "
                "send them again with the same identity"
            ) from error
        except (KafkaError, sqlite3.Error, TransportError) as error:
            raise SendError(f"could not send: {sentence(error)}") from error

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
