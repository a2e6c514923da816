"""The pure parts of the projection: members and places, alerts from transitions, and what is no record of ours."""

import msgspec
import pytest

from api.projection.alerts import after
from api.projection.keys import Keys
from api.projection.messages import PathwayMessage, Transition, UnreadableError, keys_of, read
from api.projection.shelves import Member, Shelves, decode, encode
from tests.web.samples import clock, transition


def transition_of(**changes: object) -> Transition:
    return read(transition(**changes), Transition)


@pytest.mark.parametrize("place", [("u", "r", None, "running", "plan"), ('a"b|c:d', "æøå", None, None, None)])
def test_a_place_comes_back_from_its_key(place: tuple[str | None, ...]) -> None:
    assert decode(encode(place)) == place


def test_members_sort_by_date_then_id() -> None:
    members = [Member("2026-02-10", "a"), Member("2026-02-09", "b"), Member("2026-02-09", "a")]
    assert sorted(map(str, members)) == ["2026-02-09|a", "2026-02-09|b", "2026-02-10|a"]


def test_a_text_without_order_is_no_member() -> None:
    with pytest.raises(ValueError, match="no member"):
        Member.parse("c1")


def test_what_is_put_is_taken_by_the_opposite_commands() -> None:
    shelves, place, member = Shelves(Keys("n"), "clocks"), ("u",), Member("2026-02-09", "c1")
    assert shelves.put(place, member) == [
        ("ZADD", 'n:shelf:clocks:["u"]', 0, "2026-02-09|c1"),
        ("HINCRBY", "n:tally:clocks", '["u"]', 1),
    ]
    assert shelves.take(place, member)[1] == ("HINCRBY", "n:tally:clocks", '["u"]', -1)


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
