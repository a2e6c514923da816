"""What can go wrong between us and the log of records. Every message says what to do next."""

from pathlib import Path


class TransportError(Exception):
    """Records could not be read or stored. Only these errors may end a worker process."""


class OptionsError(TransportError):
    """The transport's settings contradict themselves or are unsafe."""


class StoreError(TransportError):
    """The file of the embedded log cannot be used. The message never quotes a record."""


class StoreLockedError(StoreError):
    """The embedded directory is in use by another process."""


class StoreAccessError(StoreError):
    """The embedded directory or its file cannot be made, read or written."""


class StoreFullError(StoreError):
    """The embedded file cannot grow. Nothing acknowledged is lost."""


class StoreDamagedError(StoreError):
    """The embedded file is not as it was written: a part of it is missing or changed."""

    def __init__(self, path: Path | str, what: str, otherwise: str = "") -> None:
        super().__init__(
            f"{path} is damaged: {what}. Copy the directory away as it is, then restore a backup{otherwise};"
            " deploy/docs/embedded.md says how"
        )


class StoreFormatError(StoreError):
    """The embedded file cannot be read by this version."""


class TopicError(TransportError):
    """A topic is missing, has the wrong shape, or no longer holds what was committed."""


class RecordTooLargeError(TransportError):
    """One record is larger than `max_message_bytes`. Nothing has been sent; the worker may go on without it."""


class SendError(TransportError):
    """Outputs or rows were refused or not acknowledged in time: nothing may be settled after this."""


class NotMemberError(TransportError):
    """The Kafka group goes on without this process: it was not heard of for a session."""


class GroupLostError(TransportError):
    """The client no longer keeps up its membership of the Kafka group, and would never read again."""


class RecoveryStalledError(TransportError):
    """The log did not answer while rows and positions were recovered."""


class UnsettledRunError(TransportError):
    """An agent asked for the next run while outputs of the last one were not stored."""


class AppCrashedError(TransportError):
    """A Faust app has crashed and cannot be used further."""
