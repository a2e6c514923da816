"""The topics and consumer groups of the stream, named once."""

from typing import Final

INBOX: Final = "fristvagt.inbox"
FACTS: Final = "fristvagt.facts"
ACTIONS: Final = "fristvagt.actions"
TICKS: Final = "fristvagt.ticks"
CLOCKS: Final = "fristvagt.clocks"
ALERTS: Final = "fristvagt.alerts"
PROGRESS: Final = "fristvagt.progress"
DEADLETTERS: Final = "fristvagt.deadletters"

ROWS: Final = "fristvagt-watch-patients-changelog"
"""The changelog of the worker's rows, as Faust names it: the app's name, the table's, and a suffix."""

WATCH_GROUP: Final = "fristvagt-watch"
INTAKE_GROUP: Final = "fristvagt-intake"
PROJECTOR_GROUP: Final = "fristvagt-projector"
NOTIFIER_GROUP: Final = "fristvagt-notifier"

WATCHED: Final = (FACTS, ACTIONS, TICKS)
"""What the watch agent reads. Co-partitioned: a patient has the same partition in each."""
