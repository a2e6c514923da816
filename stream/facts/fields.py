"""Reads a step's own fields from `data`, leniently: what is odd is left out or replaced, and marked.

Marks are ``unknown_<field>`` for a value that cannot be read, ``missing_<field>`` for one that the contract
expects, and ``unknown_field`` for fields of a later version. They are bounded: fit for a metric's label.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from stream.facts.steps import STEP_FIELDS, Marker, StepFields

COMMON_FIELDS: Final = frozenset({"occurred_at", "unit", "supersedes", "supersedes_source"})


def field_names(model: type[StepFields]) -> frozenset[str]:
    """Return the field names of a step as they stand in `data`."""
    return frozenset(info.alias or name for name, info in model.model_fields.items())


_MODELS: Final[tuple[type[StepFields], ...]] = (*STEP_FIELDS.values(), Marker)
_NAMES: Final = {model: field_names(model) for model in _MODELS}


def read_fields(
    model: type[StepFields], data: Mapping[str, Any], marks: set[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a step's own fields from `data`, adding to `marks` what was odd.

    Returns the fields as the law reads them, and as they are kept: as sent, without what nobody can read.
    """
    names = _NAMES[model]
    given = {name: value for name, value in data.items() if value is not None and name in names}
    marks.update(f"missing_{name}" for name in model.expected if name not in given)
    if any(name not in names and name not in COMMON_FIELDS for name in data):
        marks.add("unknown_field")
    try:
        read = model.model_validate(given)
    except ValidationError as error:
        odd = {str(finding["loc"][0]) for finding in error.errors(include_url=False, include_input=False)}
        marks.update(f"unknown_{name}" for name in odd)
        given = _without(given, odd, model.instead)
        read = model.model_validate(given)
    return read.model_dump(by_alias=True, exclude_none=True), given


def _without(given: Mapping[str, Any], odd: Iterable[str], instead: Mapping[str, str]) -> dict[str, Any]:
    kept = {name: value for name, value in given.items() if name not in odd}
    return kept | {name: instead[name] for name in odd if name in instead}
