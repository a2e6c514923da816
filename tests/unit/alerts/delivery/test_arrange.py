"""Units and tiers stand in the order in which they press."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.delivery.arrange import by_tier, by_unit, urgency
from alerts.delivery.message import Item
from alerts.tiers import TIERS
from tests.unit.alerts.delivery.made import AT, item


def unit_of(each: Item) -> str:
    return each.unit_name


ITEMS = st.lists(
    st.builds(
        lambda tier, unit, what, late: item(tier=tier, unit_name=unit, what=what, at=AT + timedelta(minutes=late)),
        st.sampled_from([*TIERS, None]),
        st.sampled_from("ABC"),
        st.sampled_from(["raised", "over"]),
        st.integers(0, 3),
    ),
    max_size=12,
)


def test_the_unit_with_the_most_urgent_item_comes_first() -> None:
    calm, pressed = item(unit_name="A", tier="plan"), item(unit_name="B", tier="passed")
    assert [unit for unit, _ in by_unit([calm, pressed], unit_of)] == ["B", "A"]


def test_inside_a_tier_the_oldest_comes_first() -> None:
    older, newer = item(at=AT), item(at=AT + timedelta(hours=1))
    assert by_unit([newer, older], unit_of) == (("Kirurgisk afd.", (older, newer)),)


def test_what_is_over_comes_last_whatever_tier_held() -> None:
    over, planned = item(what="over", tier="passed"), item(tier="plan")
    assert by_tier(by_unit([over, planned], unit_of)[0][1]) == (("plan", (planned,)), ("none", (over,)))


@settings(deadline=None)
@given(ITEMS)
def test_every_item_is_there_once_and_in_order(items: list[Item]) -> None:
    placed = by_unit(items, unit_of)
    assert len({unit for unit, _ in placed}) == len(placed)
    assert sorted(map(id, items)) == sorted(id(each) for _, run in placed for each in run)
    assert all([*map(urgency, run)] == sorted(map(urgency, run)) for _, run in placed)


@settings(deadline=None)
@given(ITEMS)
def test_units_stand_by_their_most_urgent_item(items: list[Item]) -> None:
    first = [urgency(run[0]) for _, run in by_unit(items, unit_of)]
    assert first == sorted(first)
