"""The stages of a plan, in their order: who may be told, who is told of an end, who is not, and when."""

from typing import Final

from alerts.notifier.draft import Stage
from alerts.notifier.stages.people import people
from alerts.notifier.stages.repeats import repeats
from alerts.notifier.stages.roles import roles
from alerts.notifier.stages.silence import silence
from alerts.notifier.stages.timing import timing
from alerts.notifier.stages.told import told

STAGES: Final[tuple[Stage, ...]] = (roles, people, told, silence, repeats, timing)
