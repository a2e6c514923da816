from datetime import timedelta

from deploy.rooms import Rooms
from deploy.sending import SenderPart
from deploy.serving import api_deps, api_settings
from deploy.settings import Settings
from stream.clock import WallClock


def test_only_the_names_of_the_settings_are_answered_to() -> None:
    assert api_settings(Settings(http_names="fristvagt.rm.dk,127.0.0.1")).allowed_hosts == {
        "fristvagt.rm.dk",
        "127.0.0.1",
    }


def test_answers_may_lag_as_long_as_the_settings_say() -> None:
    assert api_settings(Settings(max_lag_seconds=30)).max_lag == timedelta(seconds=30)


def test_where_time_runs_faster_so_does_the_lag() -> None:
    assert api_settings(Settings(max_lag_seconds=30), speed=100.0).max_lag == timedelta(seconds=3000)


def test_where_time_runs_slower_the_lag_is_what_it_was() -> None:
    assert api_settings(Settings(max_lag_seconds=30), speed=0.5).max_lag == timedelta(seconds=30)


def test_only_a_demo_says_that_it_is_simulated() -> None:
    assert [api_settings(Settings()).simulated, api_settings(Settings(), simulated=True).simulated] == [False, True]


def test_page_and_worker_go_by_the_same_rules() -> None:
    rooms = Rooms(Settings(), WallClock())
    deps = api_deps(rooms, SenderPart(rooms.options), api_settings(rooms.settings))
    assert (deps.rulebook, deps.clock) == (rooms.engine.rulebook, rooms.clock)


def test_a_sender_that_fails_is_seen_by_whoever_asks_the_process() -> None:
    rooms = Rooms(Settings(), WallClock())
    sender = SenderPart(rooms.options)
    assert sender in api_deps(rooms, sender, api_settings(rooms.settings)).probes
