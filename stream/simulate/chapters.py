"""The chapters of a simulated pathway: work-up, treatment, after-treatment and the heart conditions."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from stream.law.clock import LimitName
from stream.simulate.days import day_of
from stream.simulate.story import Story
from stream.simulate.waiting import Wait, wait

CONSENT: Final = "consent"
REFERRAL: Final = "referral"
WORK_UP_TAKEN_OVER: Final = "AFV01A1C"
TREATMENT_TAKEN_OVER: Final = "AFV01E1C"


def work_up(story: Story) -> None:
    """Tell a pathway that begins with a suspicion of cancer."""
    package = story.world.shape.package.pick(story.world.rng)
    if _suspicion(story, package) and _decision(story):
        _care(story)
        if not story.ended and story.world.happens(story.chances.relapse):
            _relapse(story, package)


def treatment(story: Story) -> None:
    """Tell a pathway that comes from elsewhere to treatment."""
    package = story.world.shape.package_of_treatment.pick(story.world.rng)
    _referral(story, "treatment", "cancer", package)
    _care(story, referred=True)


def aftertreatment(story: Story) -> None:
    """Tell a pathway that comes from elsewhere to after-treatment."""
    _aftercare(story, story.world.shape.package_of_treatment.pick(story.world.rng))


def heart(story: Story, condition: str) -> None:
    """Tell a pathway of one of the heart conditions."""
    right = f"heart.{condition}"
    _referral(story, "treatment", condition, None)
    referred = day_of(story.latest)
    at = story.hour(story.world.days.after(referred, story.world.rng.randint(0, 4)))
    story.tell("consent-given", at, line="initial", condition=condition, modality="revascularisation")
    nominal = _nominal(story, right, {REFERRAL: referred, CONSENT: day_of(at)})
    said = {"modality": "revascularisation", "condition": condition}
    wait(story, Wait(nominal, "treatment", "treatment-started", said, story.chances.interrupted_other))


CHAPTERS: Final[Mapping[str, Callable[[Story], None]]] = {
    "workup": work_up,
    "treatment": treatment,
    "aftertreatment": aftertreatment,
    "left_main": lambda story: heart(story, "left_main"),
    "unstable_angina": lambda story: heart(story, "unstable_angina"),
    "post_mi": lambda story: heart(story, "post_mi"),
}
"""How each beginning in the shape's `pathways` is told."""


def _suspicion(story: Story, package: str, **said: Any) -> bool:
    """Tell the referral and the work-up; True when cancer is found."""
    _referral(story, "workup", "cancer", package, **said)
    nominal = _nominal(story, "cancer.workup", {REFERRAL: day_of(story.latest)})
    _hand_over(story, WORK_UP_TAKEN_OVER)
    if story.world.happens(story.chances.phone_first):
        story.tell("workup-started", story.hour(day_of(story.latest)), attendance="phone")
    start = Wait(nominal, "workup", "workup-started", {"attendance": "physical"}, story.chances.interrupted_workup)
    if not wait(story, start):
        return False
    story.tell("workup-completed", _working_days_on(story, 2, 14))
    informed = _inform(story)
    if story.world.happens(story.chances.cancer_found) or said:
        return True
    if story.world.happens(story.chances.ended_when_refuted):
        story.latest = max(story.latest, informed)
        story.end(_working_days_on(story, 0, 4), "refuted")
    return False


def _relapse(story: Story, package: str) -> None:
    story.latest = story.hour(story.world.days.after(day_of(story.latest), story.world.rng.randint(30, 110)))
    if _suspicion(story, package, relapse=True) and _decision(story):
        _care(story)


def _decision(story: Story) -> bool:
    """Tell the diagnosis and the conference; True when it decides for treatment."""
    _diagnosis(story)
    if story.world.happens(story.chances.more_workup):
        story.tell("conference-decided", _working_days_on(story, 0, 3), decision="treatment")
        story.tell("conference-decided", _working_days_on(story, 1, 4), decision="more_workup")
    if story.world.happens(story.chances.no_treatment):
        story.tell("conference-decided", _working_days_on(story, 0, 4), decision="no_treatment")
        story.end(_working_days_on(story, 0, 5), "other")
        return False
    return True


def _diagnosis(story: Story) -> None:
    if not story.world.happens(story.chances.diagnosis_set):
        return
    code = story.world.shape.diagnosis.pick(story.world.rng)
    if story.world.happens(story.chances.melanoma):
        code = "DC439"
    elif story.world.happens(story.chances.not_covered):
        code = "DC449"
    story.tell("diagnosis-set", _working_days_on(story, 0, 1), code=code)


