"""Each sign: when it holds, on which day it begins, and what keeps it away."""

from datetime import date

import pytest

from stream.law.fact import Ref
from tests.unit.law.build import SOURCE, UNIT, fact
from tests.unit.signs.looked import NAMES, OTHER, consent, holds, look, names, offer, only, pause, referral

# 2 February 2026 is a Monday. Easter: 2 (Thursday), 3 (Friday) and 6 April (Monday) are public holidays.


# -- no event


def test_ten_days_without_an_event_are_a_sign_and_nine_are_not() -> None:
    assert not holds("no_event", referral(), at="2026-02-11")
    assert holds("no_event", referral(), at="2026-02-12")


def test_the_number_of_days_is_a_setting() -> None:
    assert holds("no_event", referral(), at="2026-02-09", days=7)


def test_the_sign_tells_since_when_and_stands_at_the_most_urgent_clock() -> None:
    (sign,) = look(referral(), at="2026-02-13", settings=only("no_event"))
    assert (sign.since, sign.detail) == (date(2026, 2, 2), {"days": 11})
    assert (sign.clock_id, sign.unit, sign.owner) == ("pw-1/information.referral/1", UNIT, "department")


def test_an_event_that_is_registered_late_is_heard_on_the_day_of_its_registration() -> None:
    late = fact("conference-decided", "2026-02-03", recorded="2026-02-10", decision="no_treatment")
    assert not holds("no_event", referral(), late, at="2026-02-12")


def test_an_event_of_another_pathway_is_none_of_this_one() -> None:
    other = fact("workup-completed", "2026-02-10", pathway="pw-2")
    assert holds("no_event", referral(), other, at="2026-02-12")


def test_a_retracted_event_was_never_heard_of() -> None:
    heard = fact("workup-completed", "2026-02-08", id="heard")
    assert not holds("no_event", referral(), heard, at="2026-02-13")
    gone = fact("fact-retracted", "2026-02-09", retracts=Ref(SOURCE, "heard"))
    assert holds("no_event", referral(), heard, gone, at="2026-02-13")


def test_nothing_has_to_happen_while_every_open_clock_has_a_date_in_time() -> None:
    informed = fact("patient-informed", "2026-02-03", about="date_and_place")
    dated = (referral(), informed, offer("2026-02-03", "2026-02-20"))
    assert not holds("no_event", *dated, at="2026-02-16")
    assert holds("no_event", *dated, at="2026-02-16", even_with_date=True)
    assert holds("no_event", *dated, at="2026-02-21")


def test_a_date_for_the_treatment_tells_nothing_of_the_duty_to_inform() -> None:
    assert holds("no_event", referral(), offer("2026-02-03", "2026-02-20"), at="2026-02-13")


def test_nothing_has_to_happen_up_to_the_stated_end_of_a_pause() -> None:
    paused = (referral(), pause("2026-02-03", "2026-02-20"))
    assert not holds("no_event", *paused, at="2026-02-20")
    assert holds("no_event", *paused, at="2026-02-21")


def test_a_pause_without_a_stated_end_silences_nothing() -> None:
    assert holds("no_event", referral(), pause("2026-02-03"), at="2026-02-13")


# -- an offer after the deadline without an answer


def late() -> tuple[object, ...]:
    return referral(), consent("2026-02-03"), offer("2026-02-05", "2026-02-25", id="late")


def test_an_offer_after_the_deadline_waits_for_an_answer_from_its_first_day_on() -> None:
    (sign,) = look(*late(), at="2026-02-05", settings=only("late_offer_unanswered"))
    assert (sign.since, sign.detail) == (date(2026, 2, 5), {"offered": "2026-02-25"})


@pytest.mark.parametrize("answer", ["accepted", "declined", "postponed"])
def test_any_answer_is_an_answer(answer: str) -> None:
    answered = fact("offer-answered", "2026-02-06", offer="late", answer=answer)
    assert not holds("late_offer_unanswered", *late(), answered, at="2026-02-09")


