"""What is dead is tried once more at the same address, since operations say that it was mended there."""

from alerts.notifier.planner import Planner, Rules
from alerts.notifier.readdressing import Retried, retry
from deploy.records import checked_records
from deploy.rules import RuleFiles, calendar_for, working_day
from deploy.settings import Settings


def retry_dead(settings: Settings) -> Retried:
    """Plan it in one transaction; a notifier that runs meanwhile sends it. Raises BadInputError."""
    files = RuleFiles.of(settings)
    rules = Rules.of(files.load_policy(), working_day(calendar_for(files.load_rulebook(), None)))
    with checked_records(settings) as records, records.begin() as connection:
        return retry(Planner(connection, rules, settings.make_clock().now()))
