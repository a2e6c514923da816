"""The demo as a user starts it: quick, kept over a kill, never back in time, and gone when asked."""

import json
import signal
from datetime import datetime
from pathlib import Path

import pytest

from tests.demo.conftest import PATIENCE, TIERS, Demo, Started, answers, summary, tiers

RISK = "/v1/risk/summary"
SMALL = ("--pathways", "60")


def complete(started: Started) -> None:
    started.wait_for(RISK, lambda answer: answers(answer) and answer.json()["complete"])


def moment(started: Started) -> datetime:
    return datetime.fromisoformat(summary(started)["evaluated_at"])


def open_clocks(started: Started) -> int:
    return int(summary(started)["total"])


@pytest.mark.slow
def test_a_worklist_with_every_tier_is_there_soon(demo: Demo) -> None:
    started = demo()
    answer = started.wait_for(RISK, lambda answer: answers(answer) and tiers(answer) >= TIERS)
    assert answer.json()["total"] > 0


def test_it_says_where_to_look_and_that_nobody_is_real(demo: Demo) -> None:
    started = demo(*SMALL)
    summary(started)
    told = started.wait_for("/healthz", lambda _: "Ctrl-C" in started.log.read_text("utf-8")) and started.log
    assert (f"http://127.0.0.1:{started.port}" in told.read_text("utf-8"), "nobody" in told.read_text("utf-8")) == (
        True,
        True,
    )


def test_ctrl_c_ends_it_well(demo: Demo) -> None:
    started = demo(*SMALL)
    complete(started)
    assert started.end(signal.SIGINT) == 0


def test_ctrl_c_while_it_starts_ends_it_too(demo: Demo) -> None:
    started = demo(*SMALL)
    started.wait_for(RISK, answers)
    assert started.end(signal.SIGINT) == 0


@pytest.mark.slow
def test_after_a_kill_the_data_are_there_and_time_has_not_gone_back(demo: Demo) -> None:
    killed = demo(*SMALL)
    complete(killed)
    before, clocks = moment(killed), open_clocks(killed)
    killed.process.kill()
    killed.process.wait()
    started = demo(*SMALL)
    complete(started)
    assert moment(started) >= before
    assert open_clocks(started) >= clocks // 2  # it may have gone on meanwhile


@pytest.mark.slow
def test_after_a_stop_it_goes_on_where_it_was(demo: Demo, data: Path) -> None:
    stopped = demo(*SMALL)
    complete(stopped)
    stopped.end()
    left = json.loads((data / "demo.json").read_text("utf-8"))
    started = demo()
    assert moment(started) >= datetime.fromisoformat(left["reached"])
    assert json.loads((data / "demo.json").read_text("utf-8"))["position"] >= left["position"]


def test_fresh_starts_anew(demo: Demo, data: Path) -> None:
    demo_before = demo(*SMALL)
    summary(demo_before)
    demo_before.end()
    started = demo("--pathways", "30", "--fresh")
    summary(started)
    assert json.loads((data / "demo.json").read_text("utf-8"))["story"]["pathways"] == 30


def test_a_second_demo_on_the_same_folder_is_one_clear_line(demo: Demo) -> None:
    summary(demo(*SMALL))
    second = demo()
    assert second.process.wait(timeout=PATIENCE) == 2
    assert "in use by process" in second.log.read_text("utf-8").splitlines()[-1]


def test_a_port_in_use_is_one_clear_line(demo: Demo, tmp_path: Path) -> None:
    first = demo(*SMALL)
    summary(first)
    second = demo(port=first.port, folder=tmp_path / "other")
    assert second.process.wait(timeout=PATIENCE) == 2
    assert "choose another port with --port" in second.log.read_text("utf-8").splitlines()[-1]


EVENT = {
    "specversion": "1.0",
    "source": "urn:test",
    "type": "dk.fristvagt.referral-received.v1",
    "subject": "pw1",
    "partitionkey": "pt1",
}


def test_a_file_of_events_is_shown_at_the_time_of_its_last_one(demo: Demo, tmp_path: Path) -> None:
    data = {"occurred_at": "2026-02-02T08:00:00Z", "purpose": "workup", "condition": "cancer"}
    events = [{**EVENT, "id": str(day), "time": f"2026-02-0{day}T08:00:00Z", "data": data} for day in (2, 3)]
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")
    started = demo("--feed", str(file))
    answer = started.wait_for(RISK, lambda answer: answers(answer) and answer.json()["total"] == 2).json()
    assert answer["evaluated_at"].startswith("2026-02-03T08:")


def test_another_partition_count_than_the_folder_has_is_one_clear_line(demo: Demo, tmp_path: Path, data: Path) -> None:
    first = demo(*SMALL)
    complete(first)
    first.end()
    second = Started(["demo"], first.port, tmp_path / "second.log", {"partitions": "3", "data_dir": str(data)})
    assert second.process.wait(timeout=PATIENCE) == 2
    assert "partitions is 12, should be 3" in second.log.read_text("utf-8").splitlines()[-1]


def test_the_page_says_that_it_is_simulated_and_how_fast(demo: Demo) -> None:
    started = demo(*SMALL)
    page = started.wait_for("/", answers).text
    assert ("opdigtede" in page, "1.440 gange" in page) == (True, True)
