from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.demo.state import DemoState, Memory, StateFile, Story
from deploy.errors import BadInputError

START = datetime(2026, 2, 2, 7, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> StateFile:
    return StateFile(tmp_path)


def state(speed: float = 1.0) -> DemoState:
    return DemoState(story=Story(start=START), reached=START, speed=speed)


def remembered(file: StateFile) -> DemoState:
    found = file.load()
    assert found is not None
    return found


def test_at_the_first_start_nothing_is_remembered(file: StateFile) -> None:
    assert file.load() is None


def test_what_is_saved_is_loaded(file: StateFile) -> None:
    file.save(state())
    assert file.load() == state()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": 99}'])
def test_a_file_that_cannot_be_read_names_the_way_out(file: StateFile, content: str) -> None:
    file.path.write_text(content)
    with pytest.raises(BadInputError, match="--fresh"):
        file.load()


def test_a_file_of_another_version_is_refused(file: StateFile) -> None:
    newer = state()
    newer.format = 2
    file.save(newer)
    with pytest.raises(BadInputError, match="another version"):
        file.load()


def test_time_begins_where_it_was(file: StateFile) -> None:
    assert Memory(file, state()).clock.now() - START < timedelta(seconds=5)


def test_time_runs_as_fast_as_asked(file: StateFile) -> None:
    clock = Memory(file, state(speed=1e6)).clock
    before = clock.now()
    while clock.now() == before:
        pass
    assert clock.now() > START


def test_after_a_kill_time_does_not_go_back(file: StateFile) -> None:
    memory = Memory(file, state(speed=1000.0))
    memory.promise()
    last_seen = memory.clock.now()
    assert Memory(file, remembered(file)).clock.now() >= last_seen


def test_after_a_stop_time_goes_on_from_there(file: StateFile) -> None:
    memory = Memory(file, state(speed=1000.0))
    memory.promise()
    memory.settle()
    assert remembered(file).reached <= memory.clock.now()


def test_the_position_is_remembered_with_every_batch(file: StateFile) -> None:
    Memory(file, state()).fed(500)
    assert remembered(file).position == 500
