"""What the API serves is what `fristvagt replay` says of the same events, clock for clock, on both transports."""

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.demo.conftest import Demo, Started, answers
from tests.demo.test_processes import PROCESSES, settings, start
from tests.servers.kafka import kafka_of_its_own as kafka

__all__ = ["kafka", "settings"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

AT = "2026-02-05T12:00:00Z"
"""The moment of the processes' fixed clock."""

BATCH = 500

PATIENCE = 400.0
"""Seconds within which all events are counted, on a slow machine that does other things too."""

FIELDS = frozenset(
    (
        *("clock_id", "patient", "pathway", "right", "condition", "package", "line", "unit", "hospital", "region"),
        *("residence", "limits", "binding", "started_on", "deadline", "nominal_deadline", "target", "days_left"),
        *("staffed_days_left", "state", "outcome", "days_over", "offered_date", "late_offer", "tier", "incomplete"),
        *("rulebook", "reading", "facts"),
    )
)
"""The clock of the contract, but for the explanation, which the list leaves out."""


def fristvagt(*arguments: str) -> bytes:
    command = [sys.executable, "-m", "deploy.cli", *arguments]
    return subprocess.run(command, check=True, capture_output=True, timeout=300).stdout


def feed(path: Path, pathways: int) -> Path:
    """A simulated country, as far as it was recorded by the moment."""
    told = fristvagt(
        "simulate", "--pathways", str(pathways), "--seed", "5", "--from", "2025-12-01", "--to", "2026-02-05"
    )
    events = [line for line in told.splitlines() if json.loads(line)["time"] <= "2026-02-05T13:00:00+01:00"]
    path.write_bytes(b"\n".join(events) + b"\n")
    return path


def replayed(path: Path) -> dict[str, Any]:
    answer = json.loads(fristvagt("replay", str(path), "--at", AT, "--json"))
    return {clock["clock_id"]: clock for clock in answer["clocks"]}


def served(started: Started) -> dict[str, Any]:
    """Every clock of the list, page by page."""
    found, cursor = {}, ""
    while cursor is not None:
        page = started.get(f"/v1/clocks?limit=200{cursor}").json()
        found |= {clock["clock_id"]: clock for clock in page["clocks"]}
        cursor = f"&cursor={page['next']}" if page.get("next") else None
    return found


def differences(served_clocks: dict[str, Any], replayed_clocks: dict[str, Any]) -> list[Any]:
    """What of each clock differs."""
    names = (served_clocks.keys() | replayed_clocks.keys()) - (served_clocks.keys() & replayed_clocks.keys())
    told = [
        (name, field, clock.get(field), value)
        for name, clock in served_clocks.items()
        for field, value in replayed_clocks.get(name, {}).items()
        if field in FIELDS and clock.get(field) != value
    ]
    return [*names, *told]


def until_same(started: Started, replayed_clocks: dict[str, Any]) -> list[Any]:
    """Wait until the same is served; return what differs when the time is over."""
    end = time.monotonic() + PATIENCE
    while differing := differences(served(started), replayed_clocks):
        if time.monotonic() > end:
            return differing
        time.sleep(1)
    return []


def test_on_the_embedded_transport(demo: Demo, tmp_path: Path) -> None:
    path = feed(tmp_path / "feed.jsonl", 1200)
    expected = replayed(path)
    started = demo("--feed", str(path), "--at", AT)
    started.wait_for("/readyz", answers)
    assert until_same(started, expected) == []
    some = next(iter(expected.values()))
    assert started.get(f"/v1/clocks/{some['clock_id']}").json()["clock"]["explanation"] == some["explanation"]


@pytest.mark.kafka
def test_on_kafka(settings: dict[str, str], tmp_path: Path) -> None:
    path = feed(tmp_path / "feed.jsonl", 400)
    expected, lines = replayed(path), path.read_bytes().splitlines()
    assert Started(["doctor", "--create"], 0, tmp_path / "doctor.log", settings).process.wait(timeout=PATIENCE) == 0
    with ExitStack() as stack:
        running = {name: stack.enter_context(start(name, settings, tmp_path)) for name in PROCESSES}
        for each in running.values():
            each.wait_for("/readyz", answers)
        api = running["api"]
        for number in range(0, len(lines), BATCH):
            batch = b"[" + b",".join(lines[number : number + BATCH]) + b"]"
            kind = {"content-type": "application/cloudevents-batch+json"}
            answer = httpx.post(f"http://127.0.0.1:{api.port}/v1/events", content=batch, headers=kind, timeout=60)
            assert answer.status_code == 202
        assert until_same(api, expected) == []
