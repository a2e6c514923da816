"""The rules in force: rulebook, unit file and alert policy, the built-in ones or those that the settings name."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.errors import BadInputError
from stream.law.calendar import Calendar, CalendarReading
from stream.law.errors import RulebookError
from stream.law.rulebook import IN_FORCE, Rulebook

if TYPE_CHECKING:
    from alerts.policy import Policy
    from deploy.settings import Settings
    from stream.engine import Engine
    from stream.facts.units import Units
    from stream.signs import SignSettings


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """Files instead of the built-in ones, and the reading of the rules."""

    rulebook: Path | None = None
    units: Path | None = None
    policy: Path | None = None
    signs: Path | None = None
    reading: str = IN_FORCE
    as_of: date | None = None
    """The rules as they stood on a date, None for the whole rulebook."""

    @classmethod
    def of(cls, settings: "Settings") -> "RuleFiles":
        """Take them from the settings."""
        return cls(settings.rulebook, settings.units, settings.policy, settings.signs, settings.reading or IN_FORCE)

    def load_rulebook(self) -> Rulebook:
        """Read the rulebook in its reading. Raises BadInputError."""
        try:
            rulebook = Rulebook.load(self.rulebook, self.reading)
        except RulebookError as error:
            raise BadInputError(str(error)) from error
        return rulebook if self.as_of is None else rulebook.as_of(self.as_of)

    def load_units(self) -> "Units":
        """Read the unit file. Raises BadInputError."""
        from stream.facts.errors import DataFileError  # noqa: PLC0415 - `count` without a unit need not wait for it
        from stream.facts.units import Units  # noqa: PLC0415 - the same

        try:
            return Units.load(self.units)
        except DataFileError as error:
            raise BadInputError(str(error)) from error

    def load_policy(self) -> "Policy":
        """Read the alert policy. Raises BadInputError."""
        from alerts.policy import Policy, PolicyError  # noqa: PLC0415 - `count` need not wait for it

        try:
            return Policy.load(self.policy)
        except PolicyError as error:
            raise BadInputError(str(error)) from error

    def load_signs(self) -> "SignSettings":
        """Read the settings of the leading signs. Raises BadInputError."""
        from stream.facts.errors import DataFileError  # noqa: PLC0415 - `count` need not wait for it
        from stream.signs import SignSettings  # noqa: PLC0415 - the same

        try:
            return SignSettings.load(self.signs)
        except DataFileError as error:
            raise BadInputError(str(error)) from error

    def load_engine(self, pace: float = 1.0) -> "Engine":
        """Read all three and return the engine that decides by them; `pace` of its clock. Raises BadInputError."""
        from stream.engine import Engine  # noqa: PLC0415 - `count` need not wait for it

        return Engine(self.load_rulebook(), self.load_units(), self.load_policy(), pace)


def rule_files() -> RuleFiles:
    """Return what the environment asks for. The settings model takes a moment to load, so it waits to be needed."""
    if not any(name.upper().startswith("FRISTVAGT_") for name in os.environ):
        return RuleFiles()
    from deploy.settings import load_settings  # noqa: PLC0415 - see the docstring

    return RuleFiles.of(load_settings())


def calendar_for(rulebook: Rulebook, units: "Units | None") -> Calendar:
    """Return the calendar in the rulebook's reading, with the closing days of the units where they are given."""
    reading = CalendarReading.of(rulebook.settings)
    return Calendar(reading=reading) if units is None else Calendar(units.closures, reading)


def working_day(calendar: Calendar) -> Callable[[date], bool]:
    """Return what the alert policy asks of a local date: whether it is neither a public holiday nor a special day.

    Weekends are the policy's own: a Saturday is as good as a Monday here.
    """

    def is_working_day(day: date) -> bool:
        off = calendar.day_off(day, None)
        return off is None or off.kind == "weekend"

    return is_working_day
