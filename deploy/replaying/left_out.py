"""How replay tells what it left out, beside lines of files that are no acceptable events."""

from typing import Any, Final

from stream.worker.deadletters import QUARANTINED
from stream.worker.quarantine import Item, where

_NOBODYS: Final = "it lies where its patient does not, or under no patient's key: something else writes to our topics"
_NOT_APPLIED: Final = "it cannot be applied, and its patient is incomplete"
_NOT_FOLDED: Final = "these rules fail for the patient, whose clocks are left out"


def misplaced(item: Item) -> dict[str, Any]:
    """Return what is told of a record that is nobody's. Its key is not told: it may hold anything."""
    return _told(_NOBODYS, record=item.place)


def not_applied(patient: str, error: Exception, item: Item) -> dict[str, Any]:
    """Return what is told of a record that cannot be applied."""
    return _told(f"{type(error).__name__}: {_NOT_APPLIED}", record=item.place, patient=patient)


def not_folded(patient: str, error: Exception) -> dict[str, Any]:
    """Return what is told of a patient whose records the rules cannot fold: where, and never what was said."""
    return _told(f"{type(error).__name__} at {where(error)}: {_NOT_FOLDED}", patient=patient)


def named(rejected: dict[str, Any]) -> str:
    """Return what was left out: a line, a record or a patient."""
    if rejected["line"] is not None:
        return f"line {rejected['line']}"
    return f"record {rejected['record']}" if rejected["record"] else f"patient {rejected['patient']}"


def _told(hint: str, *, record: str | None = None, patient: str | None = None) -> dict[str, Any]:
    """Return it in the form of a refused line."""
    where_ = "record" if record else "patient"
    return {"line": None, "reason": QUARANTINED, "field": where_, "hint": hint, "record": record, "patient": patient}
