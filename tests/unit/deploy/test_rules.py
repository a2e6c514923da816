from datetime import date
from pathlib import Path

import pytest

from deploy.errors import BadInputError
from deploy.rules import RuleFiles, calendar_for, rule_files
from stream.law.rulebook import DEFAULT_RULEBOOK


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRISTVAGT_RULEBOOK", raising=False)


def broken(folder: Path) -> Path:
    file = folder / "broken.toml"
    file.write_text("nonsense = [")
    return file


def test_the_built_in_rules_load() -> None:
    assert RuleFiles().load_engine().rulebook.reading == "in_force"


def test_a_rulebook_can_be_named_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRISTVAGT_RULEBOOK", str(DEFAULT_RULEBOOK))
    assert rule_files().rulebook == DEFAULT_RULEBOOK


def test_without_settings_the_built_in_rules_are_in_force() -> None:
    assert rule_files() == RuleFiles()


def test_a_broken_rulebook_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInputError):
        RuleFiles(rulebook=broken(tmp_path)).load_rulebook()


def test_a_broken_unit_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInputError):
        RuleFiles(units=broken(tmp_path)).load_units()


def test_a_broken_policy_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInputError):
        RuleFiles(policy=broken(tmp_path)).load_engine()


def test_a_broken_signs_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="signs file"):
        RuleFiles(signs=broken(tmp_path)).load_signs()


def test_a_signs_file_can_be_named_in_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "signs.toml"
    file.write_text("[no_event]\non = false\n")
    monkeypatch.setenv("FRISTVAGT_SIGNS", str(file))
    assert not rule_files().load_signs().no_event.on


def test_an_unknown_reading_is_bad_input() -> None:
    with pytest.raises(BadInputError, match="unknown reading"):
        RuleFiles(reading="wishful").load_rulebook()


def test_a_calendar_without_units_knows_the_public_holidays() -> None:
    assert calendar_for(RuleFiles().load_rulebook(), None).is_public_holiday(date(2026, 12, 25))


def test_a_calendar_with_units_has_their_closing_days() -> None:
    files = RuleFiles()
    units = files.load_units()
    assert calendar_for(files.load_rulebook(), units).closures == units.closures
