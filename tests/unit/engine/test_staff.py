"""Promises of what staff do about an alert, decided in the stream.

CONSENT on Monday 2 February starts 14 days: deadline 16 February, `plan` from the 5th, `act` from the 9th, `refer`
from the 11th, `escalate` from the 13th, `passed` from the 17th.
"""

from typing import Any, get_args

import pytest

from alerts.commands import KINDS, Command
from stream.result import Result
from stream.row import Row
from tests.unit.engine.events import ENGINE, event, kept
from tests.unit.engine.test_engine import CONSENT, after, kinds
from tests.unit.law.build import SOURCE, moment

RAISED = ENGINE.tick(after(CONSENT), moment("2026-02-05T00:00")).row
(ALERT,) = RAISED.alerts.values()


def command(kind: str, at: str, **more: Any) -> dict[str, Any]:
    """A command about the one alert, as the API writes it."""
    said = {"command_id": f"{kind}-{at}", "kind": kind, "actor": "hk", "at": moment(at).isoformat(), "patient": "pt-1"}
    return said | {"alert_id": ALERT.alert_id} | more


def done(row: Row | None, kind: str, at: str, **more: Any) -> Result:
    return ENGINE.command(row, command(kind, at, **more), moment(at))


def snooze(until: str) -> dict[str, Any]:
    return {"until": moment(until).isoformat(), "reason": "waiting_for_patient"}


def answer(result: Result) -> tuple[str, str]:
    """The kind and reason of the last record."""
    return (result.ledger[-1]["kind"], result.ledger[-1]["reason"])


def acts(row: Row) -> Any:
    return row.alerts[ALERT.clock_id].acts


def test_who_acknowledges_takes_care_of_it_up_to_that_tier() -> None:
    result = done(RAISED, "acknowledge", "2026-02-05")
    assert (kinds(result), acts(result.row).owner, acts(result.row).acknowledged) == (
        [("acknowledged", "plan", "plan")],
        "hk",
        "plan",
    )


def test_the_answer_names_the_command_and_who_gave_it() -> None:
    (record,) = done(RAISED, "acknowledge", "2026-02-05").ledger
    assert (record["cause"], record["actor"]) == ({"command": "acknowledge-2026-02-05"}, "hk")


def test_a_higher_tier_has_to_be_acknowledged_again() -> None:
    row = done(RAISED, "acknowledge", "2026-02-05").row
    risen = ENGINE.tick(row, moment("2026-02-09T00:00")).row
    assert (acts(risen).owner, acts(risen).covers("plan"), acts(risen).covers("act")) == ("hk", True, False)


def test_the_same_command_twice_is_decided_once() -> None:
    row = done(RAISED, "acknowledge", "2026-02-05").row
    assert done(row, "acknowledge", "2026-02-05").ledger == ()


def test_what_another_acknowledged_is_not_taken_from_them() -> None:
    row = done(RAISED, "acknowledge", "2026-02-05").row
    result = done(row, "acknowledge", "2026-02-05T13:00", actor="ml")
    assert (answer(result), result.ledger[0]["detail"]) == (
        ("refused", "acknowledged_by_another"),
        {"owner": "hk", "command": "acknowledge"},
    )
    assert acts(result.row).owner == "hk"


def test_who_did_not_see_the_present_tier_does_not_silence_it() -> None:
    row = ENGINE.tick(RAISED, moment("2026-02-09T00:00")).row
    assert answer(done(row, "acknowledge", "2026-02-09", seen_tier="plan")) == ("refused", "tier_moved")


def test_what_has_become_milder_may_be_acknowledged_as_it_was_seen() -> None:
    assert answer(done(RAISED, "acknowledge", "2026-02-05", seen_tier="act")) == ("acknowledged", "acknowledged")


def test_a_tier_that_rose_by_the_moment_of_the_command_is_decided_first() -> None:
    result = done(RAISED, "acknowledge", "2026-02-09", seen_tier="plan")
    assert [kind for kind, _, _ in kinds(result)] == ["changed", "refused"]


def test_a_snooze_may_last_until_the_next_tier_and_no_longer() -> None:
    assert answer(done(RAISED, "snooze", "2026-02-05", **snooze("2026-02-09T00:00")))[0] == "snoozed"
    result = done(RAISED, "snooze", "2026-02-05", **snooze("2026-02-09T00:01"))
    assert (answer(result), result.ledger[0]["detail"]["latest"]) == (
        ("refused", "past_next_tier"),
        "2026-02-08T23:00:00Z",
    )


def test_a_snooze_ends_by_itself_at_its_moment_and_says_so() -> None:
    row = done(RAISED, "snooze", "2026-02-05", **snooze("2026-02-06T08:00")).row
    assert row.next_due == moment("2026-02-06T08:00")
    (record,) = ENGINE.tick(row, moment("2026-02-06T08:00")).ledger
    assert (record["kind"], record["from"], record["to"], record["reason"], record["due"]) == (
        "changed",
        "plan",
        "plan",
        "snooze_ended",
        "2026-02-06T07:00:00Z",
    )


