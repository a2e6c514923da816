"""The notifier: takes runs of the ledger, tells people, hands over, and sends.

Every step is one transaction. Between any two the process may end: what was decided is in SQL, what was being sent is
sent again under the same identity.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from alerts.delivery.channels import Channel, PermanentFailureError, TemporaryFailureError
from alerts.notifier import attempts, erasing, turns
from alerts.notifier.applying import Applied, Run, apply
from alerts.notifier.attempts import Attempt, Names, Result
from alerts.notifier.backoff import wait_seconds
from alerts.notifier.composing import compose
from alerts.notifier.gauging import standing
from alerts.notifier.handing_over import hand_over
from alerts.notifier.heads import tell_head
from alerts.notifier.lanes import Lanes, by_lane
from alerts.notifier.planner import Planner, Told
from alerts.notifier.policies import Policies
from alerts.notifier.readdressing import readdress
from alerts.notifier.reporting import Reporter
from alerts.records import ledgerbook
from alerts.records.database import Database

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Outside:
    """What the notifier is given. `now` is the law's time and `wall` the wall's (both aware).

    `lot` draws from 0 to 1, `salt` gives 16 random bytes in hexadecimal, `holder` names this process.
    """

    database: Database
    channel: Channel
    names: Names
    now: Callable[[], datetime]
    wall: Callable[[], datetime]
    lot: Callable[[], float]
    salt: Callable[[], str]
    holder: str


class Notifier:
    """One process's part. Of all notifiers one at a time hands over and sends, `look` sees to whose turn it is.

    `caught_up` says whether the ledger was read to its end: until it was, nothing is sent, so that what is over by then
    is never told. `told_upto` says at a moment of the law's time up to which one: what might go by then may be told.
    It lies back while the stream behind the ledger works off much. Every method raises DatabaseLostError; what it was
    about is done when it is called again.
    """

    def __init__(
        self,
        outside: Outside,
        policies: Policies,
        reporter: Reporter,
        caught_up: Callable[[], bool],
        told_upto: Callable[[datetime], datetime],
    ) -> None:
        self._outside = outside
        self._policies = policies
        self._reporter = reporter
        self._caught_up = caught_up
        self._told_upto = told_upto
        self._lanes = Lanes()
        # Asked for when it is read: a look that fails must not leave a good figure standing.
        reporter.metrics.caught_up.set_function(caught_up)

    async def apply(self, partition: int, records: Sequence[tuple[int, bytes | None]]) -> Applied:
        """Take records of a partition with their offsets, in order; what was applied before changes nothing."""
        outside, rules = self._outside, self._policies.rules
        run = Run(partition, records)
        found = await self._do(lambda connection: apply(connection, run, rules, outside.now(), outside.salt))
        self._reporter.applied(partition, found)
        return found

    async def applied(self, partition: int) -> int:
        """Return the offset of a partition that is to be read next."""
        return await self._do(lambda connection: ledgerbook.applied(connection, partition))

    async def rewind(self) -> None:
        """Read every partition from its beginning again: the topic was made anew."""
        await self._do(ledgerbook.rewind)

    async def look(self) -> None:
        """Hand over what nobody took care of, make messages of what may go, and begin a new day: every second."""
        ready = self._caught_up()
        mine = ready and await self._do(lambda connection: turns.take(connection, *self._me()))
        self._reporter.metrics.turn.set(mine)
        if mine:
            upto = self._told_upto(self._outside.now())
            await self._plan(hand_over)
            self._reporter.again(await self._do(lambda connection: readdress(self._planner(connection))))
            await self._plan(lambda planner: compose(planner, self._outside.wall(), upto))
            await self._do(self._begin_day)
        now = self._outside.now()
        self._reporter.stands(await self._do(lambda connection: standing(connection, now)), now)
        self._reporter.looked()

    async def send(self) -> int:
        """Begin to send what is due and has room in its lane, and return how many were begun; none is waited for.

        Call it again while any was. Raises also what an attempt that was begun before has ended with.
        """
        self._lanes.clear()
        if not self._caught_up():
            return 0
        due = await self._do(self._due)
        for lane, message_id in due:
            self._lanes.start(lane, message_id, self._send(message_id))
        return len(due)

    async def finish(self) -> None:
        """Wait until nothing is under way. Raises what one of the attempts has ended with."""
        await self._lanes.finish()

    async def leave(self) -> None:
        """Let another process have the turn."""
        await self._do(lambda connection: turns.give(connection, *self._me()))

    def _begin_day(self, connection: Connection) -> None:
        if tell_head(self._planner(connection), self._outside.wall()):
            erasing.erase(connection)  # who was erased while an alert was open still has names

    def _due(self, connection: Connection) -> list[tuple[str, str]]:
        if not turns.holds(connection, *self._me()):
            return []
        wall, found = self._outside.wall(), []
        waiting = attempts.waiting(connection, wall)
        for lane, names in by_lane(waiting, self._policies.rules.policy.contacts).items():
            due = attempts.due(connection, wall, names, self._lanes.under_way, self._lanes.room(lane))
            found += [(lane, each) for each in due]
        return found

    async def _send(self, message_id: str) -> None:
        attempt = await self._do(lambda connection: self._begin(connection, message_id))
        if not isinstance(attempt, Attempt):
            self._reporter.told(attempt)
            return
        result = await self._try(attempt)
        await self._plan(lambda planner: attempts.close(planner, attempt, result, self._outside.wall()))
        self._reporter.attempted(attempt, result, self._outside.now())

    def _begin(self, connection: Connection, message_id: str) -> Attempt | list[Told]:
        if not turns.holds(connection, *self._me()):
            return []
        return attempts.begin(self._planner(connection), message_id, self._outside.names, self._outside.wall())

    async def _try(self, attempt: Attempt) -> Result:
        try:
            sent = await self._outside.channel.send(attempt.message)
        except TemporaryFailureError as error:
            logger.warning("%s", error)
            return self._later(attempt, error.why, error.retry_after)
        except PermanentFailureError as error:
            logger.error("%s", error)  # noqa: TRY400 - what went wrong is the other end's
            return Result("permanent", error.why)
        except Exception:
            # One message that cannot be made must not keep the others: it is counted, and tried again.
            logger.exception("a message could not be made", extra={"message_id": attempt.message.notice_id})
            return self._later(attempt, "error", None)
        return Result("sent", receipt=sent.receipt)

    def _later(self, attempt: Attempt, why: str, retry_after: float | None) -> Result:
        seconds = wait_seconds(attempt.number, self._outside.lot(), retry_after)
        return Result("temporary", why, wait_seconds=seconds)

    async def _plan(self, work: Callable[[Planner], list[Told]]) -> None:
        self._reporter.told(await self._do(lambda connection: work(self._planner(connection))))

    def _planner(self, connection: Connection) -> Planner:
        return Planner(connection, self._policies.rules, self._outside.now())

    def _me(self) -> tuple[str, datetime]:
        return self._outside.holder, self._outside.wall()

    async def _do(self, work: Callable[[Connection], Answer]) -> Answer:
        return await self._outside.database.transact(work)
