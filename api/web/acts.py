"""What can be done about an alert on its page: the forms, what is wrong with one that was sent, in Danish. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from api.acting import bodies
from api.acting.bodies import Body, Offer
from api.web.words import texts
from stream.facts import cpr

COMMON: Final[Mapping[str, str]] = {"initialer": "actor", "set_varsel": "seen_tier"}
"""Fields of every form that becomes a command, and what they are called there."""
INITIALS: Final = "initialer"
UNTIL: Final = "indtil"
OFFER: Final = "dato"
"""The form of an offered date. It becomes a fact, and not a command about the alert."""


@dataclass(frozen=True, slots=True)
class Act:
    """A form: what comes of it, and what its own fields are called there."""

    body: type[Body | Offer]
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> Mapping[str, str]:
        """What all its fields are called in the command."""
        common = COMMON if issubclass(self.body, Body) else {INITIALS: COMMON[INITIALS]}
        return {**common, **self.fields}


ACTS: Final[Mapping[str, Act]] = {
    "tag": Act(bodies.Acknowledge),
    "udsaet": Act(bodies.Snooze, {UNTIL: "until", "aarsag": "reason"}),
    "notat": Act(bodies.Note, {"aarsag": "reason", "tekst": "text"}),
    "trin": Act(bodies.TakeRung, {"trin": "to", "konkret": "concrete", "svar": "answer"}),
    "registreringsfejl": Act(bodies.RegistrationError, {"aarsag": "reason", "tekst": "text"}),
    "giv-videre": Act(bodies.HandOver, {"til": "to"}),
    "foelg": Act(bodies.Watch),
    "foelg-ikke": Act(bodies.Unwatch),
    OFFER: Act(Offer, {"dato": "offered_date", "sted": "place", "konkret": "concrete"}),
}
"""The forms by the end of their address."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was sent. `values` are shown again; `errors` say for each field that is wrong what to do."""

    act: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def value(self, act: str, name: str, default: str = "") -> str:
        """Return what stands in a field of a form."""
        return self.values.get(name, "") if act == self.act else default

    def error(self, act: str, name: str) -> str:
        """Return what to do about a field of a form; empty when nothing is wrong."""
        return self.errors.get(name, "") if act == self.act else ""


def fill(
    name: str, form: Mapping[str, str], moments: Mapping[str, str], purpose: str | None = None
) -> tuple[Body | Offer | None, Filled]:
    """Read a form. `moments` are the ends of a snooze that can be chosen, RFC 3339 by their names.

    `purpose` is what a date would be offered for. What is shown again is what was typed, but for CPR numbers.
    """
    act = ACTS[name]
    values = {typed: cpr.mask(text) for typed, text in form.items() if typed in act.names}
    given: dict[str, Any] = {act.names[typed]: text for typed, text in form.items() if typed in act.names}
    if UNTIL in act.fields:
        given["until"] = moments.get(form.get(UNTIL, ""))
    if name == OFFER:
        given = {"concrete": False, **given, "for": purpose}
    try:
        body = act.body.model_validate({key: value for key, value in given.items() if value is not None})
    except ValidationError as error:
        return None, Filled(name, values, _mistakes(act, error))
    return body, Filled(name, values)


def _mistakes(act: Act, error: ValidationError) -> dict[str, str]:
    typed = {inner: outer for outer, inner in act.names.items()}
    found = ((typed.get(str(each["loc"][0]), INITIALS), each["type"]) for each in error.errors())
    return {name: mistake(name, kind) for name, kind in found}


def mistake(name: str, kind: str) -> str:
    """Say what to do about a field with an error of this kind."""
    words = texts()["mistakes"]
    return str(words.get(f"{name}_{kind}") or words.get(kind) or words["other"])
