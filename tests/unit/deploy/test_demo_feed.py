import json
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.feed import Item, from_file, recorded_at, simulated
from deploy.errors import BadInputError

START = datetime(2026, 2, 2, 7, tzinfo=UTC)
PATHWAYS = 20


def history_and_more(further: int) -> tuple[list[Item], list[Item]]:
    feed = simulated(START, PATHWAYS)
    history = []
    for item in feed:
        if item.at > START:
            return history, [item, *islice(feed, further)]
        history.append(item)
    raise AssertionError("the feed ended")


def patient_of(item: Item) -> str:
    return str(json.loads(item.event)["partitionkey"])


def test_the_feed_is_the_same_at_every_start() -> None:
    assert list(islice(simulated(START, PATHWAYS), 200)) == list(islice(simulated(START, PATHWAYS), 200))


def test_history_comes_before_everything_else() -> None:
    history, more = history_and_more(300)
    assert max(item.at for item in history) <= START < min(item.at for item in more)


def test_after_the_start_events_come_in_the_order_of_their_time() -> None:
    _, more = history_and_more(800)
    assert all(one.at <= other.at for one, other in pairwise(more))


def test_the_country_goes_on_for_more_than_a_block() -> None:
    _, more = history_and_more(800)
    assert (more[-1].at - START).days > 56


def test_no_event_comes_twice() -> None:
    history, more = history_and_more(800)
    identities = [(event["source"], event["id"]) for event in (json.loads(item.event) for item in history + more)]
    assert len(set(identities)) == len(identities)


def test_a_patients_history_stays_together() -> None:
    history, _ = history_and_more(0)
    patients = [patient_of(item) for item in history]
    changes = sum(one != other for one, other in pairwise(patients))
    assert changes + 1 == len(set(patients))


def test_patients_who_are_under_way_come_first() -> None:
    history, more = history_and_more(800)
    assert patient_of(history[0]) in {patient_of(item) for item in more}


def write(folder: Path, *lines: Any) -> Path:
    file = folder / "events.jsonl"
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")
    return file


def test_a_file_is_fed_in_the_order_of_time(tmp_path: Path) -> None:
    late, early = {"id": "2", "time": "2026-02-03T08:00:00Z"}, {"id": "1", "time": "2026-02-02T08:00:00Z"}
    assert [json.loads(item.event)["id"] for item in from_file(write(tmp_path, late, early))] == ["1", "2"]


def test_a_line_that_cannot_be_read_is_fed_with_the_one_before_it(tmp_path: Path) -> None:
    early, late = {"time": "2026-02-02T08:00:00Z"}, {"time": "2026-02-03T08:00:00Z"}
    items = from_file(write(tmp_path, early, "nonsense", late))
    assert (items[1].event, items[1].at) == (b"nonsense", items[0].at)


def test_lines_before_the_first_readable_one_are_fed_too(tmp_path: Path) -> None:
    items = from_file(write(tmp_path, "nonsense", "[]", {"time": "2026-02-02T08:00:00Z"}))
    assert [item.event for item in items[:2]] == [b"nonsense", b"[]"]


def test_an_event_without_time_goes_by_when_it_happened() -> None:
    assert recorded_at(b'{"data": {"occurred_at": "2026-02-02T08:00:00+01:00"}}') == START


@pytest.mark.parametrize("text", [b"x", b"[]", b"{}", b'{"time": 7}', b'{"time": "2026-02-02"}', b'{"data": null}'])
def test_what_has_no_readable_time_has_none(text: bytes) -> None:
    assert recorded_at(text) is None


def test_a_file_without_any_event_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no event with a readable time"):
        from_file(write(tmp_path, "nonsense"))


def test_a_file_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot read"):
        from_file(tmp_path / "missing.jsonl")
