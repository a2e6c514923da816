"""Marks of what was taken from staff and is on its way: so that a key given twice means one command.

A mark holds no text and no name: a salted digest tells whether the same was asked for. It stands beside the read model,
which only the projector writes, and goes no sooner than the answer, whose writing prolongs it.
"""

import hashlib
import secrets
from datetime import datetime
from typing import Final

import msgspec

from api.problems import ProblemError
from api.projection.answers import Answer
from api.projection.keys import ANSWER_KEPT, Store

MARK_KEPT: Final = ANSWER_KEPT
"""How long a mark is kept from when it was made (wall time), if no answer prolongs it.

An answer without a mark is there only where Redis lost the marks, or the version before, which kept them for a week,
made them: nobody can tell then whether a repeat asks for the same, so it is refused.
"""

KEY_USED: Final = "key_used"
"""Code of the problem of a key that stands for something else."""


class Event(msgspec.Struct, frozen=True):
    """Identity of the fact that was made."""

    source: str
    id: str


class Mark(msgspec.Struct, frozen=True):
    """Something was taken at an aware moment. `event` is set once a fact was accepted."""

    at: datetime
    salt: str
    digest: str
    event: Event | None = None

    @classmethod
    def of(cls, content: str, at: datetime) -> "Mark":
        """Return the mark of new content."""
        salt = secrets.token_hex(16)
        return cls(at, salt, _digest(salt, content))

    def is_of(self, content: str) -> bool:
        """Tell whether it is the mark of this content."""
        return self.digest == _digest(self.salt, content)


class SentCommands:
    """Marks by command id, and the answers that the read model has."""

    def __init__(self, store: Store) -> None:
        self._redis = store.redis
        self._keys = store.keys

    async def claim(self, command_id: str, content: str, at: datetime) -> tuple[Mark, bool]:
        """Return the mark of a command and whether it is a new one. Raises ProblemError for a key used otherwise."""
        new = Mark.of(content, at)
        while True:
            if await self._redis.set(self._keys.sent(command_id), msgspec.json.encode(new), nx=True, ex=MARK_KEPT):
                return await self._unless_answered(command_id, new)
            mark = await self.mark(command_id)
            if mark is not None and not mark.is_of(content):
                raise used_otherwise()
            if mark is not None:
                return mark, False

    async def _unless_answered(self, command_id: str, new: Mark) -> tuple[Mark, bool]:
        if await self.answer(command_id) is None:
            return new, True
        await self.forget(command_id)
        raise used_otherwise()

    async def accepted(self, command_id: str, mark: Mark, event: Event) -> None:
        """Note that a fact was accepted."""
        done = msgspec.structs.replace(mark, event=event)
        await self._redis.set(self._keys.sent(command_id), msgspec.json.encode(done), ex=MARK_KEPT)

    async def forget(self, command_id: str) -> None:
        """Take a mark away: nothing was sent."""
        await self._redis.delete(self._keys.sent(command_id))

    async def mark(self, command_id: str) -> Mark | None:
        """Return the mark of a command, or None."""
        value = await self._redis.get(self._keys.sent(command_id))
        return None if value is None else msgspec.json.decode(value, type=Mark)

    async def answer(self, command_id: str) -> Answer | None:
        """Return what the worker answered, as far as it is known."""
        value = await self._redis.get(self._keys.command(command_id))
        return None if value is None else msgspec.json.decode(value, type=Answer)


def used_otherwise() -> ProblemError:
    """Say that a key stands for something else already."""
    return ProblemError(
        409,
        KEY_USED,
        "This Idempotency-Key was used before",
        "For something else, or what it was for is no longer known: choose a new one.",
    )


def _digest(salt: str, content: str) -> str:
    return hashlib.sha256(f"{salt}{content}".encode()).hexdigest()
