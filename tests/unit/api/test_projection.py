"""The pure parts of the projection: index entries, alerts from transitions, and what is no record of ours."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from alerts.acts import ACTS, SNOOZE_ENDED, UNIT_CHANGED, Acts
from alerts.ledger import Transition
from api.projection.alerts import Alert, after, read_transition
from api.projection.answers import Answer, answer_command
from api.projection.index import Entry, Index
from api.projection.keys import Keys
from api.projection.messages import PathwayMessage, UnreadableError, keys_of, read
from api.projection.reducer import merged
from tests.web.samples import act, clock, transition


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


def alert_after(*records: bytes) -> Alert:
    alert = after(None, transition_of())
    for record in records:
        alert = after(alert, read_transition(record))
    assert alert is not None
    return alert


@pytest.mark.parametrize("kind", sorted(ACTS))
def test_acts_of_staff_move_neither_status_nor_tier(kind: str) -> None:
    before, acted = alert_after(), alert_after(act(kind))
    assert msgspec.structs.replace(acted, acts=Acts()) == msgspec.structs.replace(before, last_act=kind)


def test_a_new_tier_makes_an_acknowledgement_old() -> None:
    alert = alert_after(act("acknowledged"), transition(kind="changed", to="refer"))
    assert (alert.last_act, alert.owner, alert.acknowledged, alert.is_acknowledged) == (None, "AB", "act", False)


def test_a_snoozed_alert_says_until_when_and_who_has_it() -> None:
    alert = alert_after(act("snoozed"))
    assert (alert.owner, alert.snoozed_until) == ("AB", datetime(2026, 2, 3, 7, tzinfo=UTC))


def test_a_snooze_that_ends_leaves_why_the_alert_was_raised() -> None:
    alert = alert_after(act("snoozed"), transition(kind="changed", reason=SNOOZE_ENDED))
    assert (alert.snoozed_until, alert.reason, alert.is_acknowledged) == (None, "staffed_days_left", False)
    assert alert.owner == "AB"


def test_at_another_unit_an_alert_keeps_why_it_was_raised_and_has_nobody() -> None:
    alert = alert_after(act("acknowledged"), transition(kind="changed", reason=UNIT_CHANGED, unit="99061000016007"))
    assert (alert.unit, alert.reason, alert.owner, alert.is_acknowledged) == (
        "99061000016007",
        "staffed_days_left",
        None,
        False,
    )


def test_who_acknowledged_a_higher_tier_is_asked_again_when_a_lowered_alert_rises() -> None:
    lowered = (act("acknowledged"), transition("t3", kind="changed", to="plan"))
    assert alert_after(*lowered).is_acknowledged
    assert not alert_after(*lowered, transition("t4", kind="changed", to="act")).is_acknowledged


def test_a_rung_is_kept_with_how_concrete_it_was_and_the_patients_answer() -> None:
    (rung,) = alert_after(act("rung")).rungs
    assert (rung.to, rung.by, rung.concrete, rung.answer) == ("region", "AB", True, "declined")


def test_a_command_refused_for_an_alert_that_nobody_knows_makes_no_alert() -> None:
    assert after(None, read_transition(act("refused", clock_id="", reason="no_such_alert"))) is None


@pytest.mark.parametrize("kind", ["snoozed", "rung"])
def test_an_act_that_does_not_say_what_it_must_is_no_record_of_ours(kind: str) -> None:
    with pytest.raises(UnreadableError):
        read_transition(act(kind, detail=None))


def test_an_act_is_the_answer_to_its_command_for_thirty_days_from_when_it_was_written() -> None:
    (name, key, value, *how), mark = answer_command(Keys("n"), read_transition(act("refused")), 1_000_000.0)
    gone = 1_000_000 + 30 * 86_400
    assert (name, key, how) == ("SET", "n:command:c-t2", ["NX", "EXAT", gone])
    assert mark == ("EXPIREAT", "n.sent:c-t2", gone, "GT")
    assert msgspec.json.decode(bytes(value), type=Answer) == Answer(
        status="refused",
        kind="refused",
        reason="tier_moved",
        detail={"seen": "plan", "tier": "act", "command": "acknowledge"},
        alert_id="a1",
        transition_id="t2",
        at="2026-02-02T08:30:00Z",
        actor="AB",
    )


@pytest.mark.parametrize(
    "record",
    [
        transition(),
        act("rung", cause={"fact": {"source": "urn:h", "id": "e1"}}),
        transition(kind="changed", cause={"command": "rebuild"}),
    ],
    ids=["a fact", "a rung that a hospital registered", "a rebuilt row"],
)
def test_what_no_command_asked_for_answers_none(record: bytes) -> None:
    assert answer_command(Keys("n"), read_transition(record), 0.0) == []


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
