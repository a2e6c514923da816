import gzip
import random
from pathlib import Path

import msgspec
import pytest

from stream.clock import EPOCH
from stream.replay import History, Line, Replay, ReplayError, history, read_lines
from tests.unit.engine.events import ENGINE, event, parsed
from tests.unit.law.build import moment

AT = moment("2026-02-12")
EVENTS = [
    event("referral-received", "2026-02-02T09:00", purpose="workup", condition="cancer"),
    event("workup-started", "2026-02-04T10:00", attendance="physical"),
    event("conference-decided", "2026-02-05T09:00", decision="treatment"),
    event("consent-given", "2026-02-06T09:00", line="initial", recorded="2026-02-09T09:00"),
    event("patient-informed", "2026-02-06T11:00", about="date_and_place"),
]
BAD = event("consent-granted", "2026-02-06")


def write(path: Path, *sent: dict) -> Path:
    path.write_bytes(b"\n".join(msgspec.json.encode(each) for each in sent) + b"\n")
    return path


def replayed(*sent: dict, at=AT) -> Replay:
    replay = Replay(ENGINE, at)
    for number, each in enumerate(sent, start=1):
        replay.take(Line(number, parsed(each)))
    return replay


def of_files(*paths: Path, on_progress=lambda _: None) -> Replay:
    replay = Replay(ENGINE, AT)
    for line in read_lines(paths, on_progress):
        replay.take(line)
    return replay


def without_ids(replay: Replay) -> list[dict]:
    return [{name: value for name, value in clock.items() if name != "clock_id"} for clock in replay.clocks()]


def test_a_file_is_folded_into_clocks_alerts_and_refusals(tmp_path) -> None:
    answer = of_files(write(tmp_path / "a.jsonl", *EVENTS, BAD)).to_json()
    assert set(answer) == {"at", "clocks", "alerts", "rejected"}
    assert [each["line"] for each in answer["rejected"]] == [6]
    assert {clock["right"] for clock in answer["clocks"]} == {
        "cancer.workup",
        "cancer.treatment",
        "information.referral",
    }


def test_the_order_of_the_lines_changes_no_clock() -> None:
    shuffled = random.Random(3).sample(EVENTS, len(EVENTS))
    assert without_ids(replayed(*shuffled)) == without_ids(replayed(*EVENTS))


def test_repeated_lines_change_nothing() -> None:
    assert list(replayed(*EVENTS, *EVENTS).clocks()) == list(replayed(*EVENTS).clocks())


def test_a_standing_alert_says_since_when_its_tier_is_due() -> None:
    (alert,) = replayed(EVENTS[3], at=moment("2026-02-18")).alerts()
    assert (alert["tier"], alert["due"], alert["reason"]) == ("refer", "2026-02-16T23:00:00Z", "staffed_days_left")


def test_every_clock_is_explained() -> None:
    assert all(clock["explanation"] for clock in replayed(*EVENTS).clocks())


def test_lines_are_numbered_over_blank_ones_and_files(tmp_path) -> None:
    first = tmp_path / "a.jsonl"
    first.write_bytes(b"\n\n")
    second = write(tmp_path / "b.jsonl", BAD)
    assert [each["line"] for each in of_files(first, second).rejected] == [3]


def test_a_line_that_is_no_json_is_refused_and_the_rest_counts(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"{no json\n" + msgspec.json.encode(EVENTS[0]))
    replay = of_files(path)
    assert ([each["reason"] for each in replay.rejected], len(list(replay.patients))) == (["no_identity"], 1)


def test_an_unreadable_file_is_named(tmp_path) -> None:
    with pytest.raises(ReplayError, match=r"none\.jsonl"):
        of_files(tmp_path / "none.jsonl")


def test_the_progress_adds_up_to_the_size_of_the_file(tmp_path) -> None:
    path, seen = write(tmp_path / "a.jsonl", *EVENTS), []
    of_files(path, on_progress=seen.append)
    assert sum(seen) == path.stat().st_size


def test_a_history_raises_and_closes_at_the_moments_when_it_happened(tmp_path) -> None:
    feed = [EVENTS[2], event("treatment-started", "2026-02-26T10:00")]
    records = list(history(ENGINE, [write(tmp_path / "a.jsonl", *feed)], moment("2026-03-20")))
    assert [(record["kind"], record["to"], record["at"]) for record in records] == [
        ("raised", "plan", "2026-02-23T23:00:00Z"),
        ("changed", "act", "2026-02-25T23:00:00Z"),
        ("closed", None, "2026-02-26T09:00:00Z"),
    ]


def test_a_history_is_read_from_a_packed_file(tmp_path) -> None:
    plain = write(tmp_path / "a.jsonl", EVENTS[2])
    packed = tmp_path / "a.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    records = list(history(ENGINE, [packed], moment("2026-03-20")))
    assert records
    assert records == list(history(ENGINE, [plain], moment("2026-03-20")))


def test_a_history_is_played_in_the_order_of_recording_whatever_the_order_of_lines(tmp_path) -> None:
    forward = write(tmp_path / "a.jsonl", *EVENTS)
    backward = write(tmp_path / "b.jsonl", *reversed(EVENTS))
    at = moment("2026-03-20")
    assert list(history(ENGINE, [forward], at)) == list(history(ENGINE, [backward], at))


def test_a_history_ends_at_its_moment() -> None:
    played = History(ENGINE)
    records = list(played.play([Line(1, parsed(EVENTS[2]))], moment("2026-02-25")))
    assert [record["to"] for record in records] == ["plan"]
    assert all(due > EPOCH for due, _ in played.due)
