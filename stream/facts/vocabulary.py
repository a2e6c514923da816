"""The words that fields may say: vocabularies and shapes, shared by the steps.

Nothing here is free text. A word outside a vocabulary may be a name or a diagnosis, and is not kept.
"""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, StringConstraints

from stream.facts.jsontext import opaque_text
from stream.facts.moments import read_date

UNKNOWN: Final = "unknown"


def _reference(value: object) -> str:
    text = opaque_text(value)
    if text is None:
        raise ValueError("no reference")
    return text


Reference = Annotated[str, BeforeValidator(_reference)]
Day = Annotated[date, BeforeValidator(read_date)]
SksCode = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z][A-Za-z0-9]{1,9}$")]
DiagnosisCode = Annotated[
    str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[Dd][A-Za-z0-9]{2,9}$")
]
PackageCode = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[Bb][0-9]{2}$")]
RightName = Annotated[str, StringConstraints(pattern=r"^(cancer|heart|information)\.[a-z_]{1,40}$")]
RegionName = Annotated[
    str,
    StringConstraints(
        max_length=40,
        pattern=r"(?i)^(region )?(hovedstaden|sj(æ|ae)lland|syddanmark|midtjylland|nordjylland|(ø|oe)stdanmark)$"
        r"|^(DK-?)?[0-9]{2,4}$",
    ),
]
"""A region by its Danish name, with or without the word, or by its number (1081-1085, DK-81-DK-85); kept as sent."""

Purpose = Literal["workup", "treatment", "aftertreatment"]
Condition = Literal["cancer", "left_main", "unstable_angina", "post_mi"]
Route = Literal["gp", "specialist", "screening", "in_house", "other_hospital", "private"]
Modality = Literal["surgery", "medical", "radiotherapy", "revascularisation", "unknown"]
Place = Literal["own", "same_region", "other_region", "private", "abroad", "unknown"]
OfferReason = Literal[
    "distance",
    "family",
    "work",
    "holiday",
    "illness",
    "patient_wish",
    "time_to_think",
    "second_opinion",
    "continuity",
    "transport",
    "staff_illness",
    "capacity",
    "equipment",
    "acute_patients",
    "preparation",
    "other",
]
"""Why a date was declined or cancelled. The contract names no list; free text would let names and diagnoses in."""