def test_a_snooze_that_ended_is_not_told_twice() -> None:
    row = done(RAISED, "snooze", "2026-02-05", **snooze("2026-02-06T08:00")).row
    ended = ENGINE.tick(row, moment("2026-02-06T08:00")).row
    assert (ENGINE.tick(ended, moment("2026-02-06T09:00")).ledger, acts(ended).snoozed_until) == ((), None)


def test_a_change_of_tier_ends_a_snooze() -> None:
    row = done(RAISED, "snooze", "2026-02-05", **snooze("2026-02-09T00:00")).row
    result = ENGINE.tick(row, moment("2026-02-09T00:00"))
    assert (kinds(result), acts(result.row).snoozed_until) == ([("changed", "plan", "act")], None)


def test_a_timely_date_ends_a_snooze_and_asks_for_a_new_acknowledgement() -> None:
    row = done(RAISED, "snooze", "2026-02-05", **snooze("2026-02-08T12:00")).row
    date = {"for": "treatment", "offered_date": "2026-02-12", "place": "own", "concrete": True}
    offered = ENGINE.fact(row, kept(event("date-offered", "2026-02-06", **date)), moment("2026-02-06")).row
    assert (acts(offered).snoozed_until, acts(offered).acknowledged, acts(offered).owner) == (None, None, "hk")


def test_past_the_deadline_a_snooze_lasts_one_working_day_at_most() -> None:
    passed = ENGINE.tick(RAISED, moment("2026-02-20T15:00")).row  # a Friday
    assert answer(done(passed, "snooze", "2026-02-20T15:00", **snooze("2026-02-23T15:00")))[0] == "snoozed"
    longer = done(passed, "snooze", "2026-02-20T15:00", **snooze("2026-02-23T15:01"))
    assert answer(longer) == ("refused", "past_one_working_day")


def test_a_snooze_into_the_past_is_refused() -> None:
    assert answer(done(RAISED, "snooze", "2026-02-05", **snooze("2026-02-05T11:59"))) == ("refused", "not_ahead")


@pytest.mark.parametrize("kind", ["acknowledge", "snooze"])
def test_where_there_is_no_tier_there_is_nothing_to_take(kind: str) -> None:
    date = {"for": "treatment", "offered_date": "2026-02-12", "place": "own", "concrete": True}
    calm = ENGINE.fact(RAISED, kept(event("date-offered", "2026-02-06", **date)), moment("2026-02-06")).row
    assert answer(done(calm, kind, "2026-02-06", **snooze("2026-02-07"))) == ("refused", "no_tier")


def test_who_is_handed_an_alert_has_yet_to_acknowledge_it() -> None:
    row = done(RAISED, "acknowledge", "2026-02-05").row
    result = done(row, "hand-over", "2026-02-05T13:00", to="ml")
    assert (answer(result), acts(result.row).owner, acts(result.row).acknowledged) == (
        ("noted", "handed_over"),
        "ml",
        None,
    )


def test_a_rung_of_the_duty_to_act_says_when_how_firmly_and_what_the_patient_said() -> None:
    result = done(RAISED, "rung", "2026-02-05", to="other_region", concrete=True, answer="declined")
    (rung,) = acts(result.row).rungs
    assert (answer(result), rung.to, rung.at, rung.by, rung.concrete, rung.answer) == (
        ("rung", "duty_to_act"),
        "other_region",
        "2026-02-05T11:00:00Z",
        "hk",
        True,
        "declined",
    )


ESCALATED = event("escalated", "2026-02-06", id="rung", to="region", by="department")


def test_a_rung_that_the_hospital_registers_stands_on_the_same_ladder() -> None:
    result = ENGINE.fact(RAISED, kept(ESCALATED), moment("2026-02-06"))
    assert (kinds(result), result.ledger[0]["actor"], [rung.to for rung in acts(result.row).rungs]) == (
        [("rung", "plan", "plan")],
        "department",
        ["region"],
    )


def test_a_rung_registered_before_the_warning_stands_on_it_from_its_first_moment() -> None:
    row = after(CONSENT, event("escalated", "2026-02-03", to="hospital", by="unit"))
    result = ENGINE.tick(row, moment("2026-02-05T00:00"))
    assert [kind for kind, _, _ in kinds(result)] == ["raised", "rung"]


def test_a_rung_that_is_retracted_leaves_the_ladder_and_the_ledger_says_so() -> None:
    row = ENGINE.fact(RAISED, kept(ESCALATED), moment("2026-02-06")).row
    retraction = event("fact-retracted", "2026-02-07", event="rung", event_source=SOURCE)
    result = ENGINE.fact(row, kept(retraction), moment("2026-02-07"))
    assert (answer(result), acts(result.row).rungs) == (("noted", "rung_withdrawn"), ())


def test_a_rung_is_told_once_however_often_the_patient_is_looked_at() -> None:
    row = ENGINE.fact(RAISED, kept(ESCALATED), moment("2026-02-06")).row
    assert kinds(ENGINE.tick(row, moment("2026-02-09T00:00"))) == [("changed", "plan", "act")]


