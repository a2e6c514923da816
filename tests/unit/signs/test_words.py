"""The words: every sign has its own in both languages, with days and dates written out."""

from datetime import date

import pytest

from stream.signs import NAMES, Sign, SignSettings, words

DETAIL = {
    "no_event": {"days": 11},
    "late_offer_unanswered": {"offered": "2026-02-25"},
    "pause_overrun": {"days": 1},
    "consent_without_date": {"working_days": 4},
    "hand_over_without_receipt": {"working_days": 4, "from": "440781000016009"},
    "patient_wish_rising": {"wished": 12, "closed": 100, "past_wished": 0, "past_closed": 400},
}


def sign(name: str, **detail: object) -> Sign:
    return Sign(name, "pw-1", "c1", "cancer.treatment", None, date(2026, 2, 2), "department", DETAIL[name] | detail)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["da", "en"])
def test_every_sign_has_a_name_a_reason_and_what_to_do(name: str, language: str) -> None:
    texts = (words.name(name)[language], words.reason(sign(name))[language], words.what_to_do(name)[language])
    assert all(texts)
    assert "{" not in "".join(texts)


def test_days_and_dates_are_written_out() -> None:
    assert words.reason(sign("no_event"))["da"] == (
        "Der er ikke registreret noget i forløbet siden mandag den 2. februar 2026. Det er 11 kalenderdage."
    )


def test_a_hand_over_from_nobody_says_so() -> None:
    assert "fra ukendt afdeling" in words.reason(sign("hand_over_without_receipt", **{"from": ""}))["da"]


def test_none_in_the_past_is_a_number() -> None:
    assert "0 af 400" in words.reason(sign("patient_wish_rising"))["da"]


def test_small_counts_are_not_told_where_they_are_hidden() -> None:
    assert "færre end 5 af 400" in words.reason(sign("patient_wish_rising"), hidden_below=5)["da"]


@pytest.mark.parametrize("name", NAMES)
def test_the_owner_of_every_sign_has_a_word(name: str) -> None:
    role = getattr(SignSettings.load(), name).owner
    assert words.owner(role)["da"] != role


def test_an_owner_of_ones_own_is_shown_as_it_is() -> None:
    assert words.owner("ward_secretary") == {"da": "ward_secretary", "en": "ward_secretary"}
