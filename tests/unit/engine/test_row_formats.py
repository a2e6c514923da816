"""Rows as versions of the past wrote them: each is read, nothing of it is lost, and nobody is warned again.

`data/rows-format-N.json` was written by the version whose format was N and is never changed: its rows, what it had
told of them, and the events that they come from. A new format adds a file; a format that is no longer read loses its.
"""

import json
from base64 import b64decode
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alerts.acts import Acts
from stream.clock import parse_moment
from stream.replay import Replay
from stream.row import FORMAT, Row
from tests.embedded.feeds import lines
from tests.unit.engine.changed_files import FILES, engine_of, written
from tests.unit.engine.events import ENGINE

KEPT_FILES = sorted(Path(__file__).with_name("data").glob("rows-format-*.json"))
KEPT = [json.loads(file.read_text("utf-8")) for file in KEPT_FILES]

every_format = pytest.mark.parametrize("kept", KEPT, ids=[file.stem for file in KEPT_FILES])


def rows(kept: Any) -> dict[str, Row]:
    return {patient: Row.decode(b64decode(each["row"])) for patient, each in kept["rows"].items()}


def moment(kept: Any) -> datetime:
    return parse_moment(kept["at"])


def test_the_present_format_and_the_one_before_are_kept() -> None:
    formats = [{b64decode(each["row"])[0] for each in kept["rows"].values()} for kept in KEPT]
    assert [{FORMAT - 1}, {FORMAT}] == formats[-2:]


@every_format
def test_a_row_says_what_it_said_when_it_was_written(kept) -> None:
    at = moment(kept)
    found = {
        patient: {
            "row": kept["rows"][patient]["row"],
            "applied": row.applied,
            "next_due": row.next_due and row.next_due.isoformat(),
            "clock_ids": [each.clock_id for each in row.minted],
            "alerts": {clock_id: alert.tier for clock_id, alert in row.alerts.items()},
            "incomplete": row.record.incomplete(at),
        }
        for patient, row in rows(kept).items()
    }
    assert found == kept["rows"]


@every_format
def test_a_row_that_is_written_again_is_the_same_row(kept) -> None:
    assert [Row.decode(row.encode()) for row in rows(kept).values()] == list(rows(kept).values())


@every_format
def test_no_alarm_of_theirs_is_told_again(kept) -> None:
    results = [ENGINE.refresh(row, moment(kept)) for row in rows(kept).values()]
    told = [record["transition_id"] for result in results for record in result.ledger]
    assert not set(told) & set(kept["told"])


@every_format
@pytest.mark.parametrize("name", FILES)
def test_they_go_on_to_the_clocks_of_replay_under_a_new_file(kept, name, tmp_path) -> None:
    at, engine = moment(kept), engine_of(written(tmp_path, name))
    replay = Replay(engine, at)
    for line in lines(kept["events"]):
        replay.take(line)
    expected = {clock["clock_id"]: (clock["deadline"], clock["target"], clock["tier"]) for clock in replay.clocks()}
    judged = [each for row in rows(kept).values() for each in engine.judged(engine.refresh(row, at).row, at)[0]]
    clocks = [(each.clock_id, each.clock, each.verdict.tier) for each in judged]
    assert {name: (c.deadline.isoformat(), c.target.isoformat(), tier) for name, c, tier in clocks} == expected


def test_what_staff_did_stays_with_the_alert() -> None:
    kept = KEPT[-1]
    states = [state for row in rows(kept).values() for state in row.alerts.values()]
    acts = {each.alert_id: each.acts for each in states if each.acts != Acts()}
    assert msgspec.json.decode(msgspec.json.encode(acts)) == kept["acts"]
