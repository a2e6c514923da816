"""One pathway while its facts are taken in order: which lines open, run and close.

Nothing here names a right, a number of days or a diagnosis: what starts, ends and closes what is read from the
rulebook. The steps that work alike for every right (offers, pauses, transfers, ends) are named by their step.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec.structs import replace

from stream.law.clock import LimitName
from stream.law.fact import REFERRAL_TAKEN_OVER, Fact
from stream.law.line import ClosedBy, EarlyStart, Line, closed_by_start_on, newest_open
from stream.law.offers import OfferBook, OfferState
from stream.law.pauses import Pause, resume
from stream.law.rulebook import EVERY_CONDITION, NO_RULES, Right, Rulebook, StepPattern, StepRules


class PathwayFold(msgspec.Struct, gc=False):
    """The lines of one pathway while its facts are taken in order."""

    rulebook: Rulebook
    condition: str | None
    offer_book: OfferBook
    excluded_from: int | None = None
    """Position of the diagnosis since which an exclusion holds, if the last diagnosis is one."""
    lines: dict[str, list[Line]] = {}
    pauses: list[Pause] = []
    loose_offers: list[OfferState] = []
    early_starts: dict[str, EarlyStart] = {}
    """By right: a start that found no open clock. It closes what opens later on its local date."""
    started: set[str] = set()
    until_seen: dict[str, bool] = {}
    held: dict[str, dict[LimitName, Fact]] = {}
    excluded: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.lines = {right: [] for right in self.rulebook.rights}

    @property
    def rights(self) -> Mapping[str, Right]:
        """The rights of the rulebook, those of every condition (information) last."""
        return self.rulebook.rights

    def condition_of(self, fact: Fact) -> str | None:
        """Return the condition a fact belongs to: its own, else the pathway's, else the default one.

        A modality that is foreign to the default condition belongs to none of its rights.
        """
        own = fact.fields.get("condition")
        if own in self.rulebook.conditions:
            return str(own)
        if self.condition is not None:
            return self.condition
        default = self.rulebook.default_condition
        foreign = self.rulebook.conditions[default].foreign_modalities
        return None if fact.fields.get("modality") in foreign else default

    def covers(self, right: Right, condition: str | None) -> bool:
        """Tell whether a right covers the condition."""
        return right.condition in (EVERY_CONDITION, condition)

    def take(self, fact: Fact, position: int) -> None:
        """Take the next fact. `position` is its place in the patient's order."""
        fact = self._taken_over(fact)
        handler = _HANDLERS.get(fact.step)
        if handler is not None:
            handler(self, fact)
        if fact.step == "diagnosis-set" and position == self.excluded_from:
            self._exclude(fact)
        rules = self.rulebook.rules_for(fact.step)
        if rules is not NO_RULES:
            self._apply(rules, fact, self.condition_of(fact))

    def _apply(self, rules: StepRules, fact: Fact, condition: str | None) -> None:
        for right, limit, pattern in rules.ends:
            if self.covers(right, condition) and pattern.matches(fact):
                self._end_limit(right, limit, fact)
        self._start_limits(rules, fact, condition)
        closing = [
            right
            for right, pattern in rules.closes
            if pattern.matches(fact) and self._closes(right, rules, fact, condition)
        ]
        if closing:
            self._close(closing, fact)
        for right, until in rules.untils:
            if self.covers(right, condition) and until.matches(fact):
                self.until_seen[right.id] = True

    # -- starts

    def _start_limits(self, rules: StepRules, fact: Fact, condition: str | None) -> None:
        repeated = False
        for right, limit, pattern in rules.starts:
            if not pattern.matches(fact) or (right.condition == EVERY_CONDITION and repeated):
                continue
            if self.covers(right, condition):
                repeated |= self._start(right, limit, pattern, fact) and right.repeat
            elif right.repeat:
                repeated |= self._repeats(right, fact)

    def _repeats(self, right: Right, fact: Fact) -> bool:
        """Tell whether a referral of another condition repeats an open clock; a relapse never does."""
        return fact.fields.get("relapse") is not True and any(line.is_open_clock for line in self.lines[right.id])

    def _start(self, right: Right, limit: LimitName, pattern: StepPattern, fact: Fact) -> bool:
        """Start a limit; return whether the fact was a repeat that started nothing new."""
        lines = self.lines[right.id]
        relapse = fact.fields.get("relapse") is True
        fresh = relapse or right.lines == "each_start"
        # A start closes every open line, so an open one beside it is a relapse of the same day: the start's line first.
        line = None if fresh else closed_by_start_on(lines, fact.on) or newest_open(lines)
        if line is not None:
            return self._start_in(line, limit, fact)
        if fresh or self._may_open(right, pattern, fact):
            self._open(right, limit, fact)
        elif pattern.opens == "held":
            self.held.setdefault(right.id, {}).setdefault(limit, fact)
        return False

    def _start_in(self, line: Line, limit: LimitName, fact: Fact) -> bool:
        if limit in line.limits:
            line.note("repeat", fact, limit=limit)
            return True
        appears = line.is_open and not line.limits
        line.begin(limit, fact)
        if appears:
            self._gather_offers(line)
        return not line.is_open

    def _may_open(self, right: Right, pattern: StepPattern, fact: Fact) -> bool:
        if pattern.opens != "unless_started":
            return pattern.opens == "always"
        early = self.early_starts.get(right.id)
        if early is not None and early.fact.on == fact.on:
            return early.could_open
        return self._could_open(right)

    def _could_open(self, right: Right) -> bool:
        return right.id not in self.started or self.until_seen.get(right.id, False)

    def _open(self, right: Right, limit: LimitName, fact: Fact) -> None:
        lines = self.lines[right.id]
        line = Line(right, len(lines) + 1, fact.unit, fact)
        lines.append(line)
        line.note("opened", fact)
        for name, held in self.held.pop(right.id, {}).items():
            line.begin(name, held)
        line.unit, line.opened_by = fact.unit, fact
        line.begin(limit, fact)
        self._gather_offers(line)
        early = self.early_starts.get(right.id)
        if right.condition in self.excluded:
            line.close("not_covered", fact, fact.on, why="diagnosis")
        elif early is not None and early.fact.on == fact.on:
            line.close("start", early.fact, early.fact.on)

    # -- ends and closings

    def _end_limit(self, right: Right, limit: LimitName, fact: Fact) -> None:
        line = newest_open(self.lines[right.id])
        if line is not None:
            line.end_limit(limit, fact)

    def _close(self, rights: Sequence[Right], fact: Fact) -> None:
        found = any(line.is_open_clock for right in rights for line in self.lines[right.id])
        for right in rights:
            self._close_lines(right, "start", fact)
            if found:
                self.early_starts.pop(right.id, None)
            else:
                self._note_early(right, fact)
            self.started.add(right.id)
            self.until_seen[right.id] = False

    def _note_early(self, right: Right, fact: Fact) -> None:
        before = self.early_starts.get(right.id)
        same_day = before is not None and before.fact.on == fact.on
        could_open = before.could_open if before is not None and same_day else self._could_open(right)
        self.early_starts[right.id] = EarlyStart(fact, could_open)

    def _closes(self, right: Right, rules: StepRules, fact: Fact, condition: str | None) -> bool:
        if self.covers(right, condition):
            return True
        # A step that only one condition's rights know (after-treatment) closes them in any pathway, unless the
        # fact itself names another condition.
        named = fact.fields.get("condition") in self.rulebook.conditions
        return condition is not None and not named and all(other.condition != condition for other, _ in rules.closes)

    def _close_lines(self, right: Right, kind: ClosedBy, fact: Fact, **values: str) -> None:
        for line in self.lines[right.id]:
            if line.is_open:
                line.close(kind, fact, fact.on, **values)

    def end(self, fact: Fact) -> None:
        """Close all open lines as interrupted, and forget what waited for a line to open."""
        for right in self.rights.values():
            self._close_lines(right, "interrupted", fact, reason=fact.fields.get("reason", "other"))
        self.held.clear()

    def _exclude(self, fact: Fact) -> None:
        code = fact.fields.get("code", "")
        self.excluded = tuple(
            condition
            for exclusion in self.rulebook.exclusions
            if code.startswith(exclusion.diagnosis)
            for condition in exclusion.conditions
        )
        for right in self.rights.values():
            if right.condition in self.excluded:
                self._close_lines(right, "not_covered", fact, why="diagnosis")

    def _exclude_right(self, fact: Fact) -> None:
        right = self.rights.get(fact.fields.get("right", ""))
        if right is not None:
            self._close_lines(right, "not_covered", fact, why=fact.fields.get("reason", "other"))

    # -- offers, pauses, owners

    def _offer(self, fact: Fact) -> None:
        offer = self.offer_book.offered(fact)
        if offer is None:
            return
        for rights in self._rights_offered(offer.purpose):
            open_clocks = [line for right in rights for line in self.lines[right.id] if line.is_open_clock]
            if open_clocks:
                for line in open_clocks:
                    line.take(offer)
                return
        self.loose_offers.append(offer)

    def _rights_offered(self, purpose: str) -> tuple[list[Right], list[Right]]:
        """Return the rights an offered date can belong to: those of the pathway's condition first."""
        rights = [right for right in self.rights.values() if right.offers == purpose]
        condition = self.condition or self.rulebook.default_condition
        first = [right for right in rights if self.covers(right, condition)]
        return first, [right for right in rights if right not in first]

    def _gather_offers(self, line: Line) -> None:
        purpose, loose = line.right.offers, self.loose_offers
        self.loose_offers = [offer for offer in loose if offer.purpose != purpose]
        for offer in (offer for offer in loose if offer.purpose == purpose):
            line.take(offer)

    def _move_surgery(self, fact: Fact) -> None:
        """Withdraw what stands for the operation; a clock that is closed keeps its history."""
        open_lines = [line for lines in self.lines.values() for line in lines if line.is_open]
        for offer in [*(offer for line in open_lines for offer in line.offers), *self.loose_offers]:
            if offer.purpose == "treatment" and offer.stands:
                offer.withdrawn = True
        self._offer(fact)

    def _answer(self, fact: Fact) -> None:
        self.offer_book.answered(fact)

    def _pause(self, fact: Fact) -> None:
        self.pauses.append(Pause(fact, fact.on))

    def _resume(self, fact: Fact) -> None:
        resume(self.pauses, fact)

    def _transfer(self, fact: Fact) -> None:
        self._move_to(fact, self.rights.values(), fact.fields.get("to_unit"))

    def _move_to(self, fact: Fact, rights: Iterable[Right], unit: str | None) -> bool:
        moved = [line for right in rights for line in self.lines[right.id] if line.is_open_clock]
        for line in moved if unit is not None else ():
            line.note("transferred", fact, **{"from": line.unit or "", "to": unit or ""})
            line.unit = unit
        return bool(moved)

    def _taken_over(self, fact: Fact) -> Fact:
        """Let a referral received from another unit move the open clock; if none is open, it is the referral."""
        if fact.step != REFERRAL_TAKEN_OVER:
            return fact
        referral = replace(fact, step="referral-received")
        starts = self.rulebook.rules_for(referral.step).starts
        rights = [
            right for right, _, pattern in starts if right.condition != EVERY_CONDITION and pattern.matches(referral)
        ]
        return fact if self._move_to(fact, rights, fact.unit) else referral


_HANDLERS: Final[Mapping[str, Callable[[PathwayFold, Fact], None]]] = MappingProxyType(
    {
        "date-offered": PathwayFold._offer,  # noqa: SLF001 - the table of the class's own steps
        "surgery-moved": PathwayFold._move_surgery,  # noqa: SLF001
        "offer-answered": PathwayFold._answer,  # noqa: SLF001
        "date-cancelled": PathwayFold._answer,  # noqa: SLF001
        "wait-paused": PathwayFold._pause,  # noqa: SLF001
        "wait-resumed": PathwayFold._resume,  # noqa: SLF001
        "unit-transferred": PathwayFold._transfer,  # noqa: SLF001
        "right-excluded": PathwayFold._exclude_right,  # noqa: SLF001
    }
)
