"""Puts the notifier together: database, rules, channels, its Faust app and the tasks beside it."""

import random
import secrets
import uuid
from pathlib import Path
from typing import NamedTuple

from alerts.delivery.channels import Channel
from alerts.notifier.metrics import NotifierMetrics
from alerts.notifier.notifier import Notifier, Outside
from alerts.notifier.policies import Policies
from alerts.notifier.reporting import Reporter
from alerts.policy import PolicyError
from alerts.policy.file import PolicyFile
from alerts.records.errors import RecordsError
from api.projection.app import AppLog
from deploy.errors import BadInputError
from deploy.notifying.app import notifier_app
from deploy.notifying.backlog import backlog_of
from deploy.notifying.channels import channels
from deploy.notifying.feeding import CatchUp, Feed
from deploy.notifying.naming import RuleNames
from deploy.notifying.parts import RecordsPart, SendingPart
from deploy.records import open_records
from deploy.rooms import Room, Rooms
from deploy.rules import RuleFiles, working_day
from deploy.supervise import Part
from stream.clock import WallClock
from stream.worker.names import ALERTS
from stream.worker.transport import WorkerApp


class NotifierRoom(NamedTuple):
    """The notifier's app, and the parts that run beside it: `before` it is started, and `after`."""

    room: Room
    before: Part
    after: Part


def notifier_room(rooms: Rooms, channel: Channel | None = None, policy: Path | None = None) -> NotifierRoom:
    """Build the notifier. `channel` and `policy` stand in for those that the settings name. Raises BadInputError."""
    settings, metrics = rooms.settings, NotifierMetrics.create(rooms.registry)
    files = RuleFiles.of(settings)
    try:
        database, file = open_records(settings), PolicyFile(policy or settings.policy)
    except (RecordsError, PolicyError) as error:
        raise BadInputError(str(error)) from error
    policies = Policies(file, working_day(rooms.engine.calendar), metrics.reload_failed)
    wall = WallClock().now
    outside = Outside(
        database=database,
        channel=channel or channels(settings, lambda: policies.rules.policy, wall),
        names=RuleNames(files.load_rulebook(), rooms.engine.units),
        now=rooms.clock.now,
        wall=wall,
        lot=random.SystemRandom().random,
        salt=lambda: secrets.token_hex(16),
        holder=uuid.uuid4().hex,
    )
    catch_up, feeds = CatchUp(), []
    backlog = backlog_of(rooms.setup, catch_up.reached)
    notifier = Notifier(outside, policies, Reporter(metrics), catch_up.holds, backlog.told_upto)
    metrics.backlog.set_function(backlog.holds)

    def feed_of(app: WorkerApp) -> Feed:
        feeds.append(Feed(notifier, AppLog(app, settings.partitions), settings.partitions, catch_up))
        return feeds[0]

    room = rooms.room("notifier", notifier_app(rooms.setup, feed_of), [ALERTS])
    room.probe.further = lambda: [] if catch_up.holds() else ["notifier: the ledger has not been read to its end"]

    async def look() -> None:
        await feeds[0].look()
        await backlog.look()

    sending = SendingPart(
        notifier,
        look=look,
        look_at_policy=policies.look,
        close=backlog.close,
        finish_seconds=settings.stop_seconds / 3,
    )
    return NotifierRoom(room, RecordsPart(database), sending)
