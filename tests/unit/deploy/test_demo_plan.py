from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from deploy.demo.plan import DAY_A_MINUTE, PATHWAYS, Options, begin, feed_of, go_on
from deploy.demo.state import DemoState
from deploy.errors import BadInputError
from deploy.rules import RuleFiles
from stream.law.fact import COPENHAGEN

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_text('{"time": "2026-02-02T08:00:00Z"}\n{"time": "2026-02-05T08:00:00Z"}\n')
    return path


def begun(options: Options | None = None) -> DemoState:
    return begin(options or Options(), NOW)


def test_a_simulated_country_begins_some_weeks_back() -> None:
    assert (NOW - begun().story.start).days in range(28, 36)


def test_it_begins_on_a_monday_morning() -> None:
    starts = [begun(Options(days=days)).story.start.astimezone(COPENHAGEN) for days in range(7)]
    assert all((start.weekday(), start.hour) == (0, 8) for start in starts)


def test_it_runs_a_day_a_minute_unless_told_otherwise() -> None:
    assert [begun().speed, begun(Options(speed=60.0)).speed] == [DAY_A_MINUTE, 60.0]


def test_it_has_its_usual_size_unless_told_otherwise() -> None:
    assert [begun().story.pathways, begun(Options(pathways=9)).story.pathways] == [PATHWAYS, 9]


def test_a_file_begins_at_its_last_event(file: Path) -> None:
    assert begun(Options(feed=file)).story.start == datetime(2026, 2, 5, 8, tzinfo=UTC)


def test_a_file_begins_where_it_is_told_to(file: Path) -> None:
    at = datetime(2026, 2, 3, tzinfo=UTC)
    assert begun(Options(feed=file, at=at)).story.start == at


def test_with_a_file_time_runs_as_on_the_wall(file: Path) -> None:
    assert begun(Options(feed=file)).speed == 1.0


def test_a_files_feed_is_the_file(file: Path) -> None:
    story = begun(Options(feed=file)).story
    assert len(list(feed_of(story, RuleFiles().load_engine()))) == 2


def test_a_simulated_feed_begins_with_the_examples() -> None:
    feed = feed_of(begun(Options(pathways=5)).story, RuleFiles().load_engine())
    assert all(b"example" in item.event for item in islice(feed, 5))


@pytest.mark.parametrize("options", [{"pathways": 3}, {"days": 3}])
def test_a_file_has_no_pathways_to_choose(file: Path, options: dict[str, int]) -> None:
    with pytest.raises(BadInputError, match="simulated country"):
        begun(Options(feed=file, **options))


def test_a_moment_to_begin_at_goes_with_a_file() -> None:
    with pytest.raises(BadInputError, match="--at goes with --feed"):
        begun(Options(at=NOW))


def test_a_further_start_goes_on_with_what_is_remembered() -> None:
    assert go_on(Options(), begun()) == begun()


def test_the_same_options_again_fit(file: Path) -> None:
    for options in (Options(pathways=9, days=3), Options(feed=file)):
        assert go_on(options, begun(options)) == begun(options)


def test_the_speed_may_change_from_start_to_start() -> None:
    assert go_on(Options(speed=5.0), begun()).speed == 5.0


@pytest.mark.parametrize(("name", "value"), [("pathways", 3), ("days", 3), ("at", NOW), ("feed", Path("other"))])
def test_another_story_needs_a_fresh_start(name: str, value: object) -> None:
    with pytest.raises(BadInputError, match=f"--{name} does not fit .* --fresh"):
        go_on(Options(**{name: value}), begun())  # type: ignore[arg-type]  # one option at a time


def test_a_file_that_has_changed_needs_a_fresh_start(file: Path) -> None:
    before = begun(Options(feed=file))
    file.write_text('{"time": "2026-02-09T08:00:00Z"}\n')
    with pytest.raises(BadInputError, match="has changed"):
        go_on(Options(), before)


def test_a_file_that_is_gone_is_told(file: Path) -> None:
    before = begun(Options(feed=file))
    file.unlink()
    with pytest.raises(BadInputError, match="cannot read"):
        go_on(Options(), before)
