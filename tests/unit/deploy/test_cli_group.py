import pytest
from typer.core import TyperCommand, TyperGroup

from deploy.cli.group import COMMANDS, application, load

CONTRACT = [
    *("demo", "worker", "intake", "projector", "notifier", "api", "replay", "verify", "count", "simulate"),
    *("deadletters", "policy", "backup", "doctor", "settings", "repartition", "reconcile", "ledger"),
]


def test_the_commands_of_the_contract_are_there() -> None:
    assert sorted(COMMANDS) == sorted(CONTRACT)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_says_of_itself_what_the_list_says_of_it(name: str) -> None:
    command = load(name)
    assert (command.name, command.help.splitlines()[0]) == (name, COMMANDS[name].line)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_has_a_help_text(name: str) -> None:
    command = load(name)
    commands = command.commands.values() if isinstance(command, TyperGroup) else [command]
    assert all(param.help for each in commands for param in each.params)


def test_the_list_of_commands_loads_none_of_them() -> None:
    group = application()
    assert all(type(group.get_command(None, name)) is TyperCommand for name in group.list_commands(None))
