"""Whether the group still counts on this worker, as far as its coordinator has told it.

A worker that is cut off learns late that others have its partitions: its session is over, and when it reaches the
brokers again it may fetch before it hears of it. Where only the coordinator is out of reach it never hears of it. It
would go on from rows that are not the newest, and what it sends would land upon what the new owner sent. So whatever is
stored waits for a word of the coordinator that is young enough: a send that begins then ends before the session can.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiokafka.errors import IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError
from aiokafka.protocol.group import HeartbeatRequest, SyncGroupRequest

from stream.worker.transport.errors import NotMemberError

_MEMBER: Final = frozenset({0, RebalanceInProgressError.errno})
"""Answers to members. While the group rebalances, partitions stay where they are until we join again."""
_STRANGER: Final = frozenset({UnknownMemberIdError.errno, IllegalGenerationError.errno})
_LOOK: Final = 0.02
"""Seconds between looks at whether the coordinator has answered."""


class Membership:
    """What the coordinator last said. Written in the thread of the consumer, read in that of the agents.

    `seconds` is how old its last word may be.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._asked_at = -math.inf
        self._is_over = False

    def listen(self, coordinator: Any) -> None:
        """Hear what is answered to requests of aiokafka's coordinator."""
        send: Callable[[Any], Awaitable[Any]] = coordinator._send_req  # noqa: SLF001 - aiokafka has no public way

        async def heard(request: Any) -> Any:
            asked_at = self._monotonic()
            answer = await send(request)
            if isinstance(request, (HeartbeatRequest, SyncGroupRequest)):
                self.hear(asked_at, answer.error_code, is_heartbeat=isinstance(request, HeartbeatRequest))
            return answer

        coordinator._send_req = heard  # noqa: SLF001

    def hear(self, asked_at: float, error_code: int, *, is_heartbeat: bool) -> None:
        """Take an answer. The session counts from when the coordinator was asked, at the least.

        Who joins anew is told so by other means; a heartbeat is sent by who believes to own partitions.
        """
        if error_code in _MEMBER:
            self._asked_at = asked_at
        elif is_heartbeat and error_code in _STRANGER:
            self._is_over = True

    async def sure(self) -> None:
        """Return when the group surely counts on us. Raises NotMemberError if it surely does not any more."""
        while not self._is_over and self._monotonic() - self._asked_at > self._seconds:  # noqa: ASYNC110 - another thread's loop hears the answer
            await asyncio.sleep(_LOOK)
        if self._is_over:
            raise NotMemberError("the Kafka group gave this worker up, others own its partitions: start it again")
