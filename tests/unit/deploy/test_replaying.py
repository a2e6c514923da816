"""Replay of much: whatever it is cut into, it is the same replay."""

import gzip
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from deploy.replaying.compare import NO_CLOCK, Comparison
from deploy.replaying.folding import Job, Tally, fold_slice
from deploy.replaying.sources import Files
from stream.engine import Engine
from stream.law.rulebook import Rulebook
from stream.replay import Replay, ReplayError, read_lines
from tests.embedded.feeds import simulated
from tests.unit.engine.events import ENGINE, event
from tests.unit.law.build import moment

AT = moment("2026-04-01")
PACKED = gzip.compress(b"one\ntwo\n" * 99)


@pytest.fixture(scope="module")
def feed() -> list[dict[str, Any]]:
    return simulated(40, 3, date(2026, 1, 5), date(2026, 3, 1), AT)


def write(path: Path, events: list[Any]) -> Path:
    path.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in events))
    return path


def folded(source: Files, folder: Path, **job: Any) -> list[Tally]:
    order = Job(ENGINE, AT, **job)
    return [fold_slice(order, source, number, folder, lambda _: None) for number in range(source.slices)]


def written(tallies: list[Tally]) -> list[dict[str, Any]]:
    clocks = [line for tally in tallies for line in tally.written.read_bytes().splitlines()]
    return sorted((msgspec.json.decode(line.rstrip(b",")) for line in clocks), key=lambda clock: clock["clock_id"])


def test_slices_have_the_clocks_of_the_whole(feed, tmp_path) -> None:
    path = write(tmp_path / "feed.jsonl", feed)
    replay = Replay(ENGINE, AT)
    for line in read_lines([path]):
        replay.take(line)
    whole = sorted(replay.clocks(), key=lambda clock: clock["clock_id"])
    assert written(folded(Files((path,), 5), tmp_path, write_clocks=True)) == whole


def test_each_patient_is_in_one_slice(feed, tmp_path) -> None:
    path = write(tmp_path / "feed.jsonl", feed)
    patients = len({each["partitionkey"] for each in feed})
    assert sum(tally.patients for tally in folded(Files((path,), 5), tmp_path)) == patients


def test_lines_that_can_hardly_be_read_go_with_their_patient_or_into_the_first_slice(tmp_path) -> None:
    odd = [
        b"\xef\xbb\xbf" + msgspec.json.encode(event("wait-resumed", "2026-02-02")),
        b"nonsense",
        msgspec.json.encode({**event("wait-resumed", "2026-02-02"), "partitionkey": 17}),
        b'{"partitionkey": "pt-1", "n": ' + b"[" * 2000,
        b"[]",
    ]
    path = tmp_path / "odd.jsonl"
    path.write_bytes(b"\n".join(odd))
    tallies = folded(Files((path,), 3), tmp_path)
    assert sorted(line["line"] for tally in tallies for line in tally.rejected) == [2, 4, 5]
    assert sum(tally.patients for tally in tallies) == 2


def test_a_patient_for_whom_the_rules_fail_is_told_and_hides_nobody_else(feed, tmp_path, monkeypatch) -> None:
    source = Files((write(tmp_path / "feed.jsonl", feed),), 1)
    (whole,) = folded(source, tmp_path)
    poison = feed[0]["partitionkey"]
    judged = Engine.judged

    def fail(self: Engine, row: Any, at: Any) -> Any:
        if row.patient == poison:
            raise KeyError("what it says may be a patient's")
        return judged(self, row, at)

    monkeypatch.setattr(Engine, "judged", fail)
    (rest,) = folded(source, tmp_path)
    (told,) = rest.rejected
    assert sum(whole.clocks.values()) > sum(rest.clocks.values()) > 0
    assert (rest.patients, told["patient"], "KeyError" in told["hint"]) == (whole.patients - 1, poison, True)
    assert "may be" not in told["hint"]


def test_folders_and_packed_files_are_read_in_the_order_of_their_names(tmp_path) -> None:
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b"two\n"))
    (tmp_path / "a.jsonl").write_bytes(b"one\n\n")
    (tmp_path / "notes.txt").write_bytes(b"none")
    source = Files.of([tmp_path])
    (tally,) = folded(source, tmp_path)
    assert [line["line"] for line in tally.rejected] == [1, 3]
    assert source.total == len(b"one\n\ntwo\n")


