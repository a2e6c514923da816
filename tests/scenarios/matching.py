"""What was sent, held against what a scenario tells."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from stream.law.fact import COPENHAGEN
from tests.scenarios.language import Step, Told, told


@dataclass(frozen=True)
class Sent:
    """A message that arrived, and the moment at which the clock stood then (aware)."""

    at: datetime
    message: Told


def faults(steps: Sequence[Step], sent: Iterable[Sent]) -> list[str]:
    """Return what was not sent in its window, and what was sent and is not told of: a line each."""
    open_steps = [step for step in steps if step.words[0] == "tell"]
    found: list[str] = []
    for each in sent:
        fitting = next((step for step in open_steps if _fits(step, each)), None)
        if fitting is None:
            found.append(f"sent, not told of: {_text(each.message)} at {_time(each.at)}")
        else:
            open_steps.remove(fitting)
    missing = (f"line {step.line}: not sent by {_time(step.until)}: {_text(told(step))}" for step in open_steps)
    return [*missing, *found]


def _fits(step: Step, sent: Sent) -> bool:
    return told(step).fits(sent.message) and step.at <= sent.at <= step.until


def _text(message: Told) -> str:
    plain = Told(message.recipient, message.what, message.tier)
    more = [f"{name}={value}" for name, value in vars(message).items() if value != getattr(plain, name)]
    return " ".join((message.recipient, message.what, message.tier or "-", *more))


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(COPENHAGEN):%Y-%m-%d %H:%M}"
