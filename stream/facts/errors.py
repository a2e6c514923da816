"""The errors of this room. A refused event is no error: it is a `Refusal`, and the patient is marked."""


class UnreadableJsonError(ValueError):
    """Bytes that are no JSON text in UTF-8. `text` is what could be decoded, for the CPR guard alone."""

    def __init__(self, text: str) -> None:
        super().__init__("no JSON text in UTF-8; send one CloudEvent as a JSON object")
        self.text = text


class NestedTooDeepError(ValueError):
    """JSON nested deeper than any event needs; it cannot be searched for CPR numbers safely."""


class UnreadableFactError(ValueError):
    """An event of the facts log that does not parse: the log is damaged, or was written by something else."""


class DataFileError(ValueError):
    """The unit file or the marker map is wrong; the message names the entry and what to write."""


class OtherPatientError(ValueError):
    """A fact of one patient was added to the record of another."""


class RecordFormatError(ValueError):
    """A stored record that this version cannot read; read it with the version that wrote it, or refold the topic."""
