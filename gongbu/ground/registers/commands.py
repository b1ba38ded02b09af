"""Commands of registers: the field catalogue, and the import of a register file."""

import importlib
import json

import click

from gongbu.config.cli import setup_django


@click.command()
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def fields(as_json: bool) -> None:
    """列出字段目录：每个字段的键、名称、类型、单位和导入表头的写法。"""
    setup_django(prepare=False)
    from gongbu.ground.registers import catalogue

    if as_json:
        click.echo(json.dumps(catalogue.as_json(), ensure_ascii=False, indent=1))
        return
    for row in catalogue.catalogue().values():
        unit = f"（{row.unit_word}）" if row.unit_word else ""
        click.echo(f"{row.key}\t{row.label}{unit}\t{row.type}\t{row.room}\t{'、'.join(row.synonyms)}")


def __getattr__(name: str) -> click.Command:
    # `gongbu import` belongs to the importing room; it is only loaded when asked for.
    if name == "import_file":
        command: click.Command = importlib.import_module("gongbu.ground.registers.importing.commands").import_file
        return command
    raise AttributeError(name)
