"""Promises of the simulation's parts: days, register, hospitals and how a step is told."""

from datetime import date, datetime
from random import Random

import pytest

from stream.facts.markers import Markers
from stream.law.calendar import Calendar
from stream.simulate.days import DAY, LAST_ENTRY, Days, date_text, day_of, hour, stamp
from stream.simulate.register import Register
from stream.simulate.shape import Weighted, published_figures
from stream.simulate.sites import Sites

DAYS = Days(Calendar())
REGISTER = Register(Markers.load(), date(2026, 1, 1), "cancer")
MONDAY = date(2026, 2, 2).toordinal()
MAUNDY_THURSDAY = date(2026, 4, 2).toordinal()
AFTER_EASTER = date(2026, 4, 7).toordinal()


def test_easter_is_stepped_over() -> None:
    assert DAYS.on_or_after(MAUNDY_THURSDAY) == AFTER_EASTER


def test_days_after_count_working_days() -> None:
    assert DAYS.after(MAUNDY_THURSDAY - 1, 1) == AFTER_EASTER


def test_a_span_without_a_working_day_gives_its_last_day() -> None:
    assert DAYS.choose(Random(1), MAUNDY_THURSDAY, MAUNDY_THURSDAY + 3) == MAUNDY_THURSDAY + 3


def test_only_working_days_are_drawn_where_there_are_any() -> None:
    drawn = {DAYS.choose(Random(seed), MONDAY, MONDAY + 6) for seed in range(60)}
    assert drawn == set(range(MONDAY, MONDAY + 5))


@pytest.mark.parametrize(("day", "saturday"), [(0, 5), (4, 5), (5, 5), (6, 6)])
def test_the_saturday_of_a_week_is_found(day: int, saturday: int) -> None:
    assert DAYS.saturday(MONDAY + day) == MONDAY + saturday


def test_an_hour_comes_after_what_has_happened_that_day() -> None:
    late = MONDAY * DAY + LAST_ENTRY - 10
    assert all(late < hour(Random(seed), MONDAY, late) <= late + 10 for seed in range(20))


@pytest.mark.parametrize(("day", "offset"), [(date(2026, 3, 28), "+01:00"), (date(2026, 3, 29), "+02:00")])
def test_a_stamp_has_the_offset_of_its_date(day: date, offset: str) -> None:
    text = stamp(day.toordinal() * DAY + 9 * 3600 + 5 * 60 + 7)
    assert text == f"{day}T09:05:07{offset}"
    assert datetime.fromisoformat(text).date() == day


def test_a_moment_knows_its_day() -> None:
    assert date_text(day_of(MONDAY * DAY + LAST_ENTRY)) == "2026-02-02"


@pytest.mark.parametrize(
    ("step", "said", "code"),
    [
        ("referral-received", {"purpose": "workup", "condition": "cancer"}, "AFV01A1A"),
        ("referral-received", {"purpose": "treatment", "condition": "cancer"}, "AFV01E1A"),
        ("referral-received", {"purpose": "treatment", "condition": "post_mi"}, None),
        ("referral-received", {"purpose": "workup", "condition": "cancer", "relapse": True}, None),
        ("workup-started", {"attendance": "physical"}, "AFV01B"),
        ("workup-started", {"attendance": "phone"}, None),
        ("consent-given", {"line": "aftertreatment", "modality": "medical"}, "AFV01C9"),
        ("treatment-started", {"modality": "surgery"}, "AFV01F"),
        ("wait-paused", {"reason": "health", "documented": True}, "AFV02K1"),
        ("wait-paused", {"reason": "patient", "documented": True}, None),
        ("pathway-ended", {"reason": "patient_wish"}, "AFV01X2"),
        ("pathway-ended", {"reason": "refuted"}, None),
        ("date-offered", {"for": "workup"}, None),
    ],
)
def test_a_marker_is_used_where_it_says_the_same(step: str, said: dict[str, object], code: str | None) -> None:
    assert REGISTER.code(step, said) == code


UNITS = [("1", "Sygehus Ærø-Sønderå", "Syddanmark"), ("2", "Odense", "Syddanmark"), ("3", "Skejby", "Midtjylland")]


def test_a_source_is_plain_ascii() -> None:
    assert {site.source for site in Sites(UNITS, {"Syddanmark": 1}, 0).all} == {
        "urn:fristvagt:sim:odense",
        "urn:fristvagt:sim:skejby",
        "urn:fristvagt:sim:sygehus-aeroe-soenderaa",
    }


def test_hospitals_are_drawn_by_the_inhabitants_of_their_region() -> None:
    sites, rng = Sites(UNITS, {"Syddanmark": 30, "Midtjylland": 10}, 0), Random(4)
    drawn = [sites.pick(rng).region for _ in range(4000)]
    assert 0.7 < drawn.count("Syddanmark") / 4000 < 0.8


@pytest.mark.parametrize(("share", "number"), [(0, 0), (1, 3)])
def test_the_share_of_hospitals_with_markers_is_kept_at_its_ends(share: float, number: int) -> None:
    assert sum(site.by_markers for site in Sites(UNITS, {"Syddanmark": 1}, share).all) == number


def test_hospitals_near_are_those_of_the_region() -> None:
    sites = Sites(UNITS, {"Syddanmark": 1}, 0)
    assert {site.units for site in sites.near(sites.all[-1])} == {("1",), ("2",)}


def test_names_are_drawn_by_weight() -> None:
    rng, weighted = Random(2), Weighted({"often": 9, "never": 0, "seldom": 1})
    drawn = [weighted.pick(rng) for _ in range(2000)]
    assert (drawn.count("never"), 0.85 < drawn.count("often") / 2000 < 0.95) == (0, True)


def test_the_published_outcomes_are_shares_of_one() -> None:
    assert sum(published_figures().outcomes.values()) == pytest.approx(1, abs=0.001)
