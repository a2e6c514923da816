"""The steps of contract 1.1: one model a step, naming its fields, their vocabularies and what stands for the unknown.

A model refuses nothing: `stream.facts.fields` leaves out what a vocabulary does not know, or puts in its place
what `instead` says, so that the event still counts.
"""

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from stream.facts.vocabulary import (
    UNKNOWN,
    Condition,
    Day,
    DiagnosisCode,
    Modality,
    OfferReason,
    PackageCode,
    Place,
    Purpose,
    Reference,
    RegionName,
    RightName,
    Route,
    SksCode,
)


class StepFields(BaseModel):
    """The fields of a step. `expected` should be there; `instead` stands for a value that nobody knows."""

    model_config = ConfigDict(frozen=True)

    expected: ClassVar[tuple[str, ...]] = ()
    instead: ClassVar[Mapping[str, str]] = {}


class ReferralReceived(StepFields):
    """Starts a right's referral limit."""

    expected = ("purpose", "condition")

    purpose: Purpose | None = None
    condition: Condition | None = None
    package: PackageCode | None = None
    route: Route | None = None
    relapse: bool = False
    residence: RegionName | None = None


class WorkupStarted(StepFields):
    """Only physical attendance closes the work-up clock."""

    expected = ("attendance",)

    attendance: Literal["physical", "phone", "video", "mdt"] | None = None


class NoFields(StepFields):
    """A step that says all by having happened."""


class ConferenceDecided(StepFields):
    """What the multidisciplinary conference decided."""

    expected = ("decision",)
    instead: ClassVar[Mapping[str, str]] = {"modality": UNKNOWN}

    decision: Literal["treatment", "more_workup", "no_treatment"] | None = None
    modality: Modality | None = None
    condition: Condition | None = None


class ConsentGiven(StepFields):
    """Starts the consent limit."""

    expected = ("line",)
    instead: ClassVar[Mapping[str, str]] = {"modality": UNKNOWN}

    modality: Modality | None = None
    line: Literal["initial", "aftertreatment"] = "initial"
    condition: Condition | None = None


class DateOffered(StepFields):
    """An offer. An unknown place stays visible as such: it is elsewhere, for elsewhere is every place but own."""

    expected = ("for", "offered_date", "place", "concrete")
    instead: ClassVar[Mapping[str, str]] = {"place": UNKNOWN}

    purpose: Purpose | None = Field(default=None, alias="for")
    offered_date: Day | None = None
    place: Place = UNKNOWN
    concrete: bool = False


class OfferAnswered(StepFields):
    """What the patient answered to an offer."""

    expected = ("offer", "answer")
    instead: ClassVar[Mapping[str, str]] = {"reason": "other"}

    offer: Reference | None = None
    offer_source: Reference | None = None
    answer: Literal["accepted", "declined", "postponed"] | None = None
    reason: OfferReason | None = None
    documented: bool = False


class DateCancelled(StepFields):
    """Who cancelled an offered date. Nobody named: the hospital, the reading that excuses nothing."""

    expected = ("offer", "by")
    instead: ClassVar[Mapping[str, str]] = {"reason": "other"}

    offer: Reference | None = None
    offer_source: Reference | None = None
    by: Literal["hospital", "patient"] = "hospital"
    reason: OfferReason | None = None


class TreatmentStarted(StepFields):
    """Treatment, or after-treatment, has begun. An unknown modality is not the same as none."""

    instead: ClassVar[Mapping[str, str]] = {"modality": UNKNOWN}

    modality: Modality | None = None
    condition: Condition | None = None


class PatientInformed(StepFields):
    """What the patient was told."""

    expected = ("about",)

    about: Literal["date_and_place", "rights", "alternatives"] | None = None


class SurgeryMoved(StepFields):
    """The new date of an operation."""

    expected = ("new_date",)

    new_date: Day | None = None


class WaitPaused(StepFields):
    """The wait stands still, for health or by the patient's wish."""

    expected = ("reason",)

    reason: Literal["health", "patient"] | None = None
    documented: bool = False
    expected_end: Day | None = None


class DiagnosisSet(StepFields):
    """A diagnosis by its SKS code, never by its text."""

    expected = ("code",)

    code: DiagnosisCode | None = None


class RightExcluded(StepFields):
    """A right does not cover this patient."""

    expected = ("right", "reason")

    right: RightName | None = None
    reason: Literal["bone_marrow_transplant", "not_cancer_treatment", "other"] = "other"


class Escalated(StepFields):
    """A rung of the duty to act was taken."""

    expected = ("to", "by")

    to: Literal["hospital", "region", "other_region", "national"] | None = None
    by: Literal["patient", "unit", "department", "hospital", "region", "other_region", "national"] | None = None


class UnitTransferred(StepFields):
    """Another unit is responsible from here on."""

    expected = ("to_unit",)

    to_unit: Reference | None = None


class PathwayEnded(StepFields):
    """The pathway is over."""

    expected = ("reason",)

    reason: Literal["refuted", "patient_wish", "died", "moved", "other"] = "other"


class FactRetracted(StepFields):
    """That event never was."""

    expected = ("event",)

    event: Reference | None = None
    event_source: Reference | None = None


class Marker(StepFields):
    """A raw SKS marker (contract 1.2)."""

    expected = ("code",)

    code: SksCode | None = None


STEP_FIELDS: Final[Mapping[str, type[StepFields]]] = {
    "referral-received": ReferralReceived,
    "workup-started": WorkupStarted,
    "workup-completed": NoFields,
    "conference-decided": ConferenceDecided,
    "consent-given": ConsentGiven,
    "date-offered": DateOffered,
    "offer-answered": OfferAnswered,
    "date-cancelled": DateCancelled,
    "treatment-started": TreatmentStarted,
    "aftertreatment-started": TreatmentStarted,
    "patient-informed": PatientInformed,
    "surgery-moved": SurgeryMoved,
    "wait-paused": WaitPaused,
    "wait-resumed": NoFields,
    "diagnosis-set": DiagnosisSet,
    "right-excluded": RightExcluded,
    "escalated": Escalated,
    "unit-transferred": UnitTransferred,
    "pathway-ended": PathwayEnded,
    "fact-retracted": FactRetracted,
}
