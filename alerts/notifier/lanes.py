"""Lanes: the messages to one server are under way some at a time, and wait for those to that server only.

Mail goes through one server, so all of it is one lane; the webhooks of each host are another.
"""

import asyncio
import logging
from collections.abc import Collection, Coroutine, Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from alerts.policy.contacts import Contact

logger = logging.getLogger(__name__)

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

    @property
    def under_way(self) -> Collection[str]:
        """The ids of the messages that are under way, in whichever lane: a changed policy moves recipients."""
        return self._tasks.keys()

    def room(self, lane: str) -> int:
        """Return how many more messages a lane takes."""
        return SLOTS - sum(used == lane for used, _ in self._tasks.values())

    def start(self, lane: str, message_id: str, attempt: Coroutine[Any, Any, None]) -> None:
        """Begin an attempt."""
        self._tasks[message_id] = (lane, asyncio.create_task(attempt))

    def clear(self) -> None:
        """Free the slots of what has ended. Raises what the first of them failed with; the others are logged."""
        ended = [message_id for message_id, (_, task) in self._tasks.items() if task.done()]
        tasks = [self._tasks.pop(message_id)[1] for message_id in ended]
        failures = [failure for task in tasks if (failure := task.exception()) is not None]
        for failure in failures[1:]:
            logger.error("another attempt failed as well", exc_info=failure)
        if failures:
            raise failures[0]

    async def finish(self) -> None:
        """Wait until nothing is under way. Raises like `clear`."""
        if self._tasks:
            await asyncio.wait([task for _, task in self._tasks.values()])
        self.clear()
