from datetime import UTC, datetime

import pytest

from alerts.notifier.draft import Word
from tests.unit.alerts.notifier.situations import MONDAY, MORNING, NIGHT, alert, only, planned

DIGEST = datetime(2026, 2, 3, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(("tier", "expected"), [("act", MORNING), ("refer", MORNING), ("escalate", NIGHT)])
def test_quiet_hours_hold_back_all_but_the_highest_tiers(tier: str, expected: datetime) -> None:
    assert only(planned("raised", alert(tier), now=NIGHT)).not_before == expected


def test_by_day_a_notice_goes_at_once() -> None:
    assert only(planned("raised", alert("act"))).not_before == MONDAY


def test_a_digest_tier_waits_for_the_next_morning() -> None:
    draft = only(planned("raised", alert("plan")))
    assert (draft.not_before, draft.digest) == (DIGEST, True)


def test_another_tier_goes_beside_the_digest() -> None:
    assert not only(planned("raised", alert("act"))).digest


@pytest.mark.parametrize(("tier", "expected"), [("plan", DIGEST), ("act", MORNING), ("passed", NIGHT)])
def test_an_end_goes_as_fast_as_the_warning_that_it_takes_back(tier: str, expected: datetime) -> None:
    found = planned("over", alert(None, status="closed"), now=NIGHT, words={"lead": Word("raised", tier)})
    assert only(found).not_before == expected
