"""The intake agent: reads the inbox and writes what intake decides. It keeps nothing."""

from collections.abc import Sequence
from typing import Any

from stream.worker.intake import Intake, Raw
from stream.worker.slices import judged
from stream.worker.transport import Outbox, Record, Run, settled_together


class Inbox:
    """The agent over fristvagt.inbox."""

    def __init__(self, app: Any, intake: Intake) -> None:
        self.app = app
        self.intake = intake

    async def agent(self, stream: Any) -> None:
        """Read runs for ever."""
        async for runs in settled_together(stream):
            await self.take(runs)

    async def take(self, runs: Sequence[Run]) -> None:
        """Judge every record of runs and return when the outcome is stored. A record may be a batch of any length."""
        box = Outbox(self.app)
        for raw in (_raw(run, record) for run in runs for record in run.records):
            async for results in judged(self.intake, raw):
                for topic, key, value, partition in (output for result in results for output in result.outputs):
                    box.send(topic, key, value, partition=partition)
        await box.store()


def _raw(run: Run, record: Record) -> Raw:
    return Raw(record.value, record.headers, record.key, run.topic, run.partition, record.offset)
