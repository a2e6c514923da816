"""`fristvagt` as it is, with a clock that a test steers and times short enough for one.

Run as ``python -m tests.faults.steered worker``. FAULTS_CLOCK names the file in which the moment stands. The times keep
the proportions of the delivered ones: a send gives up before the session can be over.
"""

import os
import struct
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import deploy.transport
from deploy.cli import main
from deploy.settings import Settings
from stream.clock import EPOCH
from stream.worker.transport import TransportOptions

SESSION = 12.0
REQUEST = 24.0
TIMES: dict[str, Any] = {
    "session_timeout": SESSION,
    "heartbeat_interval": 1.0,
    "request_timeout": REQUEST,
    "send_timeout": SESSION * 2 / 3,
    "commit_interval": 0.3,
    "end_interval": 0.3,
}
_FORMAT = struct.Struct("<q")


class SteeredClock:
    """Stands at the moment that the file says: microseconds since 1970."""

    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_RDONLY)

    def now(self) -> datetime:
        (microseconds,) = _FORMAT.unpack(os.pread(self._file, _FORMAT.size, 0))
        return EPOCH + timedelta(microseconds=microseconds)


def steer(file: Path, moment: datetime) -> None:
    """Put the clock; every process sees it at once."""
    microseconds = (moment.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)
    with file.open("r+b" if file.exists() else "wb", buffering=0) as out:
        out.write(_FORMAT.pack(microseconds))


if __name__ == "__main__":
    clock = SteeredClock(Path(os.environ["FAULTS_CLOCK"]))
    Settings.make_clock = lambda _: clock  # type: ignore[method-assign]
    deploy.transport.TransportOptions = partial(TransportOptions, **TIMES)  # type: ignore[misc,assignment]
    sys.exit(main())
