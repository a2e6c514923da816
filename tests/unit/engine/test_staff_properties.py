"""Promises that hold for whatever staff do in whatever order, searched by Hypothesis."""

from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from alerts.acts import Acts, follow
from alerts.ledger import Transition
from stream.row import Row
from tests.unit.engine.events import ENGINE, event, kept
from tests.unit.engine.test_staff import RAISED, command
from tests.unit.law.build import moment

START = moment("2026-02-05T00:00")
OFFER = {"for": "treatment", "offered_date": "2026-02-12", "place": "own", "concrete": True}

hours = st.integers(1, 120)
people = st.sampled_from(["hk", "ml"])
asked = st.one_of(
    st.tuples(st.just("acknowledge"), st.just({})),
    st.tuples(st.just("hand-over"), st.fixed_dictionaries({"to": people})),
    st.tuples(st.just("rung"), st.fixed_dictionaries({"to": st.sampled_from(["hospital", "region"])})),
    st.tuples(st.sampled_from(["watch", "unwatch"]), st.just({})),
    st.tuples(st.just("note"), st.just({"reason": "other"})),
    st.tuples(st.just("snooze"), st.fixed_dictionaries({"for_hours": hours})),
)
facts = st.sampled_from([
    ("date-offered", OFFER),
    ("escalated", {"to": "region", "by": "unit"}),
    ("treatment-started", {}),
    ("wait-paused", {"reason": "health", "documented": True}),
    ("wait-resumed", {}),
])  # fmt: skip
happenings = st.lists(st.tuples(hours, st.one_of(st.none(), facts, st.tuples(people, asked))), max_size=10)


def lived(happened: list[Any], *, staff: bool = True) -> tuple[Row, list[dict[str, Any]], list[dict[str, Any]]]:
    """The last row, the whole ledger and all clocks told; without staff their commands are left out."""
    row, now, ledger, clocks = RAISED, START, [], []
    for number, (later, what) in enumerate(happened):
        now += timedelta(hours=later)
        text = now.isoformat()
        if what is None:
            result = ENGINE.tick(row, now)
        elif isinstance(what[1], dict):
            sent = event(what[0], "2026-02-05", id=f"f{number}", **what[1])
            sent |= {"time": text, "data": sent["data"] | {"occurred_at": text}}
            result = ENGINE.fact(row, kept(sent), now)
        elif staff:
            actor, (kind, more) = what
            if "for_hours" in more:
                until = (now + timedelta(hours=more["for_hours"])).isoformat()
                more = {"until": until, "reason": "waiting_for_patient"}
            said = command(kind, "2026-02-05") | {"actor": actor, "command_id": f"c{number}", "at": text} | more
            result = ENGINE.command(row, said, now)
        else:
            result = ENGINE.tick(row, now)
        row = result.row
        ledger += result.ledger
        clocks += result.clocks
    return row, ledger, clocks


@given(happenings)
def test_the_ledger_alone_tells_what_people_did(happened: list[Any]) -> None:
    row, ledger, _ = lived(happened)
    (state,) = row.alerts.values()
    acts = Acts()
    for record in ledger:
        acts = follow(acts, msgspec.convert(record, Transition))
    assert acts == state.acts


@given(happenings)
def test_no_two_records_share_an_identity(happened: list[Any]) -> None:
    ids = [record["transition_id"] for record in lived(happened)[1]]
    assert len(set(ids)) == len(ids)


@given(happenings)
def test_staff_move_no_clock_and_no_tier(happened: list[Any]) -> None:
    row, _, clocks = lived(happened)
    without, _, clocks_without = lived(happened, staff=False)
    assert clocks == clocks_without
    assert [(each.status, each.tier) for each in row.alerts.values()] == [
        (each.status, each.tier) for each in without.alerts.values()
    ]


@given(happenings)
def test_an_alert_never_rests_past_the_moment_at_which_it_is_looked_at_next(happened: list[Any]) -> None:
    row, _, _ = lived(happened)
    (state,) = row.alerts.values()
    until = state.acts.snoozed_until
    assert until is None or (row.next_due is not None and row.next_due <= until)


@given(happenings)
def test_a_row_with_acts_survives_its_encoding(happened: list[Any]) -> None:
    row, _, _ = lived(happened)
    assert Row.decode(row.encode()) == row
