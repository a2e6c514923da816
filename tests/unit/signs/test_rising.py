"""A rising share: found when it is marked and more than chance, and not before."""

from datetime import date
from fractions import Fraction
from math import comb

import pytest
from msgspec.structs import replace

from stream.signs.rising import Group, Tally, chance, rising
from tests.unit.signs.looked import SETTINGS

TODAY = date(2026, 4, 15)
RULES = SETTINGS.patient_wish_rising
UNIT = "440781000016009"


def counts(now: tuple[int, int], past: tuple[int, int], unit: str = UNIT) -> dict[Group, int]:
    """Closed clocks over by the patient's wish, and closed ones in all: in the window, and in the time before it."""
    made = {}
    for month, (wished, closed) in (("2026-03", now), ("2025-06", past)):
        made |= {Group(unit, month, "over_patient_wish"): wished, Group(unit, month, "within"): closed - wished}
    return made


def exact(now: Tally, past: Tally) -> Fraction:
    """The same chance in whole numbers."""
    wished, closed = now.wished + past.wished, now.closed + past.closed
    draws = range(now.wished, min(wished, now.closed) + 1)
    ways = sum(comb(wished, each) * comb(closed - wished, now.closed - each) for each in draws)
    return Fraction(ways, comb(closed, now.closed))


def test_a_share_that_rises_from_a_fiftieth_to_an_eighth_is_a_sign_with_its_counts() -> None:
    (sign,) = rising(counts((12, 100), (8, 400)), TODAY, RULES)
    assert sign.detail == {"wished": 12, "closed": 100, "past_wished": 8, "past_closed": 400}
    assert (sign.unit, sign.since, sign.owner, sign.clock_id) == (UNIT, date(2026, 2, 1), "hospital", None)


@pytest.mark.parametrize(
    ("now", "past"),
    [
        ((4, 4), (0, 400)),  # too few to say
        ((6, 100), (8, 400)),  # chance can do that
        ((12, 100), (1, 19)),  # nothing to compare with
        ((390, 3000), (1000, 10000)),  # beyond chance, but not marked
        ((8, 400), (48, 400)),  # it falls
    ],
)
def test_what_is_small_or_chance_or_not_marked_is_no_sign(now: tuple[int, int], past: tuple[int, int]) -> None:
    assert rising(counts(now, past), TODAY, RULES) == ()


def test_a_past_without_any_can_be_risen_above() -> None:
    assert len(rising(counts((8, 100), (0, 400)), TODAY, RULES)) == 1


def test_each_unit_is_compared_with_its_own_past() -> None:
    often = counts((12, 100), (50, 400), unit="often")
    assert [sign.unit for sign in rising(counts((12, 100), (8, 400)) | often, TODAY, RULES)] == [UNIT]


def test_months_before_the_past_are_forgotten() -> None:
    long_ago = {Group(UNIT, "2024-12", "within"): 400}
    assert rising(counts((12, 100), (0, 0)) | long_ago, TODAY, RULES) == ()


def test_the_window_reaches_over_the_turn_of_the_year() -> None:
    turned = {Group(UNIT, "2025-12", "over_patient_wish"): 12, Group(UNIT, "2025-11", "within"): 88}
    past = {Group(UNIT, "2025-10", "within"): 400}
    assert rising(turned | past, date(2026, 1, 31), RULES)[0].since == date(2025, 11, 1)


def test_switched_off_it_is_not_looked_for() -> None:
    assert rising(counts((12, 100), (8, 400)), TODAY, replace(RULES, on=False)) == ()


@pytest.mark.parametrize(
    ("now", "past"),
    [((12, 100), (8, 400)), ((5, 5), (0, 20)), ((0, 50), (3, 200)), ((700, 2000), (1500, 8000)), ((9, 9), (30, 30))],
)
def test_the_chance_is_that_of_fishers_exact_test(now: tuple[int, int], past: tuple[int, int]) -> None:
    assert chance(Tally(*now), Tally(*past)) == pytest.approx(float(exact(Tally(*now), Tally(*past))), rel=1e-6)
