"""From the HTTP API into the log: events through the intake of the inbox, and commands; answered when stored."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec

from alerts.commands import Command
from stream.worker.intake import Intake, IntakeResult, Output, Raw
from stream.worker.names import ACTIONS
from stream.worker.partition import partition_of
from stream.worker.slices import LARGE_BYTES, judged

LARGE_AT_ONCE: Final = 2
"""Large batches that are taken at the same time: a parsed one needs about ten times its size in memory."""

Store = Callable[[Sequence[Output]], Awaitable[None]]
"""Writes records and returns when all are stored. Raises TransportError."""


class Publisher:
    """Judges what was sent and stores what follows from it. Call it with a request's body and headers."""

    def __init__(self, intake: Intake, store: Store) -> None:
        self._intake = intake
        self._store = store
        self._room_for_large = asyncio.Semaphore(LARGE_AT_ONCE)

    async def __call__(self, raw: Raw) -> list[dict[str, Any]]:
        """Return one result an event, in order, when all is stored. Raises TransportError.

        A large batch is stored in parts; where that fails in the middle the sender sends all of it again, and the
        events that were stored are known by their identity.
        """
        if len(raw.value or b"") <= LARGE_BYTES:
            return await self._publish(raw)
        async with self._room_for_large:
            return await self._publish(raw)

    async def _publish(self, raw: Raw) -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = []
        async for results in judged(self._intake, raw):
            await self._store([output for result in results for output in result.outputs])
            answer += [told(result) for result in results]
        return answer


class Commander:
    """Stores commands of staff beside their patient's facts. `partitions` is the number of partitions there."""

    def __init__(self, store: Store, partitions: int) -> None:
        self._store = store
        self._partitions = partitions

    async def __call__(self, command: Command) -> None:
        """Store a command and return when it is stored. Raises TransportError."""
        key = command.patient.encode()
        place = partition_of(key, self._partitions)
        await self._store([Output(ACTIONS, key, msgspec.json.encode(command), place)])


def told(result: IntakeResult) -> dict[str, Any]:
    """Return what the sender is told of one event: nothing of its content but its identity and what is wrong."""
    if result.accepted is not None:
        ref = result.accepted.fact.ref
        return {"status": "accepted", "source": ref.source, "id": ref.id, "marks": list(result.accepted.marks)}
    letter = result.letter
    names = ("source", "id", "reason", "field", "hint")
    return {"status": "refused"} | {name: getattr(letter, name) for name in names}
