"""What can go wrong with the records. Each message says what to do next, and none holds a password."""


class RecordsError(Exception):
    """The records cannot be read or written as asked."""


class DatabaseUrlError(RecordsError):
    """The URL names no database that can be used."""


class DatabaseLostError(RecordsError):
    """The database does not answer, or not as it should.

    Nothing of the transaction was kept, unless it was just being committed: read what is applied before going on.
    """


class SchemaError(RecordsError):
    """The tables are not those that this version works with."""


class NewerSchemaError(SchemaError):
    """The tables were made by a newer version."""


class HeadTextError(RecordsError):
    """A text holds no head of the ledger that can be read."""


class ExportError(RecordsError):
    """A file holds no export of the ledger that can be read."""


class NoteConflictError(RecordsError):
    """A command that kept one note asks to keep another."""


class UnstorableTextError(RecordsError):
    """A text holds characters that no database keeps."""
