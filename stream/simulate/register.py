"""How a hospital that registers SKS markers says a step: the marker map, read backward."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from stream.facts.markers import Markers
from stream.law.fact import STEP_RANK

UNSAYABLE: Final = frozenset({"relapse"})
"""What no marker can say: such a step is sent as a step."""
REFERRAL: Final = "referral-received"


class Register:
    """The markers in force on a day, by the step that they say."""

    def __init__(self, markers: Markers, on: date, default_condition: str) -> None:
        self._condition = default_condition
        self._says: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        for code in sorted(markers.codes):
            meaning = markers.read(code, on)
            if meaning.step in STEP_RANK:
                self._says.setdefault(meaning.step, []).append((code, meaning.fields))

    def code(self, step: str, said: Mapping[str, Any]) -> str | None:
        """Return the marker that says a step with these fields, or None where none does.

        A marker carries no condition: a referral for another than the default one needs the step itself.
        """
        if UNSAYABLE & said.keys() or (step == REFERRAL and said.get("condition") != self._condition):
            return None
        for code, fields in self._says.get(step, ()):
            if all(said.get(name) == value for name, value in fields.items()):
                return code
        return None
