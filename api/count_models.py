"""What the counting tool is asked and what it answers, as JSON."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.models import Item, Text
from stream.law.clock import LimitName


class Pause(BaseModel):
    """A documented health pause, from the day it began to the day the wait resumed."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    begin: Annotated[date, Field(alias="from")]
    end: Annotated[date, Field(alias="to")]


class CountRequest(BaseModel):
    """The dates that the counting tool is given."""

    model_config = ConfigDict(extra="forbid")

    right: str
    referral: Annotated[date | None, Field(description="also the start of a duty to inform")] = None
    consent: date | None = None
    paused: list[Pause] = []
    unit: Annotated[str | None, Field(description="SOR code, for its closing days")] = None


class Count(BaseModel):
    """A counted deadline, every day explained."""

    model_config = ConfigDict(extra="allow")

    right: str
    name: Text
    paragraph: str
    deadline: date
    nominal_deadline: date
    target: date
    binding: LimitName | None
    days_left: int
    staffed_days_left: int
    limits: list[dict[str, Any]]
    days: list[dict[str, Any]]
    explanation: list[Item]
    rulebook: str
    reading: str