def test_an_answer_that_is_retracted_was_none() -> None:
    answered = fact("offer-answered", "2026-02-06", offer="late", answer="accepted", id="answer")
    gone = fact("fact-retracted", "2026-02-07", retracts=Ref(SOURCE, "answer"))
    assert holds("late_offer_unanswered", *late(), answered, gone, at="2026-02-09")


def test_an_offer_on_the_deadline_is_in_time() -> None:
    assert not holds("late_offer_unanswered", consent("2026-02-03"), offer("2026-02-05", "2026-02-17"), at="2026-02-06")


def test_a_late_offer_is_no_matter_while_another_stands_in_time() -> None:
    elsewhere = offer("2026-02-05", "2026-02-16", place="private")
    assert not holds("late_offer_unanswered", *late(), elsewhere, at="2026-02-06")


def test_the_patient_can_be_given_days_to_answer() -> None:
    assert not holds("late_offer_unanswered", *late(), at="2026-02-07", days=3)
    assert holds("late_offer_unanswered", *late(), at="2026-02-08", days=3)


# -- a pause past its stated end


def test_a_pause_may_last_through_its_stated_end() -> None:
    paused = (referral(), pause("2026-02-04", "2026-02-09"))
    assert not holds("pause_overrun", *paused, at="2026-02-09")
    assert holds("pause_overrun", *paused, at="2026-02-10")


def test_a_pause_that_was_ended_is_over() -> None:
    resumed = fact("wait-resumed", "2026-02-12")
    assert not holds("pause_overrun", referral(), pause("2026-02-04", "2026-02-09"), resumed, at="2026-02-13")


def test_who_extends_a_pause_sends_another() -> None:
    paused = (referral(), pause("2026-02-04", "2026-02-09"), pause("2026-02-09", "2026-02-20"))
    assert not holds("pause_overrun", *paused, at="2026-02-20")
    assert [sign.since for sign in look(*paused, at="2026-02-21", settings=only("pause_overrun"))] == [
        date(2026, 2, 20)
    ]


def test_a_pause_by_the_patients_wish_is_overrun_too() -> None:
    wish = pause("2026-02-04", "2026-02-09", reason="patient", documented=False)
    assert holds("pause_overrun", referral(), wish, at="2026-02-10")


def test_a_pause_without_a_stated_end_is_never_overrun() -> None:
    assert not holds("pause_overrun", referral(), pause("2026-02-04"), at="2026-03-30")


def test_a_pause_is_no_matter_once_only_the_duty_to_inform_is_open() -> None:
    started = fact("treatment-started", "2026-02-08")
    assert not holds("pause_overrun", referral(), pause("2026-02-04", "2026-02-07"), started, at="2026-02-10")


# -- consent and no date


def test_a_date_is_expected_within_three_working_days_after_the_consent() -> None:
    given = (referral(), consent("2026-02-05"))  # a Thursday: Friday, Monday, Tuesday
    assert not holds("consent_without_date", *given, at="2026-02-10")
    assert holds("consent_without_date", *given, at="2026-02-11")


def test_holidays_are_no_working_days() -> None:
    given = (referral("2026-03-30"), consent("2026-04-01"))  # the days before Easter: 7, 8 and 9 April
    assert not holds("consent_without_date", *given, at="2026-04-09")
    assert holds("consent_without_date", *given, at="2026-04-10")


def test_a_date_that_was_declined_was_offered_and_one_that_the_hospital_cancelled_was_not() -> None:
    given = (referral(), consent("2026-02-03"), offer("2026-02-04", "2026-02-12", id="o"))
    declined = fact("offer-answered", "2026-02-05", offer="o", answer="declined")
    cancelled = fact("date-cancelled", "2026-02-05", offer="o", by="hospital")
    assert not holds("consent_without_date", *given, declined, at="2026-02-12")
    assert holds("consent_without_date", *given, cancelled, at="2026-02-12")


def test_an_offer_that_is_not_concrete_is_no_date() -> None:
    vague = offer("2026-02-04", "2026-02-12", concrete=False)
    assert holds("consent_without_date", consent("2026-02-03"), vague, at="2026-02-12")


def test_a_consent_that_was_retracted_asks_for_nothing() -> None:
    gone = fact("fact-retracted", "2026-02-09", retracts=Ref(SOURCE, "consent"))
    assert not holds("consent_without_date", referral(), consent("2026-02-03", id="consent"), gone, at="2026-02-12")


