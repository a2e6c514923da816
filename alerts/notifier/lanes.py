"""Lanes: the messages to one server are under way some at a time, and wait for those to that server only.

Mail goes through one server, so all of it is one lane; the webhooks of each host are another.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from alerts.policy.contacts import Contact

SLOTS: Final = 8
"""Messages under way at a time in one lane. The policy names so many servers, so that all together are bounded too."""

NOWHERE: Final = ""
"""The lane of those whom the policy has no more: nothing is sent to them, what waits for them is dropped."""


def by_lane(names: Iterable[str], contacts: Mapping[str, Contact]) -> dict[str, list[str]]:
    """Return the recipients of these names by their lane."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(_lane(contacts.get(name)), []).append(name)
    return found


def _lane(contact: Contact | None) -> str:
    if contact is None:
        return NOWHERE
    recipient = contact.recipient
    return "mail" if recipient.channel == "mail" else f"webhook {urlsplit(recipient.address).hostname}"


class Lanes:
    """The attempts that are under way."""

    def __init__(self) -> None:
        self._tasks: dict[str, tuple[str, asyncio.Task[None]]] = {}

    def under_way(self, lane: str) -> list[str]:
        """Return the ids of the messages that are under way in a lane."""
        return [message_id for message_id, (used, _) in self._tasks.items() if used == lane]

    def start(self, lane: str, message_id: str, attempt: Coroutine[Any, Any, None]) -> None:
        """Begin an attempt."""
        self._tasks[message_id] = (lane, asyncio.create_task(attempt))

    def clear(self) -> None:
        """Free the slots of what has ended. Raises what one of them ended with; call it again for the others."""
        for message_id, (_, task) in list(self._tasks.items()):
            if task.done():
                del self._tasks[message_id]
                task.result()

    async def finish(self) -> None:
        """Wait until nothing is under way. Raises like `clear`."""
        if self._tasks:
            await asyncio.wait([task for _, task in self._tasks.values()])
        self.clear()
