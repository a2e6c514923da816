"""A new rulebook, unit file or policy over what was written under the old one: nothing is lost, nothing repeated."""

import asyncio
import json
import zlib
from base64 import b64decode
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alerts.ledger import alert_id_of
from stream.clock import format_moment, parse_moment
from stream.engine import Engine
from stream.row import FORMAT
from stream.view import render
from stream.worker.names import CLOCKS, ROWS
from stream.worker.partition import partition_of
from stream.worker.transport import Outgoing
from tests.cli.conftest import Run
from tests.embedded.feeds import ledger, outgoing, simulated
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.unit.engine.changed_files import FILES, engine_of, written
from tests.unit.engine.events import ENGINE
from tests.unit.engine.test_row_formats import KEPT

AT = datetime(2026, 1, 22, 12, tzinfo=UTC)
FEED = simulated(60, 11, date(2026, 1, 5), date(2026, 1, 20), AT)

CAUSE = {"rulebook": "rulebook", "units": "rulebook", "policy": "policy"}
"""What a transition names as its cause, by the file that changed."""


@dataclass
class Seen:
    """What a run left: the ledger, the clocks as they read under its rules, and revisions by pathway."""

    ledger: list[dict[str, Any]]
    clocks: dict[str, dict[str, Any]]
    revisions: dict[str, int]

    @property
    def told(self) -> Counter[str]:
        return Counter(record["transition_id"] for record in self.ledger)

    @property
    def standing(self) -> dict[str, Any]:
        """The tier at which each alert stands by the ledger alone, as a reader has it."""
        return {record["alert_id"]: record["to"] for record in self.ledger}

    @property
    def warned(self) -> dict[str, Any]:
        """The same by the clocks; of alerts that the ledger knows."""
        tiers = {alert_id_of(clock_id): clock["tier"] for clock_id, clock in self.clocks.items()}
        return {alert_id: tier for alert_id, tier in tiers.items() if tier or alert_id in self.standing}


@dataclass
class Turn:
    """The old files, the changed one, the changed one again, and the old ones again."""

    name: str
    folder: Path
    files: dict[str, Path]
    engine: Engine
    before: Seen
    after: Seen
    again: Seen
    back: Seen

    @property
    def new(self) -> list[dict[str, Any]]:
        """What the change wrote to the ledger."""
        return [record for record in self.after.ledger if record["transition_id"] not in self.before.told]


async def run(folder: Path, engine: Engine, minutes: int = 0, events: Any = ()) -> Seen:
    """Start a worker with these rules, and stop it when nothing moves."""
    at = AT + timedelta(minutes=minutes)
    async with Stack(folder, ManualClock(at), engine, intake=True) as stack:
        await stack.write(outgoing(events, PARTITIONS))
        await stack.settle()
        assert {row.digest for row in stack.all_rows().values()} == {engine.digest}, "every patient was looked at"
        messages = (await stack.latest(CLOCKS)).values()
        stored = [clock for message in messages for clock in message["clocks"]]
        clocks = {each["clock_id"]: render(each, at, engine.calendar, engine.units) for each in stored}
        return Seen(await ledger(stack), clocks, {message["pathway"]: message["revision"] for message in messages})


async def turned(name: str, folder: Path) -> Turn:
    files = written(folder, name)
    engine = engine_of(files)
    before = await run(folder, ENGINE, events=FEED)
    runs = [await run(folder, each, minutes) for minutes, each in enumerate((engine, engine, ENGINE), start=1)]
    return Turn(name, folder, files, engine, before, *runs)


@pytest.fixture(scope="module", params=list(FILES))
def turn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Turn:
    return asyncio.run(turned(request.param, tmp_path_factory.mktemp(request.param)))


def test_after_a_restart_clocks_and_alerts_are_those_of_replay_with_the_same_files(turn: Turn, fristvagt: Run) -> None:
    events = turn.folder / "events.jsonl"
    events.write_text("\n".join(map(json.dumps, FEED)), "utf-8")
    settings = {name: str(file) for name, file in turn.files.items()}
    at = format_moment(AT + timedelta(minutes=1))
    replayed = json.loads(fristvagt("replay", events, "--at", at, "--json", **settings).stdout)
    for clock in replayed["clocks"]:
        del clock["explanation"]
    assert turn.after.clocks == {clock["clock_id"]: clock for clock in replayed["clocks"]}
    standing = {alert_id: tier for alert_id, tier in turn.after.standing.items() if tier}
    assert standing == {each["alert_id"]: each["tier"] for each in replayed["alerts"]}


