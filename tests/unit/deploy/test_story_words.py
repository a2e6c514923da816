"""A story has words for every code that ledger and notifier write."""

from typing import get_args

import pytest

from alerts import acts
from alerts.commands import NoteReason, SnoozeReason
from alerts.deciding import REFUSALS
from alerts.delivery.message import What
from alerts.ledger import Kind
from alerts.lifecycle import RETRACTED
from alerts.notifier.draft import Why, WhyNot
from alerts.tiers import Reason
from deploy.story.words import texts, word

ACTS = {acts.HANDED_OVER, acts.WATCHED, acts.UNWATCHED, acts.ESCALATED, acts.RUNG_WITHDRAWN, *acts.SAME_TIER}
OF_COMMANDS = {"acknowledged", "duty_to_act", "registration_error", *get_args(NoteReason), *get_args(SnoozeReason)}


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("kinds", set(get_args(Kind))),
        ("reasons", {*get_args(Reason), RETRACTED, *ACTS, *OF_COMMANDS, *REFUSALS}),
        ("whats", set(get_args(What))),
        ("whys", set(map(str, Why))),
        ("why_nots", set(map(str, WhyNot))),
    ],
)
def test_every_code_has_words_and_no_words_are_left_over(table: str, codes: set[str]) -> None:
    assert set(texts()[table]) == codes


def test_a_code_of_another_version_is_shown_as_it_is() -> None:
    assert (word("kinds", "raised"), word("kinds", "new")) == ("a warning is raised (raised)", "new")
