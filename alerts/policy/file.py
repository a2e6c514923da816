"""A policy file that is read again while everything runs: a good change counts, a bad one leaves the old policy.

It has no timer and writes no log: whoever has it looks from time to time and does what the answer asks.
"""

from dataclasses import dataclass
from pathlib import Path

from alerts.policy.mistakes import PolicyError
from alerts.policy.policy import DEFAULT_FILE, Policy, file_content


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The file has another content, and it is in force."""

    before: Policy
    policy: Policy

    @property
    def decides_anew(self) -> bool:
        """Whether decisions may differ, so that patients have to be evaluated again."""
        return self.before.digest != self.policy.digest

    @property
    def routes_anew(self) -> bool:
        """Whether later messages may reach others, or at other times."""
        return self.before.routing_digest != self.policy.routing_digest


@dataclass(frozen=True, slots=True)
class Kept:
    """The file has another content and cannot be used: the policy before it stays in force."""

    error: PolicyError


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The file is as it was when it was last looked at; `PolicyFile.error` says whether that was good."""


class PolicyFile:
    """The policy of a file. `error` is why what the file says now is not in force, None if it is."""

    def __init__(self, path: Path | None = None) -> None:
        """Read it (None: the one that comes along). Raises PolicyError: there is nothing to keep yet."""
        self.path = DEFAULT_FILE if path is None else path
        self.error: PolicyError | None = None
        self._seen: bytes | None = file_content(self.path)
        """What the file held when it was last looked at; None: it could not be read."""
        self.current = Policy.decode(self._seen, str(self.path))

    def look(self) -> Reloaded | Kept | Unchanged:
        """Read the file again. It is compared byte by byte: it is small, and a time of change can lie."""
        try:
            content = file_content(self.path)
        except PolicyError as error:
            return self._keep(None, error)
        if content == self._seen:
            return Unchanged()
        try:
            policy = Policy.decode(content, str(self.path))
        except PolicyError as error:
            return self._keep(content, error)
        before, self.current, self._seen, self.error = self.current, policy, content, None
        return Reloaded(before, policy)

    def _keep(self, content: bytes | None, error: PolicyError) -> Kept | Unchanged:
        if content is None and self._seen is None:
            return Unchanged()
        self._seen, self.error = content, error
        return Kept(error)