def test_watchers_come_and_go() -> None:
    row = done(RAISED, "watch", "2026-02-05").row
    assert acts(row).watchers == ("hk",)
    assert acts(done(row, "unwatch", "2026-02-06").row).watchers == ()


def test_a_note_keeps_the_hash_of_its_text_and_nothing_else_of_it() -> None:
    (record,) = done(RAISED, "note", "2026-02-05", reason="capacity_asked", text_id="ab" * 32).ledger
    assert (record["reason"], record["detail"]) == ("capacity_asked", {"text_id": "ab" * 32})


def test_a_registration_error_is_noted_with_what_is_wrong() -> None:
    (record,) = done(RAISED, "registration-error", "2026-02-05", reason="wrong_date").ledger
    assert (record["kind"], record["reason"], record["detail"]) == (
        "noted",
        "registration_error",
        {"what": "wrong_date"},
    )


@pytest.mark.parametrize(("kind", "more"), [
    ("acknowledge", {}),
    ("snooze", snooze("2026-02-08")),
    ("rung", {"to": "region"}),
    ("hand-over", {"to": "ml"}),
])  # fmt: skip
def test_an_alert_that_has_ended_takes_no_more(kind: str, more: dict) -> None:
    closed = ENGINE.fact(RAISED, kept(event("treatment-started", "2026-02-06")), moment("2026-02-06")).row
    assert answer(done(closed, kind, "2026-02-06", **more)) == ("refused", "alert_ended")


def test_an_ended_alert_can_still_be_explained() -> None:
    closed = ENGINE.fact(RAISED, kept(event("treatment-started", "2026-02-06")), moment("2026-02-06")).row
    assert answer(done(closed, "note", "2026-02-06", reason="other")) == ("noted", "other")


@pytest.mark.parametrize("row", [None, RAISED])
def test_an_alert_that_the_patient_does_not_have_is_said(row: Row | None) -> None:
    result = done(row, "acknowledge", "2026-02-05", alert_id="other")
    assert (answer(result), result.ledger[-1]["alert_id"]) == (("refused", "no_such_alert"), "other")


@pytest.mark.parametrize("broken", [
    {"at": "yesterday"},
    {"at": "2026-02-05T12:00:00"},
    {"actor": None},
    {"seen_tier": "red"},
])  # fmt: skip
def test_a_command_that_cannot_be_read_is_answered_and_moves_nothing(broken: dict) -> None:
    result = ENGINE.command(RAISED, command("acknowledge", "2026-02-05") | broken, moment("2026-02-05"))
    assert (answer(result), result.row) == (("refused", "unreadable_command"), RAISED)


def test_staff_move_no_clock() -> None:
    assert done(RAISED, "acknowledge", "2026-02-05").clocks == ()


def test_every_command_has_a_kind_of_its_own() -> None:
    assert len(KINDS) == len(get_args(Command))


def test_a_snooze_that_is_decided_only_after_the_deadline_is_answered_like_any_other() -> None:
    row = ENGINE.tick(RAISED, moment("2026-02-16T12:00")).row
    asked = command("snooze", "2026-02-16T22:00", **snooze("2026-02-17T00:00"))
    result = ENGINE.command(row, asked, moment("2026-02-17T02:00"))
    assert (answer(result), result.ledger[-1]["from"]) == (("refused", "not_ahead"), "escalate")
    longer = command("snooze", "2026-02-16T22:00", **snooze("2026-02-18T03:00"))
    assert answer(ENGINE.command(row, longer, moment("2026-02-17T02:00"))) == ("refused", "past_one_working_day")


def test_a_silent_alert_stays_silent_when_its_snooze_ends() -> None:
    sent = {"line": "initial", "modality": "surgery"}
    old = kept(event("consent-given", "2026-01-02", recorded="2026-03-20", **sent))
    silent = ENGINE.fact(None, old, moment("2026-03-20")).row
    (state,) = silent.alerts.values()
    asked = command("snooze", "2026-03-20", alert_id=state.alert_id, **snooze("2026-03-20T14:00"))
    row = ENGINE.command(silent, asked, moment("2026-03-20")).row
    (record,) = ENGINE.tick(row, moment("2026-03-20T14:00")).ledger
    assert (record["kind"], record["reason"]) == ("silent", "snooze_ended")


def test_two_rungs_that_are_withdrawn_at_one_moment_are_two_records() -> None:
    row = RAISED
    for number in range(2):
        rung = event("escalated", "2026-02-06", id=f"rung{number}", to="region", by="department")
        row = ENGINE.fact(row, kept(rung), moment("2026-02-06")).row
    for number in range(2):
        more = {"event": f"rung{number}", "event_source": SOURCE}
        later = event("fact-retracted", "2026-02-06", recorded="2026-02-07", **more)
        row = ENGINE.fact(row, kept(later), moment("2026-02-06")).row
    ledger = ENGINE.tick(row, moment("2026-02-07")).ledger
    assert [each["reason"] for each in ledger] == ["rung_withdrawn"] * 2
    assert len({each["transition_id"] for each in ledger}) == 2
