"""What the demo remembers between two starts: what it shows, how far time has come and how far the feed has been sent.

Time must not go back after a restart, also not after the process was killed. So the file never says where time is,
but a moment that time will not have passed before the file is written again: the next start begins there.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from deploy.errors import BadInputError
from stream.clock import Clock, ScaledClock, WallClock

AHEAD_SECONDS: Final = 5.0
"""How far ahead (in seconds of wall time, times the speed) the remembered moment lies while the demo runs."""

FORMAT: Final = 1


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """What a demo shows: a file of events, or so many simulated pathways in four weeks.

    `start` is where time begins, `days` how many days before the first start of a simulated country that was.
    `sha256` is of the file.
    """

    start: datetime
    feed: str | None = None
    sha256: str | None = None
    pathways: int = 0
    days: int = 0


class DemoState(msgspec.Struct, kw_only=True):
    """The state. `position` counts the events of the story's feed that are stored."""

    format: int = FORMAT
    story: Story
    reached: datetime
    speed: float
    position: int = 0


class StateFile:
    """The file in the data folder, replaced as a whole so that a kill leaves the old one or the new one."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "demo.json"

    def load(self) -> DemoState | None:
        """Return the state, or None at the first start. Raises BadInputError for a file that cannot be read."""
        try:
            state = msgspec.json.decode(self.path.read_bytes(), type=DemoState)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise BadInputError(f"cannot read {self.path} ({error}); --fresh starts anew") from error
        if state.format != FORMAT:
            raise BadInputError(f"{self.path} was written by another version; --fresh starts anew")
        return state

    def save(self, state: DemoState) -> None:
        """Write the state."""
        beside = self.path.with_suffix(".new")
        beside.write_bytes(msgspec.json.encode(state))
        beside.replace(self.path)


class Memory:
    """Keeps the state in its file up to date while the demo runs."""

    def __init__(self, file: StateFile, state: DemoState) -> None:
        self.state = state
        self.clock: Clock = ScaledClock(state.reached, WallClock().now(), state.speed)
        self._file = file

    def fed(self, position: int) -> None:
        """Note that the events before `position` are stored."""
        self.state.position = position
        self.promise()

    def promise(self) -> None:
        """Write down a moment that time has not reached before this is called again. Call it every second or so."""
        self.state.reached = self.clock.now() + timedelta(seconds=AHEAD_SECONDS * self.state.speed)
        self._file.save(self.state)

    def settle(self) -> None:
        """Write down where time is: the clock is not asked any more."""
        self.state.reached = self.clock.now()
        self._file.save(self.state)
