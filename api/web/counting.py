"""The counting page as plain values: what was asked, what is wrong with it in Danish, and the count. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from stream.law.calendar import Calendar
from stream.law.count import CountResult, count
from stream.law.errors import CalendarRangeError, CountError
from stream.law.rulebook import Rulebook

DATE_FIELDS: Final = ("henvisning", "samtykke", "pause_fra", "pause_til")

MESSAGES: Final = {
    "unreadable": "Datoen kan ikke læses. Skriv den som 2026-02-23.",
    "no_right": "Vælg, hvilken rettighed der skal tælles.",
    "no_date": "Angiv en dato, som fristen skal tælles fra.",
    "no_consent": "Denne rettighed tæller kun fra henvisningen. Lad samtykkedatoen stå tom.",
    "half_pause": "Angiv både første og sidste dag af pausen.",
    "no_pause": "Denne rettighed kan ikke sættes på pause. Lad pausen stå tom.",
    "pause_order": "Pausen slutter, før den begynder. Ret en af de to datoer.",
    "needs_referral": "Denne rettighed begynder først med henvisningen. Angiv også henvisningsdatoen.",
    "range": "Datoen ligger uden for de år, hvis helligdage er kendt.",
}


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed in. `texts` holds it as typed, to be shown again; `dates` what could be read."""

    right: str | None
    unit: str | None
    texts: Mapping[str, str]
    dates: Mapping[str, date]
    unreadable: tuple[str, ...]

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> "Form":
        """Read an address."""
        texts = {name: query.get(name, "").strip() for name in DATE_FIELDS}
        dates: dict[str, date] = {}
        unreadable: list[str] = []
        for name, text in texts.items():
            try:
                dates |= {name: date.fromisoformat(text)} if text else {}
            except ValueError:
                unreadable.append(name)
        return cls(query.get("ret") or None, query.get("afdeling") or None, texts, dates, tuple(unreadable))

    @property
    def asked(self) -> bool:
        """Whether anything is to be counted."""
        return any(self.texts.values())


@dataclass(frozen=True, slots=True)
class Counted:
    """The count, or for each field that is wrong what to do."""

    result: CountResult | None
    errors: Mapping[str, str]


def answer(form: Form, rulebook: Rulebook, calendar: Calendar, today: date) -> Counted:
    """Count what the form asks for."""
    errors = mistakes(form, rulebook)
    if errors or form.right is None:
        return Counted(None, errors)
    given: Any = form.dates.get
    pauses = [(given("pause_fra"), given("pause_til"))] if given("pause_fra") else []
    try:
        found = count(form.right, given("henvisning"), given("samtykke"), pauses, rulebook, calendar, today, form.unit)
    except CalendarRangeError:
        return Counted(None, {"henvisning": MESSAGES["range"]})
    except CountError:
        return Counted(None, {"henvisning": MESSAGES["needs_referral"]})
    return Counted(found, {})


def mistakes(form: Form, rulebook: Rulebook) -> dict[str, str]:
    """Return for each field that is wrong what to do about it."""
    if form.unreadable:
        return dict.fromkeys(form.unreadable, MESSAGES["unreadable"])
    right = rulebook.rights.get(form.right or "")
    if right is None:
        return {"ret": MESSAGES["no_right"]}
    if "samtykke" in form.dates and "consent" not in right.limits:
        return {"samtykke": MESSAGES["no_consent"]}
    if not {"henvisning", "samtykke"} & form.dates.keys():
        return {"henvisning": MESSAGES["no_date"]}
    return _pause_mistakes(form, pauses=right.pauses)


def _pause_mistakes(form: Form, *, pauses: bool) -> dict[str, str]:
    begin, end = form.dates.get("pause_fra"), form.dates.get("pause_til")
    if begin is None and end is None:
        return {}
    if not pauses:
        return {"pause_fra": MESSAGES["no_pause"]}
    if begin is None or end is None:
        return {"pause_fra" if begin is None else "pause_til": MESSAGES["half_pause"]}
    return {"pause_til": MESSAGES["pause_order"]} if end < begin else {}
