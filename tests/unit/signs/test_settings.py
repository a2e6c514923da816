"""The settings of the signs: what a file says stands, the rest is as delivered, and a mistake is named."""

from pathlib import Path

import pytest

from stream.facts.errors import DataFileError
from stream.signs import NAMES, SignSettings


@pytest.fixture
def load(tmp_path: Path) -> object:
    def loaded(text: str) -> SignSettings:
        (tmp_path / "signs.toml").write_text(text, encoding="utf-8")
        return SignSettings.load(tmp_path / "signs.toml")

    return loaded


def test_the_delivered_settings_have_every_sign_and_switch_it_on() -> None:
    assert {name: getattr(SignSettings.load(), name).on for name in NAMES} == dict.fromkeys(NAMES, True)


def test_a_file_changes_what_it_names_and_nothing_else(load: object) -> None:
    changed = load("[no_event]\ndays = 7\n")
    assert (changed.no_event.days, changed.no_event.owner) == (7, "department")
    assert changed.pause_overrun == SignSettings.load().pause_overrun


def test_a_sign_can_be_switched_off_and_given_to_another_owner(load: object) -> None:
    changed = load('[pause_overrun]\non = false\nowner = "ward_secretary"\n').pause_overrun
    assert (changed.on, changed.owner) == (False, "ward_secretary")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[no_events]\ndays = 7", "there is no sign 'no_events'; did you mean no_event"),
        ("[no_event]\nday = 7", "no_event has no key 'day'; did you mean days"),
        ("no_event = 7", "no_event is no table"),
        ('[no_event]\ndays = "7"', "no_event.days: Expected int, got str"),
        ("[no_event]\ndays = 0", "no_event.days: Expected int >= 1"),
        ('[no_event]\nowner = "Fru Jensen"', "no_event.owner: Expected str matching"),
        ("[patient_wish_rising]\nlevel = 1.5", "patient_wish_rising.level: Expected float < 1"),
        ("[no_event\n", "line 1, column"),
    ],
)
def test_a_mistake_is_named_with_its_place(load: object, text: str, said: str) -> None:
    with pytest.raises(DataFileError, match=said.replace(".", r"\.")):
        load(text)
