"""The seal: beside the SQLite file, the number of its last acknowledged transaction.

SQLite takes a write-ahead file whose end is torn off, or that was left behind when the directory was copied, for a
shorter one, and says nothing. The seal notices: it is written after each commit and before the acknowledgement, so it
never says more than the file, unless the file has lost something. It needs no sync of its own: after a power cut it
may say less than the file, and that is no loss.
"""

import os
import sqlite3
from pathlib import Path
from struct import Struct
from typing import Final
from zlib import crc32

from stream.worker.transport.embedded.layout import count_store
from stream.worker.transport.errors import StoreDamagedError

_number = Struct("<QI")
_NAME: Final = "sealed"


def seal_path(directory: Path) -> Path:
    """Return where the seal of a directory lies."""
    return directory / _NAME


def read_seal(directory: Path) -> int | None:
    """Return the number of the last acknowledged transaction; None without a seal. Raises StoreDamagedError."""
    path = seal_path(directory)
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        return None
    if len(found) == _number.size:
        number, crc = _number.unpack(found)
        if crc == _crc(number):
            return int(number)
    raise StoreDamagedError(path, "it holds no number", ", or delete it if records.sqlite is known to be whole")


def check_seal(directory: Path, sealed: int | None, stores: int) -> None:
    """Raise StoreDamagedError if a file with so many transactions lacks some that were acknowledged."""
    if sealed is not None and sealed > stores:
        raise StoreDamagedError(
            directory,
            f"{sealed} stores were acknowledged, and the last {sealed - stores} of them are missing",
            f", or go on without them by deleting {seal_path(directory)}",
        )


class Seal:
    """Writes the seal of a directory that is open for writing."""

    def __init__(self, directory: Path, stores: int) -> None:
        """Make the seal if there is none, and let it say `stores`."""
        path = seal_path(directory)
        if not path.exists():
            _make(path, stores)
        self._file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        self.set(stores)

    def count(self, db: sqlite3.Connection) -> int:
        """Count the present transaction in the file itself, and return its number."""
        return count_store(db)

    def set(self, stores: int) -> None:
        """Note that `stores` transactions are in the file. Raises OSError."""
        os.pwrite(self._file, _number.pack(stores, _crc(stores)), 0)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def _make(path: Path, stores: int) -> None:
    """Make it whole or not at all."""
    draft = path.with_suffix(".new")
    with draft.open("wb") as file:
        file.write(_number.pack(stores, _crc(stores)))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _crc(number: int) -> int:
    return crc32(number.to_bytes(8, "little"))
