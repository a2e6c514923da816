"""The time language of the scenarios.

A scenario is a text file. Lines that begin with # are its story; every other line begins with a local time in
Copenhagen and says one thing:

    2026-02-02 09:00         fact consent-given id=consent line=initial modality=surgery
    2026-02-05 07:30..07:35  tell ward raised plan
    2026-02-05 10:15         hk acknowledge seen_tier=plan
    2026-02-05 10:15         answer refused no_tier

`fact` is an event of the patient: `id=` names it, `happened=` says when it was if not now. A name with a kind of
command is somebody of staff, `again` that command once more under its id, `answer` what came of it: accepted, or
refused and why. `ledger KIND REASON` is what the patient's last record there says (`alerts=2`: of two alerts, the last
two).

`tell` is a message: to whom, what, and which tier holds (`-`: none). Its window says between when it has to be sent.
`channel=webhook` where it is no mail, `alerts=` where more than one are in the message, `late=true` or
`unverified=true` where it says that of itself, `language=` and `address=` where these matter.
What is sent and not told of is an error, and so is what is told of and not sent.

    restart                    worker and notifier end, and begin anew (A..B: at B) with the policy file as it is
    policy NAME                the policy file becomes policies/usual.toml and NAME.toml; the notifier looks at it
    policy NAME refused        the same, and it cannot be used
    mail refuses               the mail server is busy until `mail takes`; `webhook` likewise
    unreachable NAME           the mail server knows no such address any more
    test route                 what `fristvagt notifier --test` does
    intake stops               what hospitals send waits in the inbox until `intake returns`

Without `patient=` it is patient a. `A..B` may leave out the date of B. The steps of one time are taken in their order.
When summer time ends 02:30 comes twice: the second is written 02:30B.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stream.law.fact import COPENHAGEN

DAY = len("2026-02-02")
PATIENT = "a"
SECOND = "B"
"""Behind a local time: the second of its two."""


@dataclass(frozen=True)
class Step:
    """One line: `at` (UTC) up to `until`, its words, and its NAME=VALUE fields."""

    line: int
    at: datetime
    until: datetime
    words: tuple[str, ...]
    fields: dict[str, Any]


@dataclass(frozen=True)
class Told:
    """What a message tells somebody of one patient's alert, and how many are in it.

    Language and address: "" is any.
    """

    recipient: str
    what: str
    tier: str | None
    patient: str = PATIENT
    channel: str = "mail"
    alerts: int = 1
    late: bool = False
    unverified: bool = False
    language: str = ""
    address: str = ""

    def fits(self, sent: "Told") -> bool:
        """Say whether what was sent is what this tells of."""
        return sent == replace(self, language=self.language or sent.language, address=self.address or sent.address)


def read_scenario(path: Path) -> list[Step]:
    """Return the steps of a file in order of time. Raises ValueError naming the line."""
    lines = enumerate(path.read_text("utf-8").splitlines(), start=1)
    steps = [_step(number, text) for number, text in lines if text.strip() and not text.startswith("#")]
    return sorted(steps, key=lambda step: step.at)


def told(step: Step) -> Told:
    """Return the message that a `tell` line tells of. Raises ValueError naming the line."""
    try:
        _, recipient, what, tier = step.words
        said = {name: step.fields.get(name) == "true" for name in ("late", "unverified")}
        more = step.fields | said | {"alerts": int(step.fields.get("alerts", 1))}
        return Told(recipient, what, None if tier == "-" else tier, **more)
    except (TypeError, ValueError):
        known = "[patient=] [channel=] [alerts=] [late=] [unverified=] [language=] [address=]"
        raise ValueError(f"line {step.line}: write tell RECIPIENT WHAT TIER {known}") from None


def _step(number: int, text: str) -> Step:
    day, time, *rest = text.split()
    first, dots, last = time.partition("..")
    try:
        at = _moment(f"{day} {first}")
        until = _moment(last.replace("_", " ") if len(last) > DAY else f"{day} {last}") if dots else at
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from error
    if until < at or not rest:
        raise ValueError(f"line {number}: write a time or FROM..TO, and what happens")
    fields = dict(word.split("=", 1) for word in rest if "=" in word)
    return Step(number, at, until, tuple(word for word in rest if "=" not in word), fields)


def _moment(text: str) -> datetime:
    """Return the moment in UTC: two local times of one zone are compared as if no hour came twice."""
    local = datetime.fromisoformat(text.removesuffix(SECOND)).replace(tzinfo=COPENHAGEN)
    return local.replace(fold=int(text.endswith(SECOND))).astimezone(UTC)
