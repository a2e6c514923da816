"""Whether the stream is working off a backlog: then what it warns of may be over a moment later.

After an outage of a hospital's system, of intake or of the watch, and in a first load, facts are judged one after the
other and by the present clock. A patient who was treated yesterday is warned of until that fact is reached too. So what
is warned of meanwhile waits until the backlog is worked off, as long as a deadline waits at most until it fires
unverified. Where events come no faster than they are worked off there is no backlog, however old they are.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from stream.worker.apps import Setup
from stream.worker.names import FACTS, INBOX, WATCH_GROUP
from stream.worker.transport.groups import GroupWatch, Standing, group_of

logger = logging.getLogger(__name__)

MANY: Final = 200
"""Records that are a backlog. All hospitals of the country send two a second by day, and ten times that in a burst."""

FEW: Final = 50
"""Records that are none any more."""

ANSWER_SECONDS: Final = 2.0
"""How long one answer may take; who asks has other things to do, too."""

FRESH_SECONDS: Final = 15.0
"""How long warnings wait because nobody says how much waits. Then they do not: a right may be lacking."""

AGAIN_SECONDS: Final = 5.0
"""When to ask again after there was no answer."""


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

    `groups` are in the order in which records pass them. `limit` is how long (seconds) a warning waits. `ledger_read`
    says whether the ledger was read to an end seen at a moment of monotonic time or later.
    """

    def __init__(
        self,
        groups: Sequence[Asked],
        limit: float,
        ledger_read: Callable[[float], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._groups = groups
        self._limit = timedelta(seconds=limit)
        self._ledger_read = ledger_read
        self._monotonic = monotonic
        self._ask_at = monotonic()
        self._unanswered_since: float | None = None
        self._is_there = False
        self._over_at: float | None = None
        self._holds = True

    def holds(self) -> bool:
        """Tell whether warnings wait; also before the first look."""
        return self._holds

    def told_upto(self, now: datetime) -> datetime:
        """Return up to which moment of the law's time that may be told which might go by then. `now` is aware."""
        return now - self._limit if self._holds else now

    async def look(self) -> None:
        """Ask how much waits. Call it right before somebody may be told: what is raised may lie in a young backlog."""
        began = self._monotonic()
        if began < self._ask_at:
            return
        for group in self._groups:  # what passes from one to the next meanwhile is counted by both, and never by none
            await group.look()
        now, answers = self._monotonic(), [group.latest for group in self._groups]
        fresh = [answer.waiting for answer in answers if answer is not None and answer.asked_at >= began]
        if len(fresh) == len(answers) or sum(fresh) > MANY:
            self._unanswered_since = None
            self._note(now, sum(fresh))
        else:
            self._ask_at = now + AGAIN_SECONDS
            self._unanswered_since = now if self._unanswered_since is None else self._unanswered_since
        self._holds = self._is_there or (
            self._unanswered_since is not None and now - self._unanswered_since < FRESH_SECONDS
        )

    async def close(self) -> None:
        """Let connections go; the next look makes new ones."""
        await asyncio.gather(*(group.close() for group in self._groups))

    def _note(self, now: float, waiting: int) -> None:
        if waiting > MANY:
            if not self._is_there:
                logger.info("%d records wait to be judged or applied: warnings wait until they are", waiting)
            self._is_there, self._over_at = True, None
        elif self._is_there and waiting <= FEW:
            self._over_at = now if self._over_at is None else self._over_at
            if self._ledger_read(self._over_at):
                logger.info("the backlog is worked off")
                self._is_there, self._over_at = False, None


def backlog_of(setup: Setup, ledger_read: Callable[[float], bool]) -> Backlog:
    """Return the backlog of intake and of the watch."""
    settings = setup.settings
    groups = ((settings.intake_group, INBOX), (WATCH_GROUP, FACTS))
    asked = [GroupWatch(group_of(setup.options, *each), AGAIN_SECONDS, answer=ANSWER_SECONDS) for each in groups]
    return Backlog(asked, settings.unverified_after, ledger_read)
