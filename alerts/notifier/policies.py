"""The policy in force, looked at again while everything runs: a bad one keeps the old, and everybody can see it."""

import logging
from collections.abc import Callable
from datetime import date

from prometheus_client import Gauge

from alerts.notifier.planner import Rules
from alerts.policy.file import Kept, PolicyFile, Reloaded

logger = logging.getLogger(__name__)


class Policies:
    """The rules of a policy file. `is_working_day` tells of a local date that it is no holiday."""

    def __init__(self, file: PolicyFile, is_working_day: Callable[[date], bool], failed: Gauge) -> None:
        self._file = file
        self._is_working_day = is_working_day
        self._failed = failed
        self.rules = Rules.of(file.current, is_working_day)

    def look(self) -> None:
        """Read the file again. Later messages follow the new policy; what waits keeps its time."""
        match self._file.look():
            case Reloaded(policy=policy):
                self.rules = Rules.of(policy, self._is_working_day)
                logger.info("the policy was read again", extra={"policy": policy.version})
            case Kept(error=error):
                logger.error("the policy file cannot be used, the policy before it stays in force: %s", error)
            case _:
                pass
        self._failed.set(self._file.error is not None)
