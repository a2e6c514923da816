"""What to do about a topic that is not as it should be, as `doctor` and a process that cannot start say it."""

from deploy.settings import variable
from stream.worker.transport import Difference


def advice(difference: Difference, *, create: bool = False) -> str:
    """Return the difference and its cure in one sentence. `create`: missing topics have just been asked for."""
    return f"{difference}; {_cure(difference, create=create)}"


def _cure(difference: Difference, *, create: bool) -> str:
    match difference.what:
        case "topic" if create:
            return "Kafka did not make it: look at the broker's log"
        case "topic":
            return "`fristvagt doctor --create` makes it"
        case "partitions" if int(difference.found) < int(difference.wanted):
            return f"set {variable('partitions')}={difference.found}, or move everything with `fristvagt repartition`"
        case "partitions":
            return f"a topic never shrinks: set {variable('partitions')}={difference.found}"
        case "replication":
            return f"raise it with kafka-reassign-partitions.sh, or set {variable('replication')}={difference.found}"
        case setting:
            value = difference.wanted.partition(" ")[0]
            topic = f"--entity-type topics --entity-name {difference.topic}"
            return f"kafka-configs.sh --alter {topic} --add-config {setting}={value} sets it"
