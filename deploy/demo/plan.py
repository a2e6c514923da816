"""What a demo shows, from its options and from what the data folder remembers."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import chain
from pathlib import Path
from typing import Final

from deploy.demo.examples import examples
from deploy.demo.feed import Item, from_file, simulated
from deploy.demo.state import DemoState, Story
from deploy.errors import BadInputError
from stream.engine import Engine
from stream.law.fact import COPENHAGEN, local_date

PATHWAYS: Final = 800
DAYS: Final = 28
DAY_A_MINUTE: Final = 1440.0
REAL_TIME: Final = 1.0

OPENING: Final = time(8)
"""Local time of day at which a simulated country begins to run."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for; None where nothing was said. `at` is aware, `speed` how many times as fast time runs."""

    feed: Path | None = None
    at: datetime | None = None
    pathways: int | None = None
    days: int | None = None
    speed: float | None = None


def begin(options: Options, now: datetime) -> DemoState:
    """Return the state of a first start; `now` is the wall's time. Raises BadInputError."""
    if options.feed and (options.pathways is not None or options.days is not None):
        raise BadInputError("--pathways and --days are for the simulated country; leave them out with --feed")
    story = _file_story(options.feed, options.at) if options.feed else _simulated_story(options, now)
    usual = REAL_TIME if options.feed else DAY_A_MINUTE
    return DemoState(story=story, reached=story.start, speed=options.speed or usual)


def go_on(options: Options, remembered: DemoState) -> DemoState:
    """Return the state of a further start: the same story, perhaps at another speed. Raises BadInputError."""
    story = remembered.story
    asked = {
        "--feed": (options.feed and str(options.feed.resolve()), story.feed),
        "--at": (options.at, story.start),
        "--pathways": (options.pathways, story.pathways),
        "--days": (options.days, story.days),
    }
    for option, (wanted, there) in asked.items():
        if wanted is not None and wanted != there:
            raise BadInputError(
                f"{option} does not fit what the data folder holds: leave it out to go on with that,"
                " start anew with --fresh, or choose another folder with --data"
            )
    if story.feed is not None and _sha256(Path(story.feed)) != story.sha256:
        raise BadInputError(f"{story.feed} has changed since the demo began; start anew with --fresh")
    remembered.speed = options.speed or remembered.speed
    return remembered


def feed_of(story: Story, engine: Engine) -> Iterable[Item]:
    """Return the story's feed, the same at every start."""
    if story.feed is not None:
        return from_file(Path(story.feed))
    return chain(examples(engine, story.start), simulated(story.start, story.pathways))


def _file_story(file: Path, at: datetime | None) -> Story:
    latest = from_file(file)[-1].at
    return Story(start=at or latest, feed=str(file.resolve()), sha256=_sha256(file))


def _simulated_story(options: Options, now: datetime) -> Story:
    if options.at is not None:
        raise BadInputError("--at goes with --feed; a simulated country begins --days before today")
    days = DAYS if options.days is None else options.days
    on = local_date(now) - timedelta(days=days)
    on -= timedelta(days=on.weekday())  # a Monday: whoever looks on sees a week's work, not a weekend
    pathways = PATHWAYS if options.pathways is None else options.pathways
    return Story(start=datetime.combine(on, OPENING, COPENHAGEN), pathways=pathways, days=days)


def _sha256(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise BadInputError(f"cannot read {file}: {error.strerror}") from error
