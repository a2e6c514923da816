"""Filters pick places; cursors remember where a page ended."""

import pytest

from api.projection.shelves import Member
from api.reading.cursor import Cursor, CursorError
from api.reading.filters import AlertFilter, ClockFilter

PLAN = ("u1", "cancer.workup", "B01", "running", "plan")
CALM = ("u1", "cancer.workup", None, "running", None)
PASSED = ("u2", "heart.post_mi", None, "overdue", "passed")
CLOSED = ("u1", "cancer.workup", "B01", "closed", None)
STRAY = (None, "cancer.treatment", None, "running", "act")
EVERY = [PLAN, CALM, PASSED, CLOSED, STRAY]

REGIONS = {"u1": "Nord", "u2": "Syd"}


def region_of(unit: str | None) -> str | None:
    return REGIONS.get(unit or "")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ClockFilter(), [PLAN, CALM, PASSED, STRAY]),
        (ClockFilter(regions=frozenset({"Nord"})), [PLAN, CALM]),
        (ClockFilter(regions=frozenset({"Nord", "none"})), [PLAN, CALM, STRAY]),
        (ClockFilter(units=frozenset({"u2"})), [PASSED]),
        (ClockFilter(units=frozenset({"none"})), [STRAY]),
        (ClockFilter(packages=frozenset({"none"})), [CALM, PASSED, STRAY]),
        (ClockFilter(tiers=frozenset({"plan", "act"})), [PLAN, STRAY]),
        (ClockFilter(tiers=frozenset({"none"})), [CALM]),
        (ClockFilter(states=frozenset({"closed"})), [CLOSED]),
        (ClockFilter(rights=frozenset({"cancer.workup"}), tiers=frozenset({"passed"})), []),
    ],
)
def test_a_filter_lets_through_what_fits_every_facet(wanted: ClockFilter, expected: list[object]) -> None:
    assert wanted.places(EVERY, region_of) == expected


def test_alerts_without_a_filter_are_the_open_ones_that_have_a_tier() -> None:
    places = [("u1", "r", "open", "plan"), ("u1", "r", "open", None), ("u1", "r", "closed", None)]
    assert AlertFilter().places(places, region_of) == places[:1]


def test_closed_alerts_are_found_although_they_have_no_tier() -> None:
    places = [("u1", "r", "open", "plan"), ("u1", "r", "closed", None)]
    assert AlertFilter(statuses=frozenset({"closed"})).places(places, region_of) == places[1:]


@pytest.mark.parametrize("cursor", [Cursor(Member("2026-02-09", "c1")), Cursor(Member("2026-02-09", "a|b"), "act")])
def test_a_cursor_comes_back_as_it_was(cursor: Cursor) -> None:
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "æ", "abc", "W10", str(Cursor(Member("a", "b")))[:-3], "WyJzb29uIiwiYXxiIl0"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        Cursor.parse(text)