def test_the_change_is_one(turn: Turn) -> None:
    """Or the other tests would show nothing."""
    assert turn.after.clocks != turn.before.clocks
    assert {record["kind"] for record in turn.new} >= {"raised", "changed"}


def test_no_clock_gets_another_id_and_the_history_stays(turn: Turn) -> None:
    assert turn.after.clocks.keys() == turn.before.clocks.keys()
    assert [record for record in turn.after.ledger if record not in turn.new] == turn.before.ledger


def test_each_tier_that_changes_is_told_once_and_no_other(turn: Turn) -> None:
    clocks = turn.after.clocks.items()
    changed = [clock_id for clock_id, clock in clocks if clock["tier"] != turn.before.clocks[clock_id]["tier"]]
    assert Counter(record["clock_id"] for record in turn.new) == Counter(changed)
    assert turn.after.standing == turn.after.warned


def test_it_is_told_with_its_cause_and_the_versions_of_the_files(turn: Turn) -> None:
    versions = (turn.engine.rulebook.version, turn.engine.policy.version)
    told = {(*record["cause"], record["rulebook"], record["policy"]) for record in turn.new}
    assert told == {(CAUSE[turn.name], *versions)}


def test_a_second_start_with_the_same_files_says_nothing(turn: Turn) -> None:
    assert turn.again.ledger == turn.after.ledger
    assert turn.again.revisions == turn.after.revisions


def test_the_old_files_lead_back(turn: Turn) -> None:
    assert turn.back.clocks == turn.before.clocks
    assert {**turn.back.standing, **turn.before.standing} == turn.back.standing


def test_the_way_back_is_in_the_ledger_under_ids_of_its_own(turn: Turn) -> None:
    assert len(turn.back.ledger) - len(turn.after.ledger) == len(turn.new)
    assert max(turn.back.told.values()) == 1


async def test_a_start_that_was_cut_short_tells_each_change_once(tmp_path: Path) -> None:
    engine = engine_of(written(tmp_path, "rulebook"))
    await run(tmp_path, ENGINE, events=FEED)
    async with Stack(tmp_path, ManualClock(AT + timedelta(minutes=1)), engine) as stack:
        await stack.until(lambda: any(row.digest == engine.digest for row in stack.all_rows().values()))
    after = await run(tmp_path, engine, minutes=2)
    assert max(after.told.values()) == 1
    assert after.standing == after.warned


async def test_rows_of_the_format_before_are_evaluated_anew_and_written_in_the_present_one(tmp_path: Path) -> None:
    kept, engine = KEPT[0], engine_of(written(tmp_path, "rulebook"))
    stack = Stack(tmp_path, ManualClock(parse_moment(kept["at"])), ENGINE)
    async with stack:
        pass
    await stack.write([_row(patient, each["row"]) for patient, each in kept["rows"].items()])
    stack = Stack(tmp_path, ManualClock(parse_moment(kept["at"])), engine)
    async with stack:
        await stack.settle()
        told = [record["transition_id"] for record in await ledger(stack)]
        assert {row.digest for row in stack.all_rows().values()} == {engine.digest}
        assert {value[0] for value in stack.watch._table.data.values()} == {FORMAT}
        assert len(told) == len(set(told)) == len(set(told) - set(kept["told"])) > 0


def _row(patient: str, row: str) -> Outgoing:
    """The row as it was written, but for its partition: the kept ones lay in a log of their own."""
    key, data = patient.encode(), b64decode(row)
    place = partition_of(key, PARTITIONS)
    _, *values = msgspec.msgpack.decode(data[5:])
    body = msgspec.msgpack.encode([place, *values])
    return Outgoing(ROWS, key, data[:1] + zlib.crc32(body).to_bytes(4) + body, place)