def test_progress_adds_up_over_slices(feed, tmp_path) -> None:
    path, seen = write(tmp_path / "feed.jsonl", feed), []
    source = Files((path,), 3)
    for number in range(3):
        list(source.load(number, Replay(ENGINE, AT), seen.append))
    assert sum(seen) == source.total == path.stat().st_size


def test_much_is_cut_into_more_slices_than_there_are_processes(tmp_path, monkeypatch) -> None:
    path = write(tmp_path / "feed.jsonl", [event("wait-resumed", "2026-02-02")] * 40)
    monkeypatch.setattr("deploy.replaying.sources.SLICE_BYTES", 1000)
    assert Files.of([path]).cut(2).slices == -(-path.stat().st_size // 1000)


def test_a_folder_without_event_files_is_refused(tmp_path) -> None:
    with pytest.raises(ReplayError, match="holds no event file"):
        Files.of([tmp_path])


@pytest.mark.parametrize(
    "packed",
    [b"no gzip at all", PACKED[:-9], PACKED[:12] + bytes([PACKED[12] ^ 0xFF]) + PACKED[13:]],
    ids=["not-gzip", "cut-short", "damaged"],
)
def test_a_packed_file_that_is_broken_is_named(tmp_path, packed) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(packed)
    with pytest.raises(ReplayError, match=r"a\.jsonl\.gz"):
        folded(Files((tmp_path / "a.jsonl.gz",), 1), tmp_path)


def test_clocks_are_counted_by_outcome_or_state(tmp_path) -> None:
    started = [
        event("referral-received", "2026-02-02T09:00", purpose="workup", condition="cancer", package="B01"),
        event("workup-started", "2026-02-04T10:00", attendance="physical"),
    ]
    (tally,) = folded(Files((write(tmp_path / "a.jsonl", started),), 1), tmp_path)
    assert tally.clocks == {("cancer.workup", "within"): 1, ("information.referral", "overdue"): 1}


def other(rulebook: Rulebook) -> Engine:
    return Engine(rulebook, ENGINE.units, ENGINE.policy)


def compared(events: list[dict[str, Any]], tmp_path: Path, rulebook: Rulebook) -> Comparison:
    (tally,) = folded(Files((write(tmp_path / "a.jsonl", events),), 1), tmp_path, other=other(rulebook))
    return tally.compared


PAUSED = [
    event("referral-received", "2026-02-02T09:00", purpose="workup", condition="cancer"),
    event("wait-paused", "2026-02-06T09:00", reason="health", documented=True),
    event("wait-resumed", "2026-02-08T09:00"),
    event("workup-started", "2026-02-20T10:00", attendance="physical"),
]


def test_a_comparison_shows_what_another_reading_would_change(tmp_path) -> None:
    found = compared(PAUSED, tmp_path, Rulebook.load().read_as("fresh_period"))
    assert list(found.changes()) == [
        {"right": "cancer.workup", "from": "not_complied", "to": "over_health", "clocks": 1, "pathways": ["pw-1"]}
    ]
    assert found.moved == {"cancer.workup": Counter({4: 1})}


def test_the_same_reading_changes_nothing(tmp_path) -> None:
    found = compared(PAUSED, tmp_path, Rulebook.load())
    assert (list(found.changes()), found.moved, found.clocks.total()) == ([], {}, 2)


def test_before_the_rights_there_were_no_clocks(tmp_path) -> None:
    found = compared(PAUSED, tmp_path, Rulebook.load().as_of(date(2015, 4, 27)))
    assert {(change["right"], change["to"]) for change in found.changes()} == {
        ("cancer.workup", NO_CLOCK),
        ("information.referral", NO_CLOCK),
    }


def test_comparisons_add_up_and_name_few_examples(tmp_path) -> None:
    whole = Comparison()
    for number in range(9):
        events = [{**each, "subject": f"pw-{number}"} for each in PAUSED]
        whole.add(compared(events, tmp_path, Rulebook.load().read_as("fresh_period")))
    (change,) = whole.changes()
    assert (change["clocks"], change["pathways"]) == (9, [f"pw-{number}" for number in range(5)])
    assert whole.moved["cancer.workup"] == Counter({4: 9})
