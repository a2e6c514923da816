"""The table of commands, and a group that loads a command's module only when that command is called."""

from importlib import import_module
from typing import Any, Final, NamedTuple

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

DAILY: Final = "With files and dates"
SERVICE: Final = "Processes"
CARE: Final = "Operation"


class Entry(NamedTuple):
    """One command: its module in this package, the line in the list of commands, and its panel there."""

    module: str
    line: str
    panel: str


COMMANDS: Final[dict[str, Entry]] = {
    "demo": Entry("demo", "Show everything on this machine: a simulated country in fast time, page and API.", SERVICE),
    "worker": Entry("processes", "Watch the facts: evaluate clocks, fire deadlines, raise alerts.", SERVICE),
    "intake": Entry("processes", "Check incoming events and pass them on, or refuse them with a reason.", SERVICE),
    "projector": Entry("processes", "Keep the read model in Redis up to date.", SERVICE),
    "notifier": Entry("notifier", "Tell people of alerts: mail, webhooks, hand-over; keep the ledger book.", SERVICE),
    "api": Entry("processes", "Serve page and API.", SERVICE),
    "count": Entry("count", "Count one limit: deadline and target, every day explained.", DAILY),
    "replay": Entry("replay", "Fold event files, or the topics, into clocks and alerts with the same rules.", DAILY),
    "verify": Entry("verify", "Run golden cases and print each mismatch.", DAILY),
    "simulate": Entry("simulate", "Write synthetic events shaped like the published figures.", DAILY),
    "doctor": Entry("doctor", "Check configuration, data files and every server; make the topics.", CARE),
    "backup": Entry("backup", "Copy the embedded log, while it is in use or not, and read the copy through.", CARE),
    "settings": Entry("settings", "Print every setting, its source, and its value with secrets masked.", CARE),
    "repartition": Entry("repartition", "Move everything to more partitions, while nothing runs.", CARE),
    "reconcile": Entry("reconcile", "Refold the topics and compare with rows, clocks, ledger and Redis; repair.", CARE),
    "ledger": Entry(
        "ledger",
        "Tell what was known of a pathway, export or verify the ledger of warnings, or erase a patient from it.",
        CARE,
    ),
    "deadletters": Entry("deadletters", "List refused events, send them again, or dismiss them.", CARE),
    "policy": Entry("policy", "Check an alert policy, explain whom it tells, or show what it would have sent.", CARE),
}


class LazyGroup(TyperGroup):
    """Lists commands from the table; imports a command's module when it is resolved to be run."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - Typer's signature
        """Return a stand-in that is enough for the list of commands."""
        entry = COMMANDS.get(cmd_name)
        return entry and TyperCommand(cmd_name, help=entry.line, rich_help_panel=entry.panel)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the real command for the first of `args`, its module imported."""
        self.commands = {name: self.get_command(ctx, name) for name in COMMANDS}
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name and command else command, rest


def load(name: str) -> Any:
    """Import the module of a command and return the command: `app` for a group, else the function of its name."""
    module = import_module(f"deploy.cli.{COMMANDS[name].module}")
    if hasattr(module, "app"):
        group = typer.main.get_command(module.app)
        group.name = name
        return group
    single = typer.Typer(add_completion=False, context_settings=CONTEXT, rich_markup_mode="markdown")
    single.command(name, short_help=COMMANDS[name].line)(getattr(module, name))
    return typer.main.get_command(single)


CONTEXT: Final = {"help_option_names": ["-h", "--help"]}


def application() -> Any:
    """Return the whole command line."""
    app = typer.Typer(
        cls=LazyGroup,
        name="fristvagt",
        help="Early warning for the Danish legal maximum waiting times in cancer and heart care.",
        no_args_is_help=True,
        context_settings=CONTEXT,
        pretty_exceptions_enable=False,
    )
    app.callback()(_no_options)
    return typer.main.get_command(app)


def _no_options() -> None:
    """Nothing is common to all commands."""
