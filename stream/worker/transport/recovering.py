"""Faust's recovery of rows and positions after each rebalance, which may not end in silence."""

from typing import Any

from faust.tables import TableManager
from faust.tables.recovery import Recovery, ServiceStopped

from stream.worker.transport.errors import RecoveryStalledError


class OwnRecovery(Recovery):  # type: ignore[misc]  # Faust has no types here
    """A recovery that crashes the app when the log does not answer.

    Faust takes such a time-out for the end of the service: its task returns without an error, the process goes on as a
    member of its group, and nothing is read any more.
    """

    async def _wait(self, coro: Any, timeout: float | None = None) -> None:  # noqa: ASYNC109 - Faust's name
        try:
            await super()._wait(coro, timeout)
        except ServiceStopped:
            if timeout is not None and not self.should_stop and not self.app.crashed:
                error = RecoveryStalledError(
                    f"the log did not say within {timeout:g} s where to go on from after partitions were handed out:"
                    " look at its brokers; the process ends, start it again"
                )
                await self.app.crash(error)
            raise


class OwnTableManager(TableManager):  # type: ignore[misc]  # Faust has no types here
    """Brings our recovery."""

    _recovery: Recovery | None = None

    @property
    def recovery(self) -> Recovery:
        """The service that recovers, made when it is first asked for."""
        if self._recovery is None:
            self._recovery = OwnRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
