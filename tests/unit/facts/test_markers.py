"""The SKS marker map: what a register code says, from when, and which codes exist."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from stream.facts.errors import DataFileError
from stream.facts.markers import Markers
from stream.law.fact import REFERRAL_TAKEN_OVER, UNKNOWN_MARKER
from tests.unit.facts.samples import accepted, marker

MARKERS = Markers.load()
TODAY = date(2026, 2, 2)

ROW = """[[marker]]
code = "AFV01B"
step = "{step}"
valid_from = {start}
{more}
"""


def markers_of(tmp_path: Path, *rows: str) -> Markers:
    path = tmp_path / "markers.toml"
    path.write_text("\n".join(rows), encoding="utf-8")
    return Markers.load(path)


@pytest.mark.parametrize(
    ("code", "step", "fields"),
    [
        ("AFV01A1A", "referral-received", {"purpose": "workup"}),
        ("AFV01B", "workup-started", {"attendance": "physical"}),
        ("AFV01C8", "consent-given", {"line": "initial"}),
        ("AFV01C9", "consent-given", {"line": "aftertreatment"}),
        ("AFV01E1A", "referral-received", {"purpose": "treatment"}),
        ("AFV01E3", "referral-received", {"purpose": "aftertreatment"}),
        ("AFV01F", "treatment-started", {}),
        ("AFV01F1", "aftertreatment-started", {}),
        ("AFV02K1", "wait-paused", {"reason": "health", "documented": True}),
        ("AFV02K2", "wait-resumed", {}),
        ("AFV01X2", "pathway-ended", {"reason": "patient_wish"}),
        ("AFV01A1C", REFERRAL_TAKEN_OVER, {"purpose": "workup"}),
        ("AFV01E1C", REFERRAL_TAKEN_OVER, {"purpose": "treatment"}),
    ],
)
def test_a_marker_of_the_contract_says_its_step(code: str, step: str, fields: dict[str, Any]) -> None:
    outcome = accepted(marker(code))
    assert (outcome.fact.step, outcome.fact.fields, outcome.fact.code, outcome.marks) == (step, fields, code, ())


@pytest.mark.parametrize("code", ["AFB01A", "AFB01F1", "AFB33X9"])
def test_a_package_marker_names_its_package_and_moves_no_legal_clock(code: str) -> None:
    outcome = accepted(marker(code))
    assert (outcome.fact.step, outcome.fact.fields) == (UNKNOWN_MARKER, {"package": code[2:5]})
    assert outcome.marks == ("package_marker",)


@pytest.mark.parametrize("code", ["AFV01A7", "AFV02L1", "AFV01X1", "AFX01A", "AF"])
def test_a_code_without_known_meaning_is_kept_and_marked(code: str) -> None:
    outcome = accepted(marker(code))
    assert (outcome.fact.step, outcome.fact.fields, outcome.marks) == (UNKNOWN_MARKER, {}, ("marker_without_meaning",))
    assert outcome.event["data"]["code"] == code


@pytest.mark.parametrize("code", ["AFV99Z", "AFB34A", "AFB01Z", "ZZZ", "AFV01"[:4]])
def test_a_code_that_does_not_exist_is_kept_and_marked(code: str) -> None:
    outcome = accepted(marker(code))
    assert (outcome.fact.step, outcome.fact.code, outcome.marks) == (UNKNOWN_MARKER, code, ("unknown_marker_code",))


@pytest.mark.parametrize(
    ("code", "marked"), [(None, "missing_code"), ("Jens Hansen", "unknown_code"), (7, "unknown_code")]
)
def test_a_marker_without_a_readable_code_still_counts_as_an_event(code: object, marked: str) -> None:
    outcome = accepted(marker(code))
    assert (outcome.fact.step, outcome.fact.code, outcome.marks) == (UNKNOWN_MARKER, None, (marked,))


def test_a_code_in_small_letters_is_the_same_code() -> None:
    assert accepted(marker(" afv01b ")).fact.step == "workup-started"


def test_no_marker_carries_a_condition() -> None:
    assert not any("condition" in MARKERS.read(code, TODAY).fields for code in MARKERS.codes)


def test_a_marker_carries_the_fields_of_any_event() -> None:
    sent = marker("AFV01B")
    sent["data"]["supersedes"] = "e-0"
    assert accepted(sent).fact.supersedes is not None


def test_a_marker_before_its_time_has_no_meaning() -> None:
    sent = marker("AFV01B", time="2018-12-31T22:59:00Z")
    sent["data"]["occurred_at"] = "2018-12-31T22:59:00Z"
    assert accepted(sent).marks == ("marker_without_meaning",)


def test_the_date_that_counts_is_the_local_one() -> None:
    sent = marker("AFV01B", time="2018-12-31T23:00:00Z")
    sent["data"]["occurred_at"] = "2018-12-31T23:00:00Z"
    assert accepted(sent).fact.step == "workup-started"


def test_all_766_codes_of_the_list_exist_once() -> None:
    assert (len(MARKERS.codes), sum(code.startswith("AFB") for code in MARKERS.codes)) == (766, 631)


@pytest.mark.parametrize(("day", "step"), [(1, "workup-started"), (2, "workup-started"), (3, UNKNOWN_MARKER)])
def test_a_meaning_ends_with_its_last_day(tmp_path: Path, day: int, step: str) -> None:
    markers = markers_of(tmp_path, ROW.format(step="workup-started", start="2026-02-01", more="valid_to = 2026-02-02"))
    assert markers.read("AFV01B", date(2026, 2, day)).step == step


def test_a_code_may_change_its_meaning(tmp_path: Path) -> None:
    markers = markers_of(
        tmp_path,
        ROW.format(step="workup-started", start="2020-01-01", more="valid_to = 2026-01-31"),
        ROW.format(step="workup-completed", start="2026-02-01", more=""),
    )
    assert [markers.read("AFV01B", date(2026, month, 1)).step for month in (1, 2)] == [
        "workup-started",
        "workup-completed",
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ROW.format(step="tea", start="2026-02-01", more=""), "tea"),
        (ROW.format(step="workup-started", start="2026-02-02", more="valid_to = 2026-02-01"), "ends before"),
        (ROW.format(step="workup-started", start="2026-02-02", more="").replace("AFV01B", "AFV77"), "AFV77 matches no"),
        (ROW.format(step="workup-started", start="2026-02-02", more="").replace("AFV01B", "AFV["), "marker map"),
        ('[[marker]]\ncode = "AFV01B"', "step"),
        ("no toml", "marker map"),
        ("", "marker"),
    ],
)
def test_a_wrong_map_says_what_is_wrong(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(DataFileError, match=message):
        markers_of(tmp_path, row)


def test_another_map_has_another_digest(tmp_path: Path) -> None:
    row = ROW.format(step="workup-started", start="2020-01-01", more="")
    assert markers_of(tmp_path, row).digest != MARKERS.digest