def _care(story: Story, *, referred: bool = False) -> None:
    """Tell consent and treatment, and what may follow; `referred`: a referral to treatment was just told."""
    modality = story.world.shape.modality.pick(story.world.rng)
    started: dict[LimitName, int] = {REFERRAL: day_of(story.latest)} if referred else {}
    # A conference that asked for more work-up left the line without its referral limit: only a new one begins it.
    if not referred and not story.world.happens(story.chances.consent_alone):
        story.tell("conference-decided", _working_days_on(story, 0, 4), decision="treatment", modality=modality)
        started[REFERRAL] = day_of(story.latest)
    story.tell("consent-given", _working_days_on(story, 0, 7), line="initial", modality=modality)
    nominal = _nominal(story, "cancer.treatment", {CONSENT: day_of(story.latest), **started})
    _hand_over(story, TREATMENT_TAKEN_OVER)
    if story.world.happens(story.chances.excluded):
        story.tell("right-excluded", story.hour(day_of(story.latest)), right="cancer.treatment", reason="other")
    interrupted = story.chances.interrupted_other
    if not wait(story, Wait(nominal, "treatment", "treatment-started", {"modality": modality}, interrupted)):
        return
    if modality == "surgery" and story.world.happens(story.chances.aftertreatment_after_surgery):
        story.latest = _working_days_on(story, 8, 25)
        _aftercare(story, None)


def _aftercare(story: Story, package: str | None) -> None:
    _referral(story, "aftertreatment", "cancer", package)
    referred = day_of(story.latest)
    modality = "radiotherapy" if story.world.happens(0.5) else "medical"
    story.tell("consent-given", _working_days_on(story, 0, 7), line="aftertreatment", modality=modality)
    nominal = _nominal(story, "cancer.aftertreatment", {REFERRAL: referred, CONSENT: day_of(story.latest)})
    interrupted = story.chances.interrupted_other
    wait(story, Wait(nominal, "aftertreatment", "aftertreatment-started", {"modality": modality}, interrupted))


def _referral(story: Story, purpose: str, condition: str, package: str | None, **said: Any) -> None:
    at = story.hour(day_of(story.latest))
    details: dict[str, Any] = {"purpose": purpose, "condition": condition, **said}
    if package is not None:
        details["package"] = package
    details["route"] = _route(story, purpose)
    details["residence"] = _residence(story)
    story.tell("referral-received", at, **details)
    if package is not None and story.site.by_markers and story.world.happens(story.chances.package_markers):
        story.marker(f"AF{package}{'A' if purpose == 'workup' else 'C1'}", story.hour(day_of(at)))
    _inform(story)


def _route(story: Story, purpose: str) -> str:
    if purpose == "workup":
        return story.world.shape.route.pick(story.world.rng)
    return "other_hospital" if story.world.happens(0.4) else "in_house"


def _residence(story: Story) -> str:
    """Return the region where the patient lives, under the name that it has on the day."""
    site = story.site
    if story.world.happens(story.chances.other_residence):
        site = story.world.sites.pick(story.world.rng)
    return story.world.units.region_on(site.region, date.fromordinal(day_of(story.latest)))


def _inform(story: Story) -> int:
    """Tell the patient date and place, mostly within the working days of that duty; returns the moment."""
    rng, days = story.world.rng, story.world.days
    if story.world.happens(story.chances.never_informed):
        return story.latest
    late = story.world.happens(story.chances.informed_late)
    span = rng.randint(9, 14) if late else min(rng.randint(0, 7), rng.randint(1, 7))
    informed = story.hour(days.after(day_of(story.latest), span))
    story.tell_later("patient-informed", informed, about="date_and_place")
    return informed


def _hand_over(story: Story, marker: str) -> None:
    if not story.world.happens(story.chances.transferred):
        return
    rng = story.world.rng
    site = rng.choice(story.world.sites.near(story.site))
    story.move(site, rng.choice(site.units), _working_days_on(story, 0, 1), marker)


def _nominal(story: Story, right: str, started: Mapping[LimitName, int]) -> int:
    """Return the deadline (ordinal) of a right whose limits started on these days, without pauses."""
    return min(day + story.world.limits[right][limit] for limit, day in started.items())


def _working_days_on(story: Story, fewest: int, most: int) -> int:
    number = story.world.rng.randint(fewest, most)
    return story.hour(story.world.days.after(day_of(story.latest), number))
