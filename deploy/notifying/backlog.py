"""Whether the stream is working off a backlog: then what it warns of may be over a moment later.

After an outage of a hospital's system, of intake or of the watch, and in a first load, facts are judged one after the
other and by the present clock. A patient who was treated yesterday is warned of until that fact is reached too. So
nobody is told before the backlog is worked off; not longer, though, than a deadline waits until it fires unverified.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from stream.worker.apps import Setup
from stream.worker.names import FACTS, INBOX, WATCH_GROUP
from stream.worker.transport.groups import GroupWatch, Standing, group_of

logger = logging.getLogger(__name__)

MANY: Final = 500
"""Records that are a backlog. All hospitals of the country send two a second by day, and ten times that in a burst."""

FEW: Final = 50
"""Records that are none any more."""

FRESH_SECONDS: Final = 15.0
"""How old an answer may be. Where nobody says how much waits, nothing is held back."""


class Asked(Protocol):
    """Who says how far a group is (a GroupWatch)."""

    @property
    def latest(self) -> Standing | None:
        """The last answer; None: there was none yet."""

    async def look(self) -> None:
        """Ask once; what fails is no answer."""

    async def close(self) -> None:
        """Let connections go."""


class Backlog:
    """Knows whether a backlog is being worked off, or what came of it is still to be read in the ledger.

    `limit` is how long (seconds) anything is held back for one. `ledger_read` says whether the ledger was read to an
    end seen at a moment of monotonic time or later.
    """

    def __init__(
        self,
        groups: Sequence[Asked],
        limit: float,
        ledger_read: Callable[[float], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._groups = groups
        self._limit = limit
        self._ledger_read = ledger_read
        self._monotonic = monotonic
        self._since: float | None = None
        self._over_at: float | None = None
        self._holds = True

    def holds(self) -> bool:
        """Tell whether to wait; also before the first look."""
        return self._holds

    async def look(self) -> None:
        """Ask how much waits. Call it right before somebody may be told: what is raised may lie in a young backlog."""
        await asyncio.gather(*(group.look() for group in self._groups))
        now = self._monotonic()
        answers = [group.latest for group in self._groups]
        waiting = sum(each.waiting for each in answers if each and now - each.answered_at <= FRESH_SECONDS)
        if waiting > MANY:
            self._begin(now, waiting)
        elif self._since is not None and waiting <= FEW:
            self._end(now)
        self._holds = self._since is not None and now - self._since < self._limit

    async def close(self) -> None:
        """Let connections go; the next look makes new ones."""
        await asyncio.gather(*(group.close() for group in self._groups))

    def _begin(self, now: float, waiting: int) -> None:
        self._over_at = None
        if self._since is None:
            self._since = now
            logger.info("%d records wait to be judged or applied: nobody is told of anything until they are", waiting)

    def _end(self, now: float) -> None:
        self._over_at = self._over_at or now
        if self._ledger_read(self._over_at):
            logger.info("the backlog is worked off")
            self._since = self._over_at = None


def backlog_of(setup: Setup, ledger_read: Callable[[float], bool]) -> Backlog:
    """Return the backlog of intake and of the watch."""
    settings = setup.settings
    groups = ((settings.intake_group, INBOX), (WATCH_GROUP, FACTS))
    asked = [GroupWatch(group_of(setup.options, group, topic), 0.0) for group, topic in groups]
    return Backlog(asked, settings.unverified_after, ledger_read)
