"""How long to wait before a message is tried again: exponential with full jitter. Pure; the lot is handed in."""

from typing import Final

FIRST_SECONDS: Final = 5.0
LEAST_SECONDS: Final = 1.0
MOST_SECONDS: Final = 1800.0


def wait_seconds(attempts: int, lot: float, retry_after: float | None = None) -> float:
    """Return the seconds after so many failed attempts (1 or more); `lot` is from 0 to 1.

    Never longer than half an hour, never shorter than the other end asks for within that.
    """
    ceiling = min(MOST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempts, 30))
    return min(MOST_SECONDS, max(LEAST_SECONDS, lot * ceiling, retry_after or 0.0))
