"""The worklist and the overview as plain values."""

from datetime import date
from typing import Any

import pytest

from api.projection.index import Entry
from api.reading.filters import ATTENTION
from api.reading.summary import Cell
from api.web.overview import COLUMNS, add, blocks
from api.web.worklist import Asked, choices, right_name, row, tiles, with_unit_names
from tests.unit.engine.events import ENGINE
from tests.web.samples import UNIT, clock

TODAY = date(2026, 2, 2)
HERLEV = "99061000016007"
ENTRIES = [
    Entry("2026-02-09", "1", UNIT, "cancer.treatment", "B01", "running", "act"),
    Entry("2026-02-09", "2", UNIT, "cancer.treatment", "B01", "running", "act"),
    Entry("2026-02-20", "3", UNIT, "cancer.treatment", "B01", "running", None),
    Entry("2026-01-30", "4", HERLEV, "heart.post_mi", None, "overdue", "passed"),
    Entry("2026-02-09", "5", None, "cancer.workup", None, "running", "act"),
]


def region_of(unit: str | None) -> str | None:
    return ENGINE.units.region(unit, TODAY)


def options(asked: Asked, name: str) -> list[tuple[str, str, bool]]:
    found = choices(asked, ENTRIES, region_of, ENGINE.rulebook, ENGINE.units)[name]
    return [(each.value, each.text, each.chosen) for each in found]


def test_without_a_wish_the_list_shows_what_needs_attention() -> None:
    assert Asked.parse({}).filter().tiers == ATTENTION


def test_every_open_clock_can_be_asked_for() -> None:
    assert Asked.parse({"varsel": "alle"}).filter().tiers == frozenset()


def test_empty_and_unknown_fields_of_an_address_are_left_out() -> None:
    assert Asked.parse({"region": "", "cpr": "x"}) == Asked()


def test_closed_clocks_cannot_be_asked_for_in_the_worklist() -> None:
    assert Asked.parse({"tilstand": "closed"}).filter().states == frozenset()


@pytest.mark.parametrize(
    ("changes", "address"),
    [({}, "/?region=Region+Nord"), ({"region": None}, "/"), ({"varsel": "act"}, "/?region=Region+Nord&varsel=act")],
)
def test_an_address_asks_for_the_same_again(changes: dict[str, Any], address: str) -> None:
    assert Asked(region="Region Nord").address(**changes) == address


def test_tiles_count_under_the_other_filters() -> None:
    asked = Asked(region="Region Midtjylland", varsel="plan")
    found = {tile.tier: tile.count for tile in tiles(asked, ENTRIES, region_of)}
    assert found == {"passed": 0, "escalate": 0, "refer": 0, "act": 2, "plan": 0}


def test_a_click_on_a_chosen_tile_lets_it_go() -> None:
    chosen = next(tile for tile in tiles(Asked(varsel="act"), ENTRIES, region_of) if tile.chosen)
    assert (chosen.tier, chosen.address) == ("act", "/")


def test_regions_are_those_that_have_open_clocks() -> None:
    assert [text for _, text, _ in options(Asked(), "region")] == [
        "Region Hovedstaden",
        "Region Midtjylland",
        "Ukendt region",
    ]


def test_departments_are_those_of_the_chosen_region_and_say_their_hospital() -> None:
    found = options(Asked(region="Region Hovedstaden"), "afdeling")
    assert found == [(HERLEV, "Brystkirurgi, Herlev og Gentofte Hospital", False)]


def test_what_is_chosen_stays_an_option_when_nothing_fits_it_any_more() -> None:
    assert ("B99", "B99", True) in options(Asked(pakke="B99"), "pakke")


def test_a_row_has_its_words() -> None:
    found = row(clock(days_over=0, days_left=7, staffed_days_left=5), TODAY, ENGINE.rulebook, ENGINE.units)
    assert (found.right, found.time_left) == ("Behandling for kræft", "5 bemandede dage tilbage")


def test_units_are_called_by_their_names() -> None:
    text = f"Ansvaret gik fra afdeling 123456 til afdeling {HERLEV}."
    assert with_unit_names(text, ENGINE.units) == "Ansvaret gik fra afdeling 123456 til afdeling Brystkirurgi."


def test_a_right_that_the_rulebook_does_not_know_is_shown_as_it_is() -> None:
    assert right_name("psychiatry.workup", ENGINE.rulebook) == "Psychiatry.workup"


RIGHTS = list(ENGINE.rulebook.rights)
CELLS = [
    Cell("Nord", "cancer.workup", "B01", "plan", 3),
    Cell("Nord", "cancer.workup", "B02", "plan", 4),
    Cell("Nord", "cancer.workup", None, None, 5),
    Cell(None, "heart.post_mi", None, "passed", None),
]


def test_packages_are_added_up() -> None:
    line = blocks(CELLS, Asked(), RIGHTS)[0].lines[0]
    assert (line.figures[COLUMNS.index("plan")].count, line.total.count) == (7, 12)


def test_rights_stand_in_the_order_of_the_rulebook_and_unknown_ones_last() -> None:
    cells = [
        Cell("Nord", right, None, "plan", 1) for right in ("psychiatry.workup", "cancer.treatment", "cancer.workup")
    ]
    lines = blocks(cells, Asked(), RIGHTS)[0].lines
    assert [line.right for line in lines] == ["cancer.workup", "cancer.treatment", "psychiatry.workup"]


def test_an_unknown_region_comes_last() -> None:
    assert [block.region for block in blocks(CELLS, Asked(), RIGHTS)] == ["Nord", None]


def test_a_sum_over_a_hidden_figure_is_hidden() -> None:
    line = blocks(CELLS, Asked(), RIGHTS)[1].lines[0]
    assert (line.figures[COLUMNS.index("passed")].count, line.total.count, add(1, None)) == (None, None, None)


def test_a_figure_leads_to_its_clocks() -> None:
    line = blocks(CELLS, Asked(pakke="B01"), RIGHTS)[0].lines[0]
    assert line.figures[COLUMNS.index(None)].address == "/?region=Nord&ret=cancer.workup&varsel=none&pakke=B01"
