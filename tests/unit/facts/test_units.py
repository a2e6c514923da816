"""The unit file: units, hospitals, regions and closed days, all dated."""

from datetime import date
from pathlib import Path

import pytest

from stream.facts import verhoeff
from stream.facts.errors import DataFileError
from stream.facts.units import Units

UNITS = Units.load()
AARHUS = "440781000016009"
RIGSHOSPITALET = "926731000016006"
ROSKILDE = "380011000016000"
TODAY = date(2026, 2, 2)
UNKNOWN = "123451000016004"

FILE = """
[defaults]
lead = "Leder"
[fallback]
name = "Ukendt"
lead = "Vagt"
[[region]]
name = "Nord"
until = 2026-06-30
successor = "Alt"
[[region]]
name = "Alt"
[[hospital]]
name = "Gamle"
region = "Nord"
lead = "Chef"
[[hospital]]
name = "Nye"
region = "Alt"
[[unit]]
code = "440781000016009"
name = "Sengeafsnit"
hospital = "Gamle"
[[unit]]
code = "440781000016009"
name = "Dagafsnit"
hospital = "Nye"
lead = "Sygeplejechef"
valid_from = 2026-03-01
closed = [[2026-12-27, 2026-12-29], [2027-01-02, 2027-01-02]]
"""


def units_of(tmp_path: Path, text: str) -> Units:
    path = tmp_path / "units.toml"
    path.write_text(text, encoding="utf-8")
    return Units.load(path)


def test_the_file_covers_five_regions_with_several_hospitals_each() -> None:
    regions = {UNITS.region(unit, TODAY) for unit in UNITS}
    hospitals = {UNITS.hospital(unit) for unit in UNITS}
    assert regions == {
        f"Region {name}" for name in ("Hovedstaden", "Sjælland", "Syddanmark", "Midtjylland", "Nordjylland")
    }
    assert all(sum(UNITS.region_of[str(each)] == region for each in hospitals) >= 2 for region in regions)


def test_every_code_of_the_file_has_its_check_digit() -> None:
    assert all(map(verhoeff.is_valid, UNITS))


def test_a_real_unit_is_found_by_its_code() -> None:
    assert UNITS.name(AARHUS) == "Blodsygdomme, Sengeafsnit"
    assert (UNITS.hospital(AARHUS, TODAY), UNITS.region(AARHUS, TODAY)) == (
        "Aarhus Universitetshospital",
        "Region Midtjylland",
    )


@pytest.mark.parametrize("unit", [RIGSHOSPITALET, ROSKILDE])
def test_the_eastern_regions_become_one_at_new_year_2027(unit: str) -> None:
    before, after = (UNITS.region(unit, day) for day in (date(2026, 12, 31), date(2027, 1, 1)))
    assert (before != after, after) == (True, "Region Østdanmark")


def test_other_regions_stay_what_they_are() -> None:
    assert UNITS.region(AARHUS, date(2030, 1, 1)) == "Region Midtjylland"


def test_a_region_by_name_is_dated_too() -> None:
    assert UNITS.region_on("Region Sjælland", date(2027, 1, 1)) == "Region Østdanmark"
    assert UNITS.region_on("Nowhere", TODAY) == "Nowhere"


@pytest.mark.parametrize("unit", [UNKNOWN, None, "", "440781000016008", "950441000016000"])
def test_an_unknown_unit_has_an_owner_but_no_place(unit: str | None) -> None:
    assert (UNITS.known(unit), UNITS.hospital(unit, TODAY), UNITS.region(unit, TODAY)) == (False, None, None)
    assert (UNITS.name(unit), UNITS.lead(unit, TODAY)) == ("Ukendt enhed", "Regionens forløbskoordination")


def test_a_known_unit_is_in_the_file() -> None:
    assert UNITS.known(AARHUS)
    assert AARHUS in UNITS


def test_every_unit_has_someone_who_leads_it() -> None:
    assert all(UNITS.lead(unit, TODAY).startswith("Ledende overlæge") for unit in UNITS)


def test_only_invented_units_declare_closed_days() -> None:
    assert UNITS.closures
    assert all(unit.startswith("99") and len(unit) == 14 for unit in UNITS.closures)


def test_closed_spans_are_days_with_both_ends(tmp_path: Path) -> None:
    days = {date(2026, 12, 27), date(2026, 12, 28), date(2026, 12, 29), date(2027, 1, 2)}
    assert units_of(tmp_path, FILE).closures == {AARHUS: days}


@pytest.mark.parametrize(
    ("day", "place"),
    [
        (date(2026, 2, 28), ("Sengeafsnit", "Gamle", "Nord", "Chef")),
        (date(2026, 3, 1), ("Dagafsnit", "Nye", "Alt", "Sygeplejechef")),
        (date(2026, 12, 1), ("Dagafsnit", "Nye", "Alt", "Sygeplejechef")),
    ],
)
def test_a_unit_that_moves_is_where_it_was_on_each_date(tmp_path: Path, day: date, place: tuple[str, ...]) -> None:
    units = units_of(tmp_path, FILE)
    assert tuple(ask(AARHUS, day) for ask in (units.name, units.hospital, units.region, units.lead)) == place


def test_before_its_first_entry_a_unit_is_what_that_says(tmp_path: Path) -> None:
    later = FILE.replace('hospital = "Gamle"\n[', 'hospital = "Gamle"\nvalid_from = 2026-01-01\n[')
    assert units_of(tmp_path, later).hospital(AARHUS, date(2020, 1, 1)) == "Gamle"


def test_without_a_date_a_unit_is_what_it_became(tmp_path: Path) -> None:
    assert units_of(tmp_path, FILE).name(AARHUS) == "Dagafsnit"


def test_regions_that_succeed_each_other_in_a_ring_still_end(tmp_path: Path) -> None:
    ring = FILE.replace('name = "Alt"\n', 'name = "Alt"\nuntil = 2026-06-30\nsuccessor = "Nord"\n', 1)
    assert units_of(tmp_path, ring).region_on("Nord", date(2027, 1, 1)) in {"Nord", "Alt"}


def test_another_file_has_another_digest(tmp_path: Path) -> None:
    assert units_of(tmp_path, FILE).digest != UNITS.digest


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("440781000016008", "440781000016009", "check digit"),
        ('hospital = "Fremmed"', 'hospital = "Gamle"', "Fremmed"),
        ('region = "Syd"', 'region = "Nord"', "Syd"),
        ("", '[fallback]\nname = "Ukendt"\nlead = "Vagt"\n', "fallback"),
        ('code "440781000016009"', 'code = "440781000016009"', "unit file"),
        ("closed = [[2026-12-27]]", "closed = [[2026-12-27, 2026-12-29], [2027-01-02, 2027-01-02]]", "unit file"),
        ("code = 7", 'code = "440781000016009"', "check digit"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, wrong: str, right: str, message: str) -> None:
    with pytest.raises(DataFileError, match=message):
        units_of(tmp_path, FILE.replace(right, wrong))
