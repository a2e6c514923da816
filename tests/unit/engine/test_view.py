from datetime import date

from alerts.tiers import Verdict
from stream.published import stored_clock
from stream.view import render
from tests.unit.law.build import CALENDAR, RULEBOOK, clock, fact, moment

CONSENT = fact("consent-given", "2026-02-02", line="initial", unit="U")


class Merging:
    """Two regions that become one on 1 January 2027."""

    def hospital(self, unit, on) -> str | None:
        return "Hospital"

    def region(self, unit, on) -> str | None:
        return "new" if on >= date(2027, 1, 1) else "old"


def read(*facts, stored_at: str, read_at: str) -> dict:
    found = clock("cancer.treatment", CONSENT, *facts, at=stored_at)
    stored = stored_clock(found, "id", Verdict(None, "time_enough"), RULEBOOK, incomplete=False)
    return render(stored, moment(read_at), CALENDAR, Merging())


def test_days_left_are_counted_from_the_day_of_reading() -> None:
    seen = read(stored_at="2026-02-03", read_at="2026-02-13")
    assert (seen["days_left"], seen["staffed_days_left"], seen["days_over"]) == (3, 1, 0)


def test_days_over_of_an_open_clock_grow_with_the_day_of_reading() -> None:
    assert read(stored_at="2026-02-03", read_at="2026-02-20")["days_over"] == 4


def test_days_over_of_a_closed_clock_stand() -> None:
    start = fact("treatment-started", "2026-02-18")
    assert read(start, stored_at="2026-02-19", read_at="2026-06-01")["days_over"] == 2


def test_an_open_clock_belongs_to_the_region_of_today() -> None:
    assert read(stored_at="2026-02-03", read_at="2027-01-04")["region"] == "new"


def test_a_closed_clock_belongs_to_the_region_of_its_close() -> None:
    start = fact("treatment-started", "2026-02-10")
    assert read(start, stored_at="2026-02-11", read_at="2027-01-04")["region"] == "old"


def test_every_field_of_the_contract_is_there_but_the_explanation() -> None:
    fields = """clock_id patient pathway right condition package line unit hospital region residence limits binding
        started_on deadline nominal_deadline target days_left staffed_days_left state outcome days_over offered_date
        late_offer tier incomplete rulebook reading facts"""
    assert set(fields.split()) <= set(read(stored_at="2026-02-03", read_at="2026-02-03"))
