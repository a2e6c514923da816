"""From the HTTP API into the log: the same intake as the inbox, and an answer when everything is stored."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from stream.worker.intake import Intake, IntakeResult, Output, Raw

Store = Callable[[Sequence[Output]], Awaitable[None]]
"""Writes records and returns when all are stored. Raises TransportError."""


class Publisher:
    """Judges what was sent and stores what follows from it. Call it with a request's body and headers."""

    def __init__(self, intake: Intake, store: Store) -> None:
        self._intake = intake
        self._store = store

    async def __call__(self, raw: Raw) -> list[dict[str, Any]]:
        """Return one result an event, in order, when all is stored. Raises TransportError."""
        results = self._intake.take(raw)
        await self._store([output for result in results for output in result.outputs])
        return [told(result) for result in results]


def told(result: IntakeResult) -> dict[str, Any]:
    """Return what the sender is told of one event: nothing of its content but its identity and what is wrong."""
    if result.accepted is not None:
        ref = result.accepted.fact.ref
        return {"status": "accepted", "source": ref.source, "id": ref.id, "marks": list(result.accepted.marks)}
    letter = result.letter
    names = ("source", "id", "reason", "field", "hint")
    return {"status": "refused"} | {name: getattr(letter, name) for name in names}