def test_nobody_books_while_the_wait_is_paused_and_the_days_begin_anew_after_it() -> None:
    given = (referral(), consent("2026-02-03"), pause("2026-02-04"))
    assert not holds("consent_without_date", *given, at="2026-02-20")
    resumed = (*given, fact("wait-resumed", "2026-02-20"))
    assert not holds("consent_without_date", *resumed, at="2026-02-25")
    assert holds("consent_without_date", *resumed, at="2026-02-26")


def test_a_start_ends_the_wait() -> None:
    started = fact("treatment-started", "2026-02-09")
    assert not holds("consent_without_date", referral(), consent("2026-02-03"), started, at="2026-02-12")


# -- a hand-over without receipt


def moved(on: str = "2026-02-05", **fields: object) -> object:
    return fact("unit-transferred", on, **{"to_unit": OTHER} | fields)


def test_the_receiving_unit_is_expected_to_be_heard_of_within_three_working_days() -> None:
    assert not holds("hand_over_without_receipt", referral(), moved(), at="2026-02-10")
    (sign,) = look(referral(), moved(), at="2026-02-11", settings=only("hand_over_without_receipt"))
    assert (sign.since, sign.unit, sign.owner) == (date(2026, 2, 5), OTHER, "department_lead")
    assert sign.detail == {"working_days": 4, "from": UNIT}


def test_only_the_receiving_unit_can_receive() -> None:
    by_sender = fact("conference-decided", "2026-02-06", decision="treatment")
    by_receiver = fact("conference-decided", "2026-02-06", decision="treatment", unit=OTHER)
    assert holds("hand_over_without_receipt", referral(), moved(), by_sender, at="2026-02-12")
    assert not holds("hand_over_without_receipt", referral(), moved(), by_receiver, at="2026-02-12")


def test_what_the_receiving_unit_registered_before_is_no_receipt() -> None:
    before = fact("conference-decided", "2026-02-04", decision="treatment", unit=OTHER)
    assert holds("hand_over_without_receipt", referral(), before, moved(), at="2026-02-12")


def test_a_unit_that_takes_over_is_expected_to_go_on() -> None:
    taken = fact("referral-taken-over", "2026-02-05", purpose="treatment", unit=OTHER)
    assert holds("hand_over_without_receipt", referral(), taken, at="2026-02-12")


def test_to_take_over_what_was_handed_over_is_a_receipt() -> None:
    taken = fact("referral-taken-over", "2026-02-06", purpose="treatment", unit=OTHER)
    assert not holds("hand_over_without_receipt", referral(), moved(), taken, at="2026-02-12")


def test_a_hand_over_that_is_retracted_was_none() -> None:
    gone = fact("fact-retracted", "2026-02-06", retracts=Ref(SOURCE, "moved"))
    assert not holds("hand_over_without_receipt", referral(), moved(id="moved"), gone, at="2026-02-12")


def test_of_several_hand_overs_the_last_one_counts() -> None:
    back = fact("unit-transferred", "2026-02-06", to_unit=UNIT, unit=OTHER)
    went_on = fact("conference-decided", "2026-02-09", decision="treatment", unit=UNIT)
    assert not holds("hand_over_without_receipt", referral(), moved(), back, went_on, at="2026-02-13")


# -- all of them

TROUBLE = {
    "no_event": (referral(),),
    "late_offer_unanswered": late(),
    "pause_overrun": (referral(), pause("2026-02-04", "2026-02-09")),
    "consent_without_date": (referral(), consent("2026-02-03")),
    "hand_over_without_receipt": (referral(), moved()),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_sign_that_is_switched_off_is_not_looked_for(name: str) -> None:
    assert name in names(*TROUBLE[name], at="2026-02-13")
    assert names(*TROUBLE[name], at="2026-02-13", settings=only(name, on=False)) == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_a_sign_once_every_clock_is_closed(name: str) -> None:
    ended = fact("pathway-ended", "2026-02-12", reason="refuted")
    assert names(*TROUBLE[name], ended, at="2026-02-13") == []
