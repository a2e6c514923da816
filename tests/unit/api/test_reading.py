"""How far an answer reaches, and risk in figures."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts.tiers import Tier
from api.projection.index import Entry
from api.projection.messages import ProgressMessage, read
from api.reading.freshness import TEXTS, Known, judge, judged_at
from api.reading.summary import Cell, summarise, tier_counts
from tests.web.samples import progress

NOW = datetime(2026, 2, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_what_is_known_up_to_now_is_complete() -> None:
    fresh = judge(Known(NOW - MINUTE, ready=True, unreadable=0), NOW, MINUTE)
    assert (fresh.complete, fresh.lag) == (True, MINUTE)


@pytest.mark.parametrize(
    ("known", "reasons"),
    [
        (Known(NOW - 2 * MINUTE, ready=True, unreadable=0), ("behind",)),
        (Known(None, ready=True, unreadable=0), ("unknown",)),
        (Known(None, ready=False, unreadable=0), ("filling", "unknown")),
        (Known(NOW, ready=True, unreadable=3), ("unreadable",)),
        (Known(NOW, ready=True, unreadable=0, quarantined=1), ("quarantined",)),
        (Known(NOW, ready=True, unreadable=0, silent=("urn:a",)), ("source_silent",)),
        (Known(NOW - 9 * MINUTE, ready=True, unreadable=0, judged_at=NOW - 9 * MINUTE), ("intake_behind",)),
        (Known(NOW - 9 * MINUTE, ready=True, unreadable=0, judged_at=NOW), ("behind",)),
        (
            Known(NOW - 9 * MINUTE, ready=True, unreadable=0, judged_at=NOW - 5 * MINUTE),
            ("behind", "intake_behind"),
        ),
    ],
)
def test_what_is_not_complete_says_why(known: Known, reasons: tuple[str, ...]) -> None:
    fresh = judge(known, NOW, MINUTE)
    assert (fresh.reasons, fresh.complete) == (reasons, False)


def test_what_no_other_process_could_mend_takes_no_process_away() -> None:
    behind = NOW - 9 * MINUTE
    known = Known(behind, ready=True, unreadable=0, judged_at=behind, quarantined=1, silent=("urn:a",))
    assert (judge(known, NOW, MINUTE).unfit, len(judge(known, NOW, MINUTE).reasons)) == ((), 3)


def test_the_worker_that_knows_least_of_intake_counts() -> None:
    words = [progress(inbox={"judged_at": f"2026-02-02T0{hour}:00:00Z", "waiting": 0}) for hour in (8, 7, 9)]
    assert judged_at(read(word, ProgressMessage) for word in words) == NOW.replace(hour=7)


def test_workers_of_an_earlier_version_say_nothing_of_intake() -> None:
    assert judged_at([read(progress(), ProgressMessage)]) is None


def test_every_reason_has_words_in_both_languages() -> None:
    assert all(text["da"] and text["en"] for text in TEXTS.values())


def test_a_lag_is_never_negative() -> None:
    assert judge(Known(NOW + MINUTE, ready=True, unreadable=0), NOW, MINUTE).lag == timedelta(0)


def test_an_unknown_reach_has_no_lag() -> None:
    assert judge(Known(None, ready=True, unreadable=0), NOW, MINUTE).lag is None


def clocks(number: int, unit: str, tier: Tier | None, package: str | None = "B01") -> list[Entry]:
    return [Entry("2026-02-09", str(each), unit, "cancer.workup", package, "running", tier) for each in range(number)]


CLOCKS = [*clocks(4, "u1", "plan"), *clocks(3, "u2", "plan"), *clocks(2, "u1", "passed"), *clocks(9, "u3", None, None)]


def region_of(unit: str | None) -> str | None:
    return {"u1": "Nord", "u2": "Nord"}.get(unit or "")


def test_units_of_a_region_are_counted_together() -> None:
    summary = summarise(CLOCKS, region_of, hide_small=False)
    assert summary.cells == (
        Cell(None, "cancer.workup", None, None, 9),
        Cell("Nord", "cancer.workup", "B01", "passed", 2),
        Cell("Nord", "cancer.workup", "B01", "plan", 7),
    )


def test_packages_can_be_counted_together_before_small_counts_are_hidden() -> None:
    both = [*clocks(3, "u1", "plan", "B01"), *clocks(3, "u1", "plan", "B02")]
    cells = summarise(both, region_of, hide_small=True, by_package=False).cells
    assert cells == (Cell("Nord", "cancer.workup", None, "plan", 6),)


def test_the_total_is_the_sum_of_all_cells() -> None:
    assert summarise(CLOCKS, region_of, hide_small=False).total == 18


def test_only_counts_below_five_are_hidden() -> None:
    cells = summarise(CLOCKS, region_of, hide_small=True).cells
    assert [cell.count for cell in cells] == [9, None, 7]


def test_a_hidden_count_cannot_be_worked_out_from_the_total() -> None:
    assert summarise(CLOCKS, region_of, hide_small=True).total is None


def test_a_total_without_hidden_counts_is_told() -> None:
    assert summarise(CLOCKS * 3, region_of, hide_small=True).total == 54


def test_every_tier_is_counted_also_where_there_is_none() -> None:
    counts = tier_counts(CLOCKS)
    assert counts == {"plan": 7, "act": 0, "refer": 0, "escalate": 0, "passed": 2, None: 9}
