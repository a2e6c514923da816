"""Ten thousand mutated events through the whole stream: each is a fact or a dead letter with a reason."""

import random
from collections import Counter
from datetime import UTC, datetime

import pytest

from stream.worker.names import DEADLETTERS, FACTS, INBOX
from stream.worker.transport import Outgoing
from tests.embedded.stack import PARTITIONS, ManualClock, Stack
from tests.unit.engine.events import ENGINE
from tests.unit.facts.test_fuzz import REASONS, ROUNDS, mutants

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
PATIENTS = 700
"""The mutants are of one patient and identity; they are spread, so that each counts."""


@pytest.mark.slow
async def test_no_mutant_stops_the_stream_and_none_is_lost(tmp_path) -> None:
    raws = [
        raw.replace(b"k1:9f2c", b"k1:9f2c%d" % (n % PATIENTS)).replace(b'"e-1"', b'"e-%d"' % n)
        for n, raw in enumerate(mutants(random.Random(31)))
    ]
    async with Stack(tmp_path, ManualClock(AT), ENGINE, intake=True) as stack:
        await stack.write([Outgoing(INBOX, None, raw, n % PARTITIONS) for n, raw in enumerate(raws)])
        await stack.settle()
        reasons = Counter(letter["reason"] for letter in await stack.read(DEADLETTERS))
        assert len(await stack.records(FACTS)) + reasons.total() == ROUNDS
        assert set(reasons) == REASONS
        assert len(stack.watch.quarantined) == 0
