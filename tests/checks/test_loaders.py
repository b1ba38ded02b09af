"""What the program prepares a home with exists."""

from importlib import import_module

from gongbu.config import cli, home


def test_loaders_exist() -> None:
    for _label, where in home.LOADERS:
        module, name = where.split(":")
        assert callable(getattr(import_module(module), name))


def test_commands_exist_and_have_chinese_help() -> None:
    for name, (where, text) in cli.COMMANDS.items():
        module, attribute = where.split(":")
        command = getattr(import_module(module), attribute)
        assert command.name
        assert any("一" <= c <= "鿿" for c in text), name
