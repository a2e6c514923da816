"""The pure parts of the projection: index entries, alerts from transitions, and what is no record of ours."""

from typing import Any

import msgspec
import pytest

from alerts.ledger import Transition
from api.projection.alerts import after
from api.projection.index import Entry, Index
from api.projection.keys import Keys
from api.projection.messages import PathwayMessage, UnreadableError, keys_of, read
from api.projection.reducer import merged
from tests.web.samples import clock, transition


def transition_of(**changes: object) -> Transition:
    return read(transition(**changes), Transition)


def entry(order: str = "2026-02-09", name: str = "c1", **changes: Any) -> Entry:
    return Entry(**({"order": order, "id": name, "unit": "u", "right": "r", "package": None} | OPEN | changes))


OPEN = {"state": "running", "tier": "plan"}
CLOSED = {"state": "closed", "tier": None}


def test_entries_sort_as_bytes_by_what_they_are_ordered_by_then_by_id() -> None:
    members = [entry(order, name).member for order in ("2026-02-10", "2026-02-09") for name in ("b", "a10", "a1")]
    assert sorted(members) == [
        entry(order, name).member for order in ("2026-02-09", "2026-02-10") for name in ("a1", "a10", "b")
    ]


def test_what_is_live_and_what_has_ended_stand_apart() -> None:
    index = Index(Keys("n"), "clocks")
    assert [command[:2] for command in index.put(entry())] == [("ZADD", "n:live:clocks")]
    assert [command[:2] for command in index.put(entry(**CLOSED))] == [("ZADD", "n:ended:clocks")]


@pytest.mark.parametrize("changes", [OPEN, CLOSED])
def test_an_entry_is_taken_from_where_it_was_put(changes: dict[str, Any]) -> None:
    index, it = Index(Keys("n"), "clocks"), entry(**changes)
    (_, put_in, _, put), (_, taken_from, taken) = index.put(it)[0], index.take(it)[0]
    assert (put_in, put) == (taken_from, taken)


def test_commands_of_one_kind_and_key_become_one() -> None:
    commands = [("HSET", "h", "a", "1"), ("ZADD", "z", 0, "m"), ("HSET", "h", "b", "2"), ("ZADD", "z", 0, "n")]
    assert merged(commands) == [("HSET", "h", "a", "1", "b", "2"), ("ZADD", "z", 0, "m", 0, "n")]


def test_commands_of_other_keys_and_kinds_stay_apart() -> None:
    commands = [("HSET", "h", "a", "1"), ("HSET", "i", "a", "1"), ("LTRIM", "h", 0, 1), ("LTRIM", "h", 0, 1)]
    assert merged(commands) == commands


def test_the_first_transition_makes_an_open_alert() -> None:
    alert = after(None, transition_of())
    assert (alert.status, alert.tier, alert.raised_at, alert.since) == ("open", "act", alert.since, alert.since)


@pytest.mark.parametrize("kind", ["acknowledged", "snoozed", "noted", "rung", "refused"])
def test_acts_of_staff_move_neither_status_nor_tier(kind: str) -> None:
    before = after(None, transition_of())
    acted = after(before, transition_of(transition_id="t2", kind=kind, to=None, at="2026-02-03T08:00:00Z"))
    assert acted == msgspec.structs.replace(before, last_act=kind)


def test_a_new_tier_makes_an_acknowledgement_old() -> None:
    acknowledged = after(after(None, transition_of()), transition_of(kind="acknowledged", to=None))
    assert after(acknowledged, transition_of(kind="changed", to="refer")).last_act is None


def test_a_reopened_alert_keeps_when_it_was_first_raised() -> None:
    alert = after(None, transition_of(at="2026-01-01T00:00:00Z"))
    for kind in ("closed", "reopened"):
        alert = after(alert, transition_of(kind=kind, at="2026-02-03T00:00:00Z"))
    assert (alert.status, alert.raised_at) == ("open", "2026-01-01T00:00:00Z")


@pytest.mark.parametrize("value", [b"", b"null", b"[]", b'{"pathway": 1}', b"\xff"])
def test_what_is_no_record_of_ours_is_said_so(value: bytes) -> None:
    with pytest.raises(UnreadableError):
        read(value, PathwayMessage)


@pytest.mark.parametrize("change", [{"tier": "soon"}, {"deadline": None}, {"clock_id": 7}])
def test_a_clock_without_its_keys_is_said_so(change: dict[str, object]) -> None:
    with pytest.raises(UnreadableError, match="clock"):
        keys_of(clock(**change))


def test_fields_of_a_later_version_are_no_error() -> None:
    assert keys_of(clock(colour="blue")).clock_id == "c1"
