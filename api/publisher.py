"""From the HTTP API into the log: the same intake as the inbox, and an answer when everything is stored."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from stream.worker.intake import Intake, IntakeResult, Output, Raw
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


def told(result: IntakeResult) -> dict[str, Any]:
    """Return what the sender is told of one event: nothing of its content but its identity and what is wrong."""
    if result.accepted is not None:
        ref = result.accepted.fact.ref
        return {"status": "accepted", "source": ref.source, "id": ref.id, "marks": list(result.accepted.marks)}
    letter = result.letter
    names = ("source", "id", "reason", "field", "hint")
    return {"status": "refused"} | {name: getattr(letter, name) for name in names}
