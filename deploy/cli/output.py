"""How commands show what they do: tables on stdout, progress on stderr and only where a person looks on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

PIPE_WIDTH: Final = 240
"""Columns when stdout is no terminal: nothing is cut off for a program that reads it."""

STEPS: Final = 1000
"""A bar is drawn anew at most this often over its whole length: drawing costs more than most work."""


def wide_console() -> Console:
    """Return a console on stdout as wide as the terminal, or wide enough for a pipe."""
    console = Console()
    return console if console.is_terminal else Console(width=PIPE_WIDTH)


class _Rate(ProgressColumn):
    """How much is done a second, in the unit of the total."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f}/s", style="progress.data.speed")


@contextmanager
def progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on stderr while the block runs, if stderr is a terminal.

    Yields a function that is told how much more is done; `total` is how much there is in all.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=total)
        step, waiting = max(1, total // STEPS), 0

        def advance(amount: int) -> None:
            nonlocal waiting
            waiting += amount
            if waiting >= step:
                bar.advance(task, waiting)
                waiting = 0

        yield advance
