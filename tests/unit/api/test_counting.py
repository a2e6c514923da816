"""The counting page: what is typed in, what is wrong with it in Danish, and the count."""

from datetime import date

import pytest

from api.web.counting import MESSAGES, Form, answer
from tests.unit.engine.events import ENGINE

TODAY = date(2026, 2, 2)


def ask(**typed: str) -> Form:
    return Form.parse({"ret": "cancer.treatment"} | typed)


def errors(**typed: str) -> dict[str, str]:
    return dict(answer(ask(**typed), ENGINE.rulebook, ENGINE.calendar, TODAY).errors)


def test_an_empty_form_asks_for_nothing() -> None:
    assert not ask().asked


def test_dates_that_were_typed_are_counted() -> None:
    counted = answer(ask(henvisning="2026-02-02", samtykke="2026-02-09"), ENGINE.rulebook, ENGINE.calendar, TODAY)
    assert counted.result is not None
    assert counted.result.deadline == date(2026, 2, 23)


def test_a_pause_is_counted() -> None:
    form = ask(samtykke="2026-02-09", pause_fra="2026-02-10", pause_til="2026-02-13")
    counted = answer(form, ENGINE.rulebook, ENGINE.calendar, TODAY)
    assert counted.result is not None
    assert counted.result.deadline == date(2026, 2, 26)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"henvisning": "i går"}, {"henvisning": "unreadable"}),
        ({"ret": "", "henvisning": "2026-02-02"}, {"ret": "no_right"}),
        ({"ret": "no.such", "henvisning": "2026-02-02"}, {"ret": "no_right"}),
        ({"ret": "cancer.workup", "samtykke": "2026-02-02"}, {"samtykke": "no_consent"}),
        ({"pause_fra": "2026-02-02"}, {"henvisning": "no_date"}),
        ({"samtykke": "2026-02-02", "pause_fra": "2026-02-03"}, {"pause_til": "half_pause"}),
        ({"samtykke": "2026-02-02", "pause_til": "2026-02-03"}, {"pause_fra": "half_pause"}),
        (
            {"samtykke": "2026-02-02", "pause_fra": "2026-02-05", "pause_til": "2026-02-03"},
            {"pause_til": "pause_order"},
        ),
        (
            {"ret": "information.referral", "henvisning": "2026-02-02", "pause_fra": "2026-02-03"},
            {"pause_fra": "no_pause"},
        ),
        ({"ret": "heart.left_main", "samtykke": "2026-02-02"}, {"henvisning": "needs_referral"}),
        ({"henvisning": "1815-02-02"}, {"henvisning": "range"}),
    ],
)
def test_what_is_wrong_is_said_at_its_field(typed: dict[str, str], expected: dict[str, str]) -> None:
    assert errors(**typed) == {name: MESSAGES[code] for name, code in expected.items()}


def test_what_was_typed_is_shown_again() -> None:
    assert ask(henvisning=" i går ").texts["henvisning"] == "i går"
