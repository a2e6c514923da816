"""What staff ask for, as it is sent: a model for each kind of command, and one for an offered date."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from alerts import commands
from alerts.commands import Answer, ErrorReason, NoteReason, Rung, SnoozeReason
from alerts.tiers import Tier
from api.acting.text import Moment, Name, NoteText
from stream.facts.vocabulary import Day, Purpose

Actor = Annotated[Name, Field(description="who acts; there is no login yet")]
OfferPlace = Literal["own", "same_region", "other_region", "private", "abroad"]
Text = Annotated[NoteText | None, Field(description="free text without CPR numbers; kept where it can be erased")]


class Body(BaseModel):
    """What every command says. `makes` is the command that it becomes."""

    model_config = ConfigDict(extra="forbid")

    makes: ClassVar[type[commands.Command]]

    actor: Actor
    seen_tier: Annotated[Tier | None, Field(description="the tier that the actor saw; a higher one refuses")] = None

    @property
    def kind(self) -> str:
        """The command's kind."""
        return str(self.makes.__struct_config__.tag)


class Acknowledge(Body):
    """The actor takes care of it."""

    makes = commands.Acknowledge


class Snooze(Body):
    """The actor takes care of it and need not be reminded until a moment, before the next tier."""

    makes = commands.Snooze

    until: Moment
    reason: SnoozeReason


class Note(Body):
    """Something was done or is known."""

    makes = commands.Note

    reason: NoteReason
    text: Text = None


class TakeRung(Body):
    """A rung of the duty to act (handlepligt) was taken."""

    makes = commands.TakeRung

    to: Rung
    concrete: Annotated[bool, Field(description="a date and a place were named, in writing")] = False
    answer: Annotated[Answer, Field(description="what the patient said")] = "not_asked"


class RegistrationError(Body):
    """What is registered is not what happened."""

    makes = commands.RegistrationError

    reason: ErrorReason
    text: Text = None


class HandOver(Body):
    """Somebody else is to take care of it."""

    makes = commands.HandOver

    to: Annotated[Name, Field(description="who is to take care of it")]


class Watch(Body):
    """The actor wants to be told of everything that happens to it."""

    makes = commands.Watch


class Unwatch(Body):
    """The actor no longer wants that."""

    makes = commands.Unwatch


class Offer(BaseModel):
    """A date that was offered to the patient."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True)

    actor: Actor
    purpose: Annotated[Purpose, Field(alias="for")]
    offered_date: Annotated[Day, Field(description="the date that was offered (local date)")]
    place: OfferPlace
    concrete: Annotated[bool, Field(description="a date and a place were named, in writing; others do not stand")]
    unit: Annotated[Name | None, Field(description="SOR code of the responsible unit")] = None

    def data(self) -> dict[str, str | bool | date]:
        """Return the fields of the fact."""
        return self.model_dump(by_alias=True, exclude={"actor"}, exclude_none=True, mode="json")
