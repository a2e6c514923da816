"""The rulebook: rights, limits, conditions and readings, read from data.

Every figure of the law lives in ``rulebook.toml`` with its paragraph, source and certainty; this module only gives it
a shape and refuses what does not fit.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from stream.law.clock import LimitName
from stream.law.errors import RulebookError
from stream.law.fact import Fact

DEFAULT_RULEBOOK = Path(__file__).with_name("rulebook.toml")
IN_FORCE = "in_force"
NOT_SAID = ""
EVERY_CONDITION = "*"

type_errors = (msgspec.ValidationError, tomllib.TOMLDecodeError)


class StepPattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which facts are meant: a step, and for each named field the values that fit ("" means: not said)."""

    step: str
    where: dict[str, list[Any]] = {}
    opens: Literal["always", "unless_started", "never", "held"] = "always"
    until: "StepPattern | None" = None

    def matches(self, fact: Fact) -> bool:
        """Tell whether the fact is of this step with fitting fields."""
        if fact.step != self.step:
            return False
        fields = fact.fields
        for name, values in self.where.items():  # noqa: SIM110 - asked so often that the generator would cost the most
            if fields.get(name, NOT_SAID) not in values:
                return False
        return True


class LimitChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """Another number of days for limits that start on or after a date."""

    start: date
    days: int
    source: str


class LimitRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One limit of a right: how many days, what starts it, what ends it."""

    days: int
    paragraph: str
    source: str
    certainty: str
    started_by: list[StepPattern]
    ended_by: list[StepPattern] = []
    changes: list[LimitChange] = []
    setting: str | None = None

    def days_for(self, started_on: date) -> int:
        """Return the days of a limit that starts on the date, in the right's day unit."""
        days = self.days
        for change in sorted(self.changes, key=lambda each: each.start):
            if started_on >= change.start:
                days = change.days
        return days


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A worked example of a right; the examples are run as tests."""

    note: str
    facts: list[dict[str, Any]]
    today: date
    expect: dict[str, Any]


class Right(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One right (rule) with its limits and what closes it."""

    id: str
    family: Literal["waiting", "information"]
    condition: str
    name: dict[str, str]
    day_unit: Literal["calendar", "working"]
    paragraph: str
    source: str
    certainty: str
    valid_from: date
    pauses: bool
    lines: Literal["one_open", "each_start"]
    limits: dict[LimitName, LimitRule]
    closed_by: list[StepPattern]
    offers: str | None = None
    repeat: bool = False
    examples: list[Example] = []


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A condition that rights cover."""

    name: dict[str, str]
    default: bool = False
    names_pathway: bool = False
    foreign_modalities: list[str] = []


class Exclusion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A diagnosis (SKS D-code prefix) that takes conditions out of the rights."""

    diagnosis: str
    conditions: list[str]
    name: dict[str, str]
    paragraph: str
    source: str
    certainty: str


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named reading of a point that the sources leave open."""

    value: str | bool
    alternatives: list[str | bool]
    since: date
    source: str
    certainty: str
    why: str


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named set of settings, evaluated beside or instead of the one in force."""

    name: dict[str, str]
    settings: dict[str, str | bool]


class StepRules(msgspec.Struct, frozen=True):
    """What a step can do, by right: start a limit, end one, close clocks, or let a line open again after a start."""

    starts: tuple[tuple[Right, LimitName, StepPattern], ...] = ()
    ends: tuple[tuple[Right, LimitName, StepPattern], ...] = ()
    closes: tuple[tuple[Right, StepPattern], ...] = ()
    untils: tuple[tuple[Right, StepPattern], ...] = ()


NO_RULES: Final = StepRules()


