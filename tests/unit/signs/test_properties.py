"""What must hold for any facts: no sign without an open clock, and the same signs in whatever order they came."""

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.law.evaluate import evaluate
from stream.law.fact import Fact
from stream.signs import PATHWAY_WIDE, signs
from tests.unit.law.build import CALENDAR, RULEBOOK
from tests.unit.law.test_properties import NOW, fact_lists
from tests.unit.signs.looked import SETTINGS


def found(facts: list[Fact]) -> tuple[object, list[tuple[str, object]]]:
    clocks = evaluate(facts, NOW, RULEBOOK, CALENDAR)
    watched = [(f"{each.pathway}/{each.right}/{each.line}", each) for each in clocks]
    return signs(facts, watched, NOW, CALENDAR, SETTINGS), watched


@given(fact_lists())
@settings(max_examples=300, deadline=None)
def test_a_sign_stands_at_an_open_clock_and_once(facts: list[Fact]) -> None:
    there, watched = found(facts)
    still_open = {clock_id for clock_id, clock in watched if clock.state != "closed"}
    assert {sign.clock_id for sign in there} <= still_open
    spots = [(sign.name, sign.pathway if sign.name in PATHWAY_WIDE else sign.clock_id) for sign in there]
    assert len(spots) == len(set(spots))


@given(fact_lists(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_arrival_makes_no_difference(facts: list[Fact], lots: object) -> None:
    shuffled = list(facts)
    lots.shuffle(shuffled)
    assert found(shuffled) == found(facts)
