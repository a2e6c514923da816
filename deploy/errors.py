"""What can go wrong at the command line, and the exit code each has: 1 the answer is "no", 2 the input is bad."""

from typing import ClassVar


class CommandError(Exception):
    """Ends the command with one line on stderr and `exit_code`. The message says what to do next."""

    exit_code: ClassVar[int] = 1

    @property
    def line(self) -> str:
        """The message on one line."""
        return " ".join(str(self).split())


class BadInputError(CommandError):
    """What was asked cannot be read or done as asked: a setting, a file, a date, a port in use."""

    exit_code: ClassVar[int] = 2


class AnswerNoError(CommandError):
    """What was asked was done, and the answer is "no"."""
