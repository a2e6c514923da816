"""The demo's data folder: whose it is, and starting anew."""

import shutil
from pathlib import Path

from deploy.demo.state import StateFile
from deploy.errors import BadInputError
from deploy.records import FILE as RECORDS
from deploy.transport import log_folder
from stream.worker.transport import StoreLockedError
from stream.worker.transport.embedded.files import DirectoryLock
from stream.worker.transport.errors import StoreAccessError


class DataFolder:
    """The folder with the log, the read model, records, mail and the demo's memory. One demo at a time has it."""

    def __init__(self, path: Path) -> None:
        """Take the folder, making it if need be. Raises BadInputError when another demo has it."""
        self.path = path
        try:
            self._lock = DirectoryLock(path)
        except StoreLockedError as error:
            raise BadInputError(f"{error} with --data") from error
        except StoreAccessError as error:
            raise BadInputError(f"cannot use the data folder: {error}") from error
        self.state = StateFile(path)

    @property
    def redis(self) -> Path:
        """Where the embedded Redis keeps its data."""
        return self.path / "redis"

    @property
    def mail(self) -> Path:
        """Where the demo's mail lies."""
        return self.path / "mail"

    def clear(self) -> None:
        """Remove what a demo left, and nothing else that may lie in the folder."""
        for folder in (log_folder(self.path), self.redis, self.mail):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self.state.path, *(self.path / f"{RECORDS}{ending}" for ending in ("", "-wal", "-shm"))):
            file.unlink(missing_ok=True)

    def release(self) -> None:
        """Let another demo have the folder."""
        self._lock.release()
