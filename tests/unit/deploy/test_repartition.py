"""The move to more partitions: what it takes along, and what it refuses before it has touched anything."""

import pytest

from deploy.cli.repartition import repartition
from deploy.doctor import topics_of
from deploy.errors import BadInputError
from deploy.repartition import check_known, is_row, moving_name, readable, stamped
from deploy.settings import Settings
from stream.facts.record import Record as Facts
from stream.row import FORMAT, Row
from stream.worker.quarantine import mark_key
from stream.worker.transport import Record, TopicSpec

ROW = Row("pt", Facts(), applied={"fristvagt.facts": 7, "fristvagt.ticks": 3}, partition=1, digest="d")


def record(value: bytes | None, key: bytes = b"pt") -> Record:
    return Record(0, key, value, (), 0.0)


def test_every_topic_of_ours_is_taken_along() -> None:
    check_known({spec.name: spec for spec in topics_of(Settings())})


def test_a_topic_that_it_does_not_know_stops_it() -> None:
    specs = {spec.name: spec for spec in topics_of(Settings())} | {"fristvagt.new": TopicSpec("fristvagt.new", 1)}
    with pytest.raises(BadInputError, match=r"does not know what to do with fristvagt\.new"):
        check_known(specs)


def test_a_row_gets_its_new_place_and_keeps_all_else() -> None:
    applied = {"fristvagt.facts": 4, "fristvagt.actions": 0}
    moved = Row.decode(stamped(record(ROW.encode()), 5, applied) or b"")
    assert moved == Row("pt", Facts(), applied=applied, partition=5, digest="d")


@pytest.mark.parametrize(
    "value", [None, bytes([FORMAT]) + b"damaged", b'{"since":"2026-01-01T00:00:00Z","pending":[]}']
)
def test_what_is_no_whole_row_stays_as_it_is(value: bytes | None) -> None:
    key = mark_key(b"pt") if value and value.startswith(b"{") else b"pt"
    assert stamped(record(value, key), 5, {}) == value


def test_rows_of_a_newer_version_stop_it() -> None:
    with pytest.raises(BadInputError, match="newer Fristvagt"):
        readable(0, record(bytes([FORMAT + 1])))


def test_other_records_are_no_rows() -> None:
    assert not any(map(is_row, (record(None), record(b'{"a":1}'), record(b"x", mark_key(b"pt")))))


def test_a_copy_is_known_by_its_name() -> None:
    assert moving_name("fristvagt.facts") == "fristvagt.facts.moving"


def test_the_embedded_log_is_not_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRISTVAGT_TRANSPORT", "embedded")
    with pytest.raises(BadInputError, match="embedded log"):
        repartition()
