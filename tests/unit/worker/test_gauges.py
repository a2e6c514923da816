from datetime import date

from stream.row import OpenClock
from stream.worker.gauges import NAMED, OpenClocks, Quarantined

TODAY = date(2026, 2, 2)


def clock(deadline: str = "2026-02-05", tier: str | None = "plan", region: str | None = "1084") -> OpenClock:
    return OpenClock("cancer.workup", region, tier, deadline)


def test_open_clocks_are_counted_by_right_region_and_tier() -> None:
    clocks = OpenClocks()
    clocks.put(b"a", [clock(), clock("2026-02-09")])
    clocks.put(b"b", [clock(tier=None, region=None)])
    assert clocks.by_kind() == {("cancer.workup", "1084", "plan"): 2, ("cancer.workup", "none", "none"): 1}


def test_a_patients_clocks_replace_those_counted_before() -> None:
    clocks = OpenClocks()
    clocks.put(b"a", [clock(tier="plan")])
    clocks.put(b"a", [clock(tier="act")])
    assert clocks.by_kind() == {("cancer.workup", "1084", "act"): 1}


def test_a_patient_without_open_clocks_is_not_kept_in_memory() -> None:
    clocks = OpenClocks()
    clocks.put(b"a", [clock()])
    clocks.put(b"a", [])
    assert (clocks.by_kind(), clocks._of_patient, dict(clocks._counts)) == ({}, {}, {})


def test_deadlines_are_counted_by_days_left_up_to_two_weeks() -> None:
    clocks = OpenClocks()
    clocks.put(b"a", [clock("2026-02-02"), clock("2026-02-16"), clock("2026-02-17"), clock("2026-02-01")])
    assert clocks.due_in(TODAY) == {("cancer.workup", 0): 1, ("cancer.workup", 14): 1}


def test_passed_clocks_are_those_whose_deadline_lies_before_today() -> None:
    clocks = OpenClocks()
    clocks.put(b"a", [clock("2026-02-01"), clock("2026-02-02")])
    assert clocks.passed(TODAY) == {"cancer.workup": 1}


def test_a_right_without_passed_clocks_is_shown_as_zero() -> None:
    clocks = OpenClocks()
    clocks.put(b"a", [clock()])
    assert clocks.passed(TODAY) == {"cancer.workup": 0}


def test_patients_in_quarantine_are_counted_by_partition_and_once() -> None:
    patients = Quarantined([(b"a", 0), (b"b", 1)])
    patients.note(b"c", 1, quarantined=True)
    patients.note(b"c", 1, quarantined=True)
    assert [patients.of(partition) for partition in range(3)] == [1, 2, 0]
    assert len(patients) == 3


def test_a_patient_that_leaves_quarantine_is_counted_no_more() -> None:
    patients = Quarantined([(b"a", 0)])
    patients.note(b"a", 0, quarantined=False)
    patients.note(b"b", 0, quarantined=False)
    assert (patients.of(0), len(patients), b"a" in patients) == (0, 0, False)


def test_quarantined_patients_are_named_by_partition_but_not_without_end() -> None:
    patients = Quarantined([(b"%03d" % number, number % 2) for number in range(3 * NAMED)])
    assert patients.named(1)[:2] == ("001", "003")
    assert (len(patients.named(1)), patients.named(2)) == (NAMED, ())
