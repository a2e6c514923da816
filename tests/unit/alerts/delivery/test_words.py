"""The words of the messages: two languages of one shape, and the tiers' Danish names of the pages."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from alerts.delivery.message import What
from alerts.delivery.words import case, count, lack, notes, says, words
from alerts.tiers import TIERS, Reason
from api.web.words import texts as page_texts
from tests.unit.alerts.delivery.made import item

DANISH = words("da")
REST = {"closed", "timely_date_stands", "paused", "patient_choice", "time_enough"}


def keys(table: Any, path: str = "") -> Iterator[str]:
    for key, value in table.items():
        yield from keys(value, f"{path}{key}.") if isinstance(value, dict) else [path + key]


def test_both_languages_say_the_same_things() -> None:
    assert sorted(keys(DANISH)) == sorted(keys(words("en")))


def test_there_are_words_for_every_what_and_every_reason_to_rest() -> None:
    assert set(DANISH["whats"]) == {*get_args(What), "resting", "after_passed"}
    assert set(DANISH["rest"]) == REST < set(get_args(Reason))


@pytest.mark.parametrize("tier", [*TIERS, "none"])
def test_a_tier_has_the_name_and_the_cure_of_the_pages(tier: str) -> None:
    page = page_texts()["tiers"][tier]
    assert (DANISH["tiers"][tier]["name"], DANISH["cases"][tier]["cure"]) == (page["name"], page["cure"])


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({}, "act"),
        ({"tier": "plan"}, "plan"),
        ({"tier": None}, "none"),
        ({"reason": "late_offer"}, "late_offer"),
        ({"reason": "start_not_registered"}, "start_not_registered"),
        ({"tier": "refer", "reason": "late_offer"}, "refer"),
        ({"right": "information.referral"}, "information"),
        ({"right": "information.referral", "tier": "passed"}, "information_passed"),
        ({"what": "over", "reason": "closed"}, "over"),
        ({"what": "over", "reason": "timely_date_stands"}, "over"),
        ({"what": "over", "reason": "paused"}, "resting"),
        ({"what": "over", "reason": "patient_choice"}, "resting"),
        ({"what": "over", "reason": "time_enough"}, "resting"),
        ({"what": "over", "reason": "a reason of a later version"}, "resting"),
        ({"what": "over", "reason": "closed", "after_passed": True}, "after_passed"),
        ({"what": "over", "reason": "paused", "after_passed": True}, "after_passed"),
        ({"what": "wrong", "after_passed": True}, "wrong"),
        ({"tier": "act", "after_passed": True}, "act"),
        ({"what": "wrong", "tier": None}, "wrong"),
    ],
)
def test_what_a_deadline_lacks_follows_from_tier_reason_and_right(changes: dict[str, Any], key: str) -> None:
    assert case(item(**changes)) == key


def test_one_deadline_and_several_are_counted_in_words() -> None:
    assert [count(DANISH, number) for number in (1, 2)] == ["1 frist", "2 frister"]


def test_items_that_lack_different_things_are_told_by_their_tier() -> None:
    assert lack(DANISH, [item(reason="late_offer")] * 2) == "2 frister har kun en dato efter fristen"
    assert lack(DANISH, [item(reason="late_offer"), item()]) == "2 frister mangler en dato"


def test_why_nothing_has_to_be_done_is_said() -> None:
    over = item(what="over", tier=None, reason="timely_date_stands")
    assert says(DANISH, over).endswith("Der står nu en dato inden for fristen.")


def test_a_reason_without_words_is_left_out() -> None:
    assert says(DANISH, item(what="over", reason="novel")) == says(DANISH, item(what="over", reason=""))


def test_late_and_unverified_are_said_plainly() -> None:
    assert notes(words("en"), item()) == ()
    late, unverified = notes(words("en"), item(late=True, unverified=True))
    assert "later than it should" in late
    assert "before all reports were read" in unverified
