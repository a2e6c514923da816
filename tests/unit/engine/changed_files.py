"""A rulebook, a unit file and an alert policy that say something else than the delivered ones."""

from pathlib import Path

from deploy.rules import RuleFiles
from stream.engine import Engine
from stream.facts import units
from stream.law.rulebook import DEFAULT_RULEBOOK, Rulebook
from tests.unit.engine.test_changed_rules import EARLY

VERSION = "2027-01-01"
CLOSED = "closed = [[2026-01-23, 2026-02-13]]"


def _rulebook() -> str:
    """Ten days for a work-up, not 14, and 21 days from consent to treatment, not 14."""
    text = DEFAULT_RULEBOOK.read_text("utf-8").replace(f'"{Rulebook.load().version}"', f'"{VERSION}"', 1)
    for name, days in (("cancer.workup", 10), ("cancer.treatment", 21)):
        before, right, after = text.partition(f'id = "{name}"')
        text = before + right + after.replace("days = 14", f"days = {days}", 1)
    return text


def _units() -> str:
    """Three weeks of closed days for every unit that declares none."""
    head, *entries = Path(units.__file__).with_name("units.toml").read_text("utf-8").split("[[unit]]\n")
    return "[[unit]]\n".join([head, *(each if "\nclosed" in each else f"{CLOSED}\n{each}" for each in entries)])


FILES = {"rulebook": _rulebook(), "units": _units(), "policy": EARLY}


def written(folder: Path, *names: str) -> dict[str, Path]:
    """Write the changed files of these names; return them as settings."""
    found = {name: folder / f"{name}.toml" for name in names}
    for name, file in found.items():
        file.write_text(FILES[name], "utf-8")
    return found


def engine_of(files: dict[str, Path]) -> Engine:
    """The engine that a process has with these settings."""
    return RuleFiles(**files).load_engine()
