"""`fristvagt replay` of much, as users run it."""

import asyncio
import gzip
import json
from pathlib import Path

import msgspec
import pytest

from stream.facts.parse import Accepted, parse_event
from stream.worker.names import ACTIONS, FACTS
from stream.worker.partition import partition_of
from stream.worker.transport import Outgoing, Sender, TransportOptions, ensure_topics
from stream.worker.transport.options import TopicSpec
from tests.cli.conftest import Run, one_line

FEED = ["simulate", "--pathways", "60", "--seed", "7", "--from", "2026-02-02", "--to", "2026-03-06"]
AT = ["--at", "2026-04-01T12:00:00Z"]


@pytest.fixture
def feed(fristvagt: Run, tmp_path: Path) -> Path:
    file = tmp_path / "events.jsonl"
    file.write_text(fristvagt(*FEED).stdout, "utf-8")
    return file


def clocks(output: str) -> list[dict[str, object]]:
    return sorted(json.loads(output)["clocks"], key=lambda clock: clock["clock_id"])


def test_two_processes_and_packed_files_of_a_folder_give_the_same(fristvagt: Run, feed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "packed"
    folder.mkdir()
    (folder / "events.jsonl.gz").write_bytes(gzip.compress(feed.read_bytes()))
    one = fristvagt("replay", feed, *AT, "--json").stdout
    two = fristvagt("replay", folder, *AT, "--json", "--processes", 2).stdout
    assert clocks(two) == clocks(one)


def test_what_goes_wrong_in_a_process_is_one_line(fristvagt: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(b"no gzip at all")
    done = fristvagt("replay", tmp_path / "a.jsonl.gz", "--processes", 2)
    assert (done.returncode, one_line(done.stderr), "a.jsonl.gz" in done.stderr) == (2, True, True)


def test_a_comparison_is_printed_and_in_the_json(fristvagt: Run, feed: Path) -> None:
    shown = fristvagt("replay", feed, *AT, "--compare", "2015-04-27").stdout
    found = json.loads(fristvagt("replay", feed, *AT, "--compare", "2015-04-27", "--json").stdout)["compare"]
    assert "no clock" in shown
    assert sum(change["clocks"] for change in found["changes"]) == found["clocks"] > 0


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--compare", "nonsense"], "unknown reading 'nonsense'"),
        (["--topics"], "not both"),
        (["--history", "--compare", "rolling"], "compares nothing"),
    ],
)
def test_what_cannot_be_replayed_is_one_line(fristvagt: Run, feed: Path, arguments: list[str], part: str) -> None:
    done = fristvagt("replay", feed, *arguments)
    assert (done.returncode, one_line(done.stderr), part in done.stderr) == (2, True, True)


def test_without_files_it_says_what_to_name(fristvagt: Run) -> None:
    done = fristvagt("replay")
    assert (done.returncode, "--topics" in done.stderr) == (2, True)


def stored(directory: Path, feed: Path, *others: Outgoing) -> None:
    """Write a feed to an embedded log as intake would have, and other records behind it."""
    outcomes = [parse_event(line) for line in feed.read_bytes().splitlines()]
    keys = [outcome.fact.patient.encode() for outcome in outcomes if isinstance(outcome, Accepted)]
    values = [json.dumps(outcome.event).encode() for outcome in outcomes if isinstance(outcome, Accepted)]
    options = TransportOptions(url=f"embedded:{directory}", replication=1)

    async def send() -> None:
        await ensure_topics(options, [TopicSpec(topic, 3) for topic in (FACTS, ACTIONS)], create=True)
        async with Sender(options) as sender:
            await sender.send_many(
                [Outgoing(FACTS, key, value, partition_of(key, 3)) for key, value in zip(keys, values, strict=True)]
            )
            await sender.send_many(others)

    asyncio.run(send())


@pytest.mark.parametrize("processes", [1, 2])
def test_the_topics_give_the_same_as_the_file(fristvagt: Run, feed: Path, tmp_path: Path, processes: int) -> None:
    stored(tmp_path / "data" / "log", feed)
    of_file = fristvagt("replay", feed, *AT, "--json").stdout
    of_topics = fristvagt("replay", "--topics", *AT, "--json", "--processes", processes)
    assert clocks(of_topics.stdout) == clocks(of_file)


def test_a_record_that_nobody_can_apply_is_told_and_hides_nothing_else(
    fristvagt: Run, feed: Path, tmp_path: Path
) -> None:
    of_file = clocks(fristvagt("replay", feed, *AT, "--json").stdout)
    patients = list(dict.fromkeys(str(clock["patient"]) for clock in of_file))[:4]
    keys = [patient.encode() for patient in patients]
    stranger = json.dumps({"partitionkey": patients[1], "command_id": "c"}).encode()
    bad = {
        "no JSON": (FACTS, keys[0], b"{"),
        "nothing": (FACTS, keys[1], None),
        "no fact": (FACTS, keys[2], json.dumps({"source": "urn:x", "id": "1", "partitionkey": patients[2]}).encode()),
        "no command": (ACTIONS, keys[3], json.dumps({"patient": patients[3], "kind": "refused"}).encode()),
        "of another patient": (FACTS, keys[0], stranger),
    }
    records = [Outgoing(topic, key, value, partition_of(key, 3)) for topic, key, value in bad.values()]
    elsewhere = Outgoing(FACTS, keys[0], b"{", (partition_of(keys[0], 3) + 1) % 3)
    stored(tmp_path / "data" / "log", feed, *records, elsewhere, msgspec.structs.replace(elsewhere, key=None))
    done = fristvagt("replay", "--topics", *AT, "--json")
    found = clocks(done.stdout)
    assert (done.returncode, [clock | {"incomplete": False} for clock in found]) == (0, of_file)
    assert {clock["patient"] for clock in found if clock["incomplete"]} == set(patients)
    told = json.loads(done.stdout)["rejected"]
    assert sorted(each["patient"] or "" for each in told) == sorted([*patients, "", "", ""])
    assert all(each["record"].startswith("fristvagt.") and each["reason"] == "quarantined" for each in told)
    assert "7 refused" in fristvagt("replay", "--topics", *AT).stdout


def test_topics_that_are_not_there_are_one_line(fristvagt: Run) -> None:
    done = fristvagt("replay", "--topics")
    assert (done.returncode, one_line(done.stderr)) == (2, True)
