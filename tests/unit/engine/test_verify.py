from pathlib import Path

import pytest

from stream.verify import CasesError, read_cases, verify
from tests.unit.engine.events import ENGINE, event
from tests.unit.law.build import moment

GOLDEN = Path(__file__).parents[2] / "golden" / "golden-cases.jsonl"


@pytest.mark.parametrize("case", read_cases(GOLDEN), ids=lambda case: case["id"])
def test_golden_case(case) -> None:
    (result,) = verify(ENGINE, [case])
    assert result.mismatches == ()


def mismatches(expect: dict, *sent: dict) -> tuple[str, ...]:
    case = {"id": "x", "at": moment("2026-02-03").isoformat(), "events": list(sent), "expect": expect}
    (result,) = verify(ENGINE, [case])
    return result.mismatches


CONSENT = event("consent-given", "2026-02-02", line="initial")


@pytest.mark.parametrize(
    "want",
    [
        {"right": "cancer.treatment", "deadline": "2026-02-17"},
        {"right": "cancer.treatment", "absent": True},
        {"right": "cancer.treatment", "count": 2},
        {"right": "cancer.workup"},
        {"right": "cancer.workup", "state": "running"},
        {"right": "cancer.treatment", "no_such_field": 1},
    ],
)
def test_a_wrong_expectation_is_a_mismatch(want) -> None:
    assert mismatches({"clocks": [want]}, CONSENT)


def test_an_unexpected_refusal_is_a_mismatch() -> None:
    assert mismatches({"clocks": [], "rejected": []}, event("consent-granted", "2026-02-02"))


def test_a_missing_refusal_is_a_mismatch() -> None:
    assert mismatches({"clocks": [], "rejected": ["no_date"]}, CONSENT)


def test_a_right_expectation_is_none() -> None:
    want = {"right": "cancer.treatment", "count": 1, "deadline": "2026-02-16", "state": "running"}
    assert mismatches({"clocks": [want], "rejected": []}, CONSENT) == ()


def test_a_line_that_is_no_case_is_named(tmp_path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"id": "a"}\n')
    with pytest.raises(CasesError, match="line 1"):
        read_cases(path)
