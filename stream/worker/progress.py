"""Progress: what has been applied, partition by partition, so that readers can tell idle from dead.

A record never claims more than is stored, since it is sent after the run that it speaks of was settled.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from stream.clock import Clock, format_moment
from stream.worker.deadlines import Deadlines, Partition
from stream.worker.names import PROGRESS, WATCHED
from stream.worker.transport import Outbox, settled_upto


class _Told(NamedTuple):
    """`judged_at`: up to which moment intake has judged the inbox, of which `waiting` records are left."""

    applied: dict[str, int]
    caught_up_at: datetime | None
    judged_at: datetime | None
    waiting: int | None
    quarantined: int
    monotonic: float
    named: tuple[str, ...] = ()


class Progress:
    """Tells how far each owned partition is: after a run at once, when idle at most every `idle_progress` seconds."""

    def __init__(
        self,
        app: Any,
        clock: Clock,
        deadlines: Deadlines,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._clock = clock
        self._deadlines = deadlines
        self._idle_every = deadlines.settings.idle_progress
        self._monotonic = monotonic
        self._told: dict[int, _Told] = {}

    def clear(self) -> None:
        """Forget what was told: the partitions are being handed out anew."""
        self._told = {}

    async def turn(
        self, quarantined: Callable[[int], int], named: Callable[[int], tuple[str, ...]] = lambda _: ()
    ) -> None:
        """Send a record for each partition that has news.

        `quarantined` counts the patients of a partition, `named` says who they are as far as that is told.
        """
        box = Outbox(self._app)
        news: dict[int, _Told] = {}
        for number, partition in self._deadlines.partitions.items():
            state = self._state(number, partition, quarantined(number))._replace(named=named(number))
            if self._is_news(self._told.get(number), state):
                news[number] = state
                box.send(PROGRESS, str(number).encode(), self._record(number, state))
        if box.pending:
            await box.store()
        self._told |= news

    def _state(self, number: int, partition: Partition, quarantined: int) -> _Told:
        judged = self._deadlines.judged
        return _Told(
            self._applied(number),
            partition.caught_up_at(),
            None if judged is None else judged.upto,
            self._deadlines.waiting,
            quarantined,
            self._monotonic(),
        )

    def _applied(self, number: int) -> dict[str, int]:
        upto = {topic: settled_upto(self._app, topic, number) for topic in WATCHED}
        return {topic: offset for topic, offset in upto.items() if offset is not None}

    def _is_news(self, told: _Told | None, state: _Told) -> bool:
        if told is None or told.applied != state.applied:
            return True
        is_other = told._replace(monotonic=state.monotonic) != state
        return is_other and state.monotonic - told.monotonic >= self._idle_every

    def _record(self, number: int, state: _Told) -> bytes:
        return msgspec.json.encode(
            {
                "partition": number,
                "applied": state.applied,
                "caught_up_at": _text(state.caught_up_at),
                "clock_now": format_moment(self._clock.now()),
                "inbox": {"judged_at": _text(state.judged_at), "waiting": state.waiting},
                "quarantined": state.quarantined,
                "quarantined_patients": state.named,
            }
        )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else format_moment(moment)
