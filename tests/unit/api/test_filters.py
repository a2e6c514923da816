"""Filters pick places; cursors remember where a page ended."""

import pytest

from api.projection.index import Entry
from api.reading.cursor import Cursor, CursorError
from api.reading.filters import EntryFilter, alerts_asked_for
from api.reading.reader import most_urgent

PLAN = Entry("2026-02-09", "1", "u1", "cancer.workup", "B01", "running", "plan")
CALM = Entry("2026-02-10", "2", "u1", "cancer.workup", None, "running", None)
PASSED = Entry("2026-02-11", "3", "u2", "heart.post_mi", None, "overdue", "passed")
STRAY = Entry("2026-02-12", "4", None, "cancer.treatment", None, "running", "act")
EVERY = [PLAN, CALM, PASSED, STRAY]

REGIONS = {"u1": "Nord", "u2": "Syd"}
NONE = frozenset[str]()


def region_of(unit: str | None) -> str | None:
    return REGIONS.get(unit or "")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (EntryFilter(), EVERY),
        (EntryFilter(regions=frozenset({"Nord"})), [PLAN, CALM]),
        (EntryFilter(regions=frozenset({"Nord", "none"})), [PLAN, CALM, STRAY]),
        (EntryFilter(units=frozenset({"u2"})), [PASSED]),
        (EntryFilter(units=frozenset({"none"})), [STRAY]),
        (EntryFilter(packages=frozenset({"none"})), [CALM, PASSED, STRAY]),
        (EntryFilter(tiers=frozenset({"plan", "act"})), [PLAN, STRAY]),
        (EntryFilter(tiers=frozenset({"none"})), [CALM]),
        (EntryFilter(states=frozenset({"overdue"})), [PASSED]),
        (EntryFilter(before="2026-02-11"), [PLAN, CALM]),
        (EntryFilter(rights=frozenset({"cancer.workup"}), tiers=frozenset({"passed"})), []),
    ],
)
def test_a_filter_lets_through_what_fits_every_facet(wanted: EntryFilter, expected: list[Entry]) -> None:
    assert [entry for entry in EVERY if wanted.fits(entry, region_of)] == expected


@pytest.mark.parametrize(
    ("states", "ended"), [(NONE, False), ({"running"}, False), ({"closed"}, True), ({"running", "withdrawn"}, True)]
)
def test_what_has_ended_is_looked_for_only_when_it_is_asked_for(states: set[str], *, ended: bool) -> None:
    assert EntryFilter(states=frozenset(states)).asks_for_ended == ended


def alert(status: str, tier: str | None) -> Entry:
    return Entry("2026-02-09T00:00:00.000000Z", status, "u1", "cancer.workup", None, status, tier)  # type: ignore[arg-type]


def test_alerts_without_a_filter_are_the_open_ones_that_have_a_tier() -> None:
    wanted = alerts_asked_for(NONE, NONE, NONE, NONE, NONE)
    assert wanted.fits(alert("open", "plan"), region_of)
    assert not wanted.fits(alert("open", None), region_of)


def test_closed_alerts_are_found_although_they_have_no_tier() -> None:
    wanted = alerts_asked_for(NONE, NONE, NONE, NONE, frozenset({"closed"}))
    assert wanted.fits(alert("closed", None), region_of)


def test_urgency_is_tier_first_then_deadline() -> None:
    second = Entry("2026-02-01", "9", "u1", "cancer.workup", None, "running", "plan")
    assert [entry.id for entry in most_urgent([*EVERY, second])] == ["3", "4", "9", "1", "2"]


@pytest.mark.parametrize("number", range(5))
def test_a_page_of_urgent_clocks_goes_on_behind_its_cursor(number: int) -> None:
    ordered = most_urgent(EVERY)
    after = Cursor.of(ordered[number - 1]) if number else None
    assert most_urgent(EVERY, after) == ordered[number:]


@pytest.mark.parametrize("cursor", [Cursor(None, ("2026-02-09", "c1")), Cursor("act", ("2026-02-09", 'a"b'))])
def test_a_cursor_comes_back_as_it_was(cursor: Cursor) -> None:
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "æ", "abc", "W10", str(Cursor(None, ("a", "b")))[:-3], "WyJzb29uIiwiYSIsImIiXQ"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        Cursor.parse(text)
