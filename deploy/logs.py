"""Structured logs: one JSON object a line in production, plain text on a terminal. Both go to stderr.

Of an exception its type and where it was raised are told, never its message: that may quote an event.

Whatever a caller gives in `extra` becomes a field of the line (event id, pathway reference, partition, offset). The
rule that no CPR number, name or diagnosis text is logged is kept where the line is written.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO

LogFormat = Literal["json", "text"]

_BUILT_IN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_CHATTY: Final = ("faust", "mode", "aiokafka", "uvicorn", "asyncio", "httpx")
"""Libraries that tell of every step at INFO: only their warnings are of use here."""


class _QuietFormatter(logging.Formatter):
    """Tells of exceptions without their messages."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's own name
        """Return where an exception was raised and its type, and the same of what caused it."""
        told, error = [], ei[1]
        while error is not None:
            frames = traceback.extract_tb(error.__traceback__)
            told += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
            told.append(type(error).__name__)
            error = error.__cause__ or error.__context__
        return "\n".join(told)


def _without_messages(record: logging.LogRecord) -> bool:
    """Put the type where a library gives an exception to be written into the line."""
    if isinstance(record.args, tuple):
        record.args = tuple(type(each).__name__ if isinstance(each, BaseException) else each for each in record.args)
    return True


class JsonFormatter(_QuietFormatter):
    """One JSON object a line, with `at` in UTC, `level`, `logger`, `message`, the extra fields and `error`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **extra_fields(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(_QuietFormatter):
    """Time, level, logger, message and the extra fields, for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", datefmt="%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """Return the line, with the extra fields as key=value at its end."""
        extras = "".join(f" {key}={value}" for key, value in extra_fields(record).items())
        return super().formatMessage(record) + extras


def extra_fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return what the caller gave in `extra`."""
    return {key: value for key, value in vars(record).items() if key not in _BUILT_IN}


def configure(log_format: LogFormat, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all logs to `stream` (stderr by default) in the given format, replacing earlier handlers."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    handler.addFilter(_without_messages)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.getLogger("mode.timers").setLevel(logging.ERROR)  # tells of every timer that took long
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