class _Book(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    valid_from: date
    source: str
    conditions: dict[str, Condition]
    exclusions: list[Exclusion]
    settings: dict[str, Setting]
    readings: dict[str, Reading]
    rights: list[Right]


class Rulebook:
    """The rules in one reading. Immutable."""

    def __init__(self, book: _Book, reading: str = IN_FORCE, digest: str = "") -> None:
        if reading not in book.readings:
            raise RulebookError(f"unknown reading {reading!r}; the rulebook has {', '.join(book.readings)}")
        self._book = book
        self._digest = digest
        self.version = book.version
        self.reading = reading
        self.conditions: Mapping[str, Condition] = book.conditions
        self.exclusions: tuple[Exclusion, ...] = tuple(book.exclusions)
        self.settings: Mapping[str, str | bool] = self._settings_of(reading)
        # Information rights last: a repeated referral, known from the right it repeats, starts none of them.
        rights = sorted(book.rights, key=lambda right: right.condition == EVERY_CONDITION)
        self.rights: Mapping[str, Right] = {right.id: self._in_reading(right) for right in rights}

    @classmethod
    def load(cls, path: Path | None = None, reading: str = IN_FORCE) -> "Rulebook":
        """Read a rulebook file (the one delivered if no path is given). Raises RulebookError."""
        source = path or DEFAULT_RULEBOOK
        try:
            return cls.parse(source.read_text("utf-8"), reading)
        except OSError as error:
            raise RulebookError(f"cannot read the rulebook {source}: {error.strerror}") from error

    @classmethod
    def parse(cls, text: str, reading: str = IN_FORCE) -> "Rulebook":
        """Read a rulebook from TOML text. Raises RulebookError with the place of the mistake."""
        try:
            book = msgspec.convert(tomllib.loads(text), _Book)
        except type_errors as error:
            raise RulebookError(f"the rulebook is not as expected: {error}") from error
        _check(book)
        return cls(book, reading, hashlib.sha256(text.encode()).hexdigest()[:16])

    def read_as(self, reading: str) -> "Rulebook":
        """Return the same rules in another named reading. Raises RulebookError for an unknown one."""
        return Rulebook(self._book, reading, self._digest)

    def as_of(self, day: date) -> "Rulebook":
        """Return the rules as they stood on a date: without the rights and changed limits that began to hold later."""
        rights = [_as_of(right, day) for right in self._book.rights if right.valid_from <= day]
        book = msgspec.structs.replace(self._book, rights=rights)
        return Rulebook(book, self.reading, f"{self._digest}@{day}")

    @property
    def readings(self) -> Mapping[str, Reading]:
        """All named readings."""
        return self._book.readings

    @property
    def setting_sources(self) -> Mapping[str, Setting]:
        """The settings with source, certainty and reason."""
        return self._book.settings

    @property
    def digest(self) -> str:
        """Changes with the text of the rulebook or the reading."""
        return f"{self._digest}.{self.reading}"

    def rules_for(self, step: str) -> StepRules:
        """Return what the rulebook says of a step; nothing for a step that it does not name."""
        return self._by_step.get(step, NO_RULES)

    @cached_property
    def _by_step(self) -> dict[str, StepRules]:
        rights = self.rights.values()
        limits = [(right, name, rule) for right in rights for name, rule in right.limits.items()]
        starts = [(right, name, pattern) for right, name, rule in limits for pattern in rule.started_by]
        ends = [(right, name, pattern) for right, name, rule in limits for pattern in rule.ended_by]
        closes = [(right, pattern) for right in rights for pattern in right.closed_by]
        untils = [(right, pattern.until) for right, _, pattern in starts if pattern.until is not None]
        patterns = [*(each[-1] for each in starts + ends), *(each[-1] for each in closes + untils)]
        steps = {pattern.step for pattern in patterns}
        return {
            step: StepRules(
                starts=tuple(each for each in starts if each[-1].step == step),
                ends=tuple(each for each in ends if each[-1].step == step),
                closes=tuple(each for each in closes if each[-1].step == step),
                untils=tuple(each for each in untils if each[-1].step == step),
            )
            for step in steps
        }

    @cached_property
    def default_condition(self) -> str:
        """The condition of a fact and pathway that name none."""
        return next(name for name, condition in self.conditions.items() if condition.default)

    def right(self, right_id: str) -> Right:
        """Return a right by its id. Raises RulebookError for an unknown one."""
        try:
            return self.rights[right_id]
        except KeyError:
            raise RulebookError(f"unknown right {right_id!r}; the rulebook has {', '.join(self.rights)}") from None

    def _settings_of(self, reading: str) -> dict[str, str | bool]:
        in_force = {name: setting.value for name, setting in self._book.settings.items()}
        return in_force | self._book.readings[reading].settings

    def _in_reading(self, right: Right) -> Right:
        limits = {
            name: rule for name, rule in right.limits.items() if rule.setting is None or self.settings[rule.setting]
        }
        return msgspec.structs.replace(right, limits=limits)


def _as_of(right: Right, day: date) -> Right:
    limits = {
        name: msgspec.structs.replace(rule, changes=[change for change in rule.changes if change.start <= day])
        for name, rule in right.limits.items()
    }
    return msgspec.structs.replace(right, limits=limits)


def _check(book: _Book) -> None:
    if sum(condition.default for condition in book.conditions.values()) != 1:
        raise RulebookError("exactly one condition must have default = true")
    for name, reading in book.readings.items():
        for setting, value in reading.settings.items():
            if setting not in book.settings or value not in book.settings[setting].alternatives:
                raise RulebookError(f"reading {name!r} sets {setting} = {value!r}, which no setting allows")
    for right in book.rights:
        if right.condition != EVERY_CONDITION and right.condition not in book.conditions:
            raise RulebookError(f"right {right.id!r} covers the unknown condition {right.condition!r}")
        for rule in right.limits.values():
            if rule.setting is not None and rule.setting not in book.settings:
                raise RulebookError(f"right {right.id!r} depends on the unknown setting {rule.setting!r}")
