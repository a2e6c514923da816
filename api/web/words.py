"""The words of the pages in Danish, from data (``texts.toml``), and sentences made of them. Pure."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final

from api.web.dates import short_date

INFORMATION: Final = "information."
NO_TIER: Final = "none"


@cache
def texts() -> dict[str, Any]:
    """Return the tables of the text file."""
    return tomllib.loads(resources.files("api.web").joinpath("texts.toml").read_text(encoding="utf-8"))


def word(table: str, key: str | None) -> str:
    """Return a word; a key without one is shown as it is, so that nothing is hidden."""
    return str(texts()[table].get(key or "", key or "")) if key else ""


def tier(name: str | None) -> Mapping[str, str]:
    """Return a tier's name, icon and cure; None has words too."""
    words: Mapping[str, str] = texts()["tiers"][name or NO_TIER]
    return words


def package(code: str | None) -> str:
    """Return a package as its code and, where it is known, its name."""
    return " ".join(filter(None, (code, texts()["packages"].get(code or ""))))


def step(event_type: str) -> str:
    """Return what a CloudEvent type says that happened."""
    name = event_type.removeprefix("dk.fristvagt.").rpartition(".")[0]
    return word("steps", name) if name in texts()["steps"] else word("steps", "marker")


def days(number: int, one: str = "dag", many: str = "dage") -> str:
    """Write a number of days."""
    return f"{number} {one if number == 1 else many}"


def staffed(number: int) -> str:
    """Write a number of staffed days."""
    return days(number, "bemandet dag", "bemandede dage")


def time_left(clock: Mapping[str, Any], today: date) -> str:
    """Say how much time there is, or how far over the deadline lies."""
    if clock["state"] == "closed":
        return word("outcomes", clock["outcome"])
    if clock["days_over"] > 0:
        return f"{_unit_days(clock, clock['days_over'])} over fristen"
    target = date.fromisoformat(clock["target"])
    if today == target:
        return "I dag er sidste bemandede dag"
    if today > target:
        return "Sidste bemandede dag er gået"
    return f"{staffed(clock['staffed_days_left'])} tilbage"


def why(clock: Mapping[str, Any], today: date) -> str:
    """Say in plain words why a clock stands as it does."""
    reason = clock["reason"]
    offered = clock["offered_date"]
    if clock["state"] in {"paused", "patient_choice", "closed"}:
        return _at_rest(clock)
    if reason == "start_not_registered" or clock["state"] == "unconfirmed":
        return f"Den tilbudte dato, {_short(offered, today)}, er gået, men starten er ikke registreret."
    if clock["right"].startswith(INFORMATION):
        return "Det er ikke registreret, at patienten har fået besked om tid og sted."
    if clock["late_offer"]:
        return f"Den tilbudte dato, {_short(offered, today)}, ligger efter fristen."
    if reason == "timely_date_stands":
        return f"Patienten har en dato inden for fristen: {_short(offered, today)}"
    return "Der er ingen dato til patienten endnu."


def cure(clock: Mapping[str, Any]) -> str:
    """Say what to do about a clock now."""
    if clock["tier"] is None:
        return tier(None)["cure"]
    if clock["right"].startswith(INFORMATION):
        return word("cures", "information_passed" if clock["tier"] == "passed" else "information")
    if clock["tier"] == "act" and clock["reason"] in texts()["cures"]:
        return word("cures", clock["reason"])
    if clock["tier"] == "passed" and clock["state"] == "unconfirmed":
        return word("cures", "start_not_registered_passed")
    return tier(clock["tier"])["cure"]


def _at_rest(clock: Mapping[str, Any]) -> str:
    if clock["state"] == "paused":
        return "Ventetiden er sat på pause af helbredsgrunde. Fristen flytter sig, til pausen slutter."
    if clock["state"] == "patient_choice":
        return "Patienten har sagt nej til en dato inden for fristen. Det er dokumenteret."
    return f"{word('outcomes', clock['outcome'])}."


def _short(day: str | None, today: date) -> str:
    return short_date(date.fromisoformat(day), today) if day else "uden dato"


def _unit_days(clock: Mapping[str, Any], number: int) -> str:
    return days(number, "hverdag", "hverdage") if clock["day_unit"] == "working" else days(number)
