"""The topics of the stream, named once."""

from typing import Final

INBOX: Final = "fristvagt.inbox"
FACTS: Final = "fristvagt.facts"
ACTIONS: Final = "fristvagt.actions"
TICKS: Final = "fristvagt.ticks"
CLOCKS: Final = "fristvagt.clocks"
ALERTS: Final = "fristvagt.alerts"
PROGRESS: Final = "fristvagt.progress"
DEADLETTERS: Final = "fristvagt.deadletters"

WATCHED: Final = (FACTS, ACTIONS, TICKS)
"""What the watch agent reads. Co-partitioned: a patient has the same partition in each."""
