"""What can differ, in words: one kind of difference each, what it means and what puts it right."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """A kind of difference. Its value is a label of metrics."""

    ROW_MISSING = "row_missing"
    ROW_UNREADABLE = "row_unreadable"
    ROW_FOREIGN = "row_foreign"
    ROW_WITHOUT_FACTS = "row_without_facts"
    RECORD = "record"
    QUARANTINED = "quarantined"
    ROW_STATE = "row_state"
    ROW_ALERT = "row_alert"
    OVERDUE_LOOK = "overdue_look"
    CLOCK_MISSING = "clock_missing"
    CLOCK_WRONG = "clock_wrong"
    CLOCK_STRAY = "clock_stray"
    LEDGER_MISSING = "ledger_missing"
    LEDGER_GAP = "ledger_gap"
    REDIS_CLOCK = "redis_clock"
    REDIS_BROKEN = "redis_broken"
    REDIS_ALERT = "redis_alert"
    REDIS_INDEX = "redis_index"


MEANING = {
    Kind.ROW_MISSING: "the worker has no row of a patient with facts",
    Kind.ROW_UNREADABLE: "the row is damaged",
    Kind.ROW_FOREIGN: "the row has a format that this version does not know",
    Kind.ROW_WITHOUT_FACTS: "there is a row, and nothing in the topics that it could come from",
    Kind.RECORD: "the row does not hold the facts, refusals and dismissals of the topics",
    Kind.QUARANTINED: "a record was left out because it could not be applied, and the patient is marked",
    Kind.ROW_STATE: "what the row says of its clocks does not follow from its own facts",
    Kind.ROW_ALERT: "the ledger has gone on without the row",
    Kind.OVERDUE_LOOK: "a due moment went by and nobody looked",
    Kind.CLOCK_MISSING: "a pathway's clocks are not in the clocks topic",
    Kind.CLOCK_WRONG: "the last message of a pathway is not what the row published",
    Kind.CLOCK_STRAY: "the clocks topic has a pathway that its patient's row does not",
    Kind.LEDGER_MISSING: "an alert's last transition is not in the ledger",
    Kind.LEDGER_GAP: "an earlier transition of an alert is not in the ledger",
    Kind.REDIS_CLOCK: "Redis does not hold a pathway's clocks as published",
    Kind.REDIS_BROKEN: "a document in Redis cannot be read",
    Kind.REDIS_ALERT: "Redis does not hold an alert as the ledger leaves it",
    Kind.REDIS_INDEX: "an index in Redis does not agree with its documents",
}
"""What each kind means, for a person."""

FILL_AGAIN = "delete the key fristvagt:meta in Redis: the projector then fills the read model anew"

BEYOND_REPAIR = {
    Kind.ROW_FOREIGN: "start the version of Fristvagt that wrote it, or delete the row if none ever did",
    Kind.ROW_WITHOUT_FACTS: "restore the topics if they have lost records; else delete the row",
    Kind.LEDGER_GAP: "nothing to do for the watch: the alert stands as its later transitions say",
    Kind.REDIS_BROKEN: FILL_AGAIN,
    Kind.REDIS_ALERT: FILL_AGAIN,
    Kind.REDIS_INDEX: f"if it stays when the documents are right, {FILL_AGAIN}",
}
"""What no command to the worker puts right, and what does."""


class Difference(NamedTuple):
    """One difference. `ref` is the pathway, clock or alert concerned, if it is not all of the patient.

    `note` says in what the two differ, in names of fields and counts; never a content.
    """

    kind: Kind
    patient: str
    ref: str = ""
    note: str = ""
