"""What rights and units are called in messages."""

from dataclasses import dataclass

from alerts.recipients import Language
from stream.facts.units import Units
from stream.law.errors import LawError
from stream.law.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class RuleNames:
    """Names from the rulebook and the unit file. What they do not know is called by its id."""

    rulebook: Rulebook
    units: Units

    def right(self, right: str, language: Language) -> str:
        """Return a right's name."""
        try:
            return self.rulebook.right(right).name[language]
        except LawError:
            return right

    def unit(self, unit: str | None, language: Language) -> str:  # noqa: ARG002 - units have one name
        """Return a unit's name, empty where it is not known."""
        return self.units.name(unit) if self.units.known(unit) else ""
