"""The fold: the facts of one patient, in the order in which they happened, become lines of rights."""

from collections.abc import Iterable, Sequence
from typing import Final

from stream.law.fact import Fact
from stream.law.offers import OfferBook
from stream.law.pathway import PathwayFold
from stream.law.rulebook import Rulebook

ENDS_ALL_PATHWAYS: Final = frozenset({"died", "moved"})


def order(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts in the order of the fold; it never depends on the order of arrival."""
    return sorted(facts, key=lambda fact: fact.sort_key)


def pathway_condition(facts: Iterable[Fact], rulebook: Rulebook) -> str | None:
    """Return the condition that names a pathway, wherever its referral stands in the order; None for none."""
    referrals = [
        fact
        for fact in facts
        if fact.step == "referral-received"
        and (condition := rulebook.conditions.get(fact.fields.get("condition", "")))
        and condition.names_pathway
    ]
    to_treatment = (fact for fact in referrals if fact.fields.get("purpose") == "treatment")
    named_by = next(to_treatment, referrals[0] if referrals else None)
    return named_by.fields["condition"] if named_by else None


def fold(facts: Sequence[Fact], rulebook: Rulebook) -> dict[str, PathwayFold]:
    """Fold the live facts of one patient (any order) into the lines of each pathway."""
    ordered = order(facts)
    offer_book = OfferBook()
    folds: dict[str, PathwayFold] = {}
    for pathway in dict.fromkeys(fact.pathway for fact in ordered):
        own = [(position, fact) for position, fact in enumerate(ordered) if fact.pathway == pathway]
        folds[pathway] = PathwayFold(
            rulebook,
            pathway_condition((fact for _, fact in own), rulebook),
            offer_book,
            _excluded_from(own, rulebook),
        )
    for position, fact in enumerate(ordered):
        folds[fact.pathway].take(fact, position)
        if fact.step == "pathway-ended":
            everywhere = fact.fields.get("reason") in ENDS_ALL_PATHWAYS
            for ended in folds.values() if everywhere else (folds[fact.pathway],):
                ended.end(fact)
    return folds


def _excluded_from(facts: Sequence[tuple[int, Fact]], rulebook: Rulebook) -> int | None:
    """Return the position since which the pathway's diagnosis is an excluded one; the last diagnosis decides."""
    since = None
    for position, fact in facts:
        code = fact.fields.get("code")
        if fact.step == "diagnosis-set" and code:
            excluded = any(code.startswith(exclusion.diagnosis) for exclusion in rulebook.exclusions)
            since = (position if since is None else since) if excluded else None
    return since
