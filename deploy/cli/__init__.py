"""The command line: `fristvagt COMMAND`. Exit codes: 0 good, 1 the answer is "no", 2 bad input with one line on stderr.

Commands are loaded when they are called, so that `fristvagt count` does not wait for Kafka clients and web servers.
"""

import logging
import os
import sys
from collections.abc import Sequence

import typer

from deploy.cli.group import application
from deploy.errors import CommandError

INTERRUPTED = 130
"""Exit code of a command that Ctrl-C ended before it was done, as shells count it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code."""
    # A client's warnings would stand between a command's lines; processes have handlers of their own.
    logging.lastResort = logging.NullHandler()
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        return int(application()(args=list(arguments), prog_name="fristvagt", standalone_mode=False) or 0)
    except CommandError as error:
        return _complain(error.line, error.exit_code)
    except typer.TyperException as error:
        return _complain(" ".join(error.format_message().split()), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        return _reader_left()


def _complain(message: str, code: int) -> int:
    """Write the one line; a command called without anything has shown its help instead and has no message."""
    if "kafka_" in message:
        from deploy.settings import with_variables  # noqa: PLC0415 - the settings take a moment to load

        message = with_variables(message)
    if message:
        sys.stderr.write(f"fristvagt: {message}\n")
    return code


def _reader_left() -> int:
    """End quietly when the reader of a pipe (such as `head`) has what it wanted."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
