"""What the law refuses: a few typed errors, each saying what to do next."""


class LawError(ValueError):
    """The law cannot answer what it was asked. The message says what to give instead."""


class RulebookError(LawError):
    """The rulebook cannot be read, or has no such right or reading."""


class CalendarRangeError(LawError):
    """A date lies outside the years for which the public holidays are known."""


class CountError(LawError):
    """The dates given to the counting tool start no limit of the right, or contradict each other."""
