"""The policy as data: when to warn and whom, its mistakes with their places, and the local times that it speaks of."""

from alerts.policy.mistakes import Mistake, PolicyError, PolicyFileError
from alerts.policy.policy import DEFAULT_FILE, Policy

__all__ = ["DEFAULT_FILE", "Mistake", "Policy", "PolicyError", "PolicyFileError"]
