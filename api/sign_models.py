"""The shapes of answers about leading signs, as they stand in the OpenAPI document."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from api.models import ClockDetail, Reach, Text
from stream.signs import Name


class Sign(BaseModel):
    """Something that is going wrong beside a clock. One of a unit has no pathway, clock and right."""

    sign: Name
    name: Text
    pathway: str | None
    clock_id: Annotated[str | None, Field(description="where it stands: of a whole pathway, the most urgent clock")]
    right: str | None
    unit: str | None
    hospital: str | None
    region: str | None
    since: Annotated[date, Field(description="from when the sign counts")]
    owner: Annotated[str, Field(description="role of whoever should look at it")]
    owner_name: Text
    text: Annotated[Text, Field(description="why; units stand as SOR codes")]
    what_to_do: Text
    detail: Annotated[dict[str, str | int | None], Field(description="numbers, dates and units behind the text")]


class SignPage(Reach):
    """Some leading signs, the oldest first."""

    looked_at: Annotated[str | None, Field(description="moment of the last look at all patients; null before it")]
    signs: list[Sign]
    next: Annotated[str | None, Field(description="cursor of the next page; null on the last one")]


class ClockWithSigns(ClockDetail):
    """One clock with its story and its leading signs."""

    signs: Annotated[list[Sign], Field(description="leading signs at this clock and its pathway")]
