"""The verbs of the rooms, ``decom <room> <verb>``, each room imported when one of its verbs is called. `cli.py` uses it."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from decom_nb.phases import PHASES


class RoomVerbs(TyperGroup):
    """The commands, and a group of verbs for each room: ``decom <room> <verb>``.

    A room is imported when one of its verbs is called; to list it takes its name and its title.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """Give the commands, then the rooms that have verbs."""
        return list(dict.fromkeys([*super().list_commands(ctx), *_rooms_with_verbs()]))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Give a command, or a room as a group that is still empty: enough to list it."""
        found = super().get_command(ctx, cmd_name)
        if found is None and (package := _package(cmd_name)):
            return TyperGroup(name=cmd_name, help=_about(package), rich_markup_mode=None)
        return found

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Give the command that was called, its room's verbs loaded."""
        if args[0] not in self.commands:
            # For a name that nothing has, all are needed: one of them may be what was meant.
            wanted = {args[0]: package} if (package := _package(args[0])) else _rooms_with_verbs()
            self.commands.update({name: _verbs(name, package) for name, package in wanted.items()})
        return super().resolve_command(ctx, args)


def _package(room: str) -> str | None:
    """Give the package of a room that has verbs."""
    ours = next((package for package in PHASES if package.rpartition(".")[2] == room), None)
    if ours is not None:
        return ours if find_spec(f"{ours}.commands") else None
    return _rooms_with_verbs().get(room)


@cache
def _rooms_with_verbs() -> dict[str, str]:
    """Give the packages of all rooms that have verbs, those of other packages among them, by the rooms' names."""
    from importlib.metadata import entry_points

    others = sorted(point.value for point in entry_points(group="decom_nb.phases"))
    return {each.rpartition(".")[2]: each for each in (*PHASES, *others) if find_spec(f"{each}.commands")}


def _about(package: str) -> str:
    """Say what a room's verbs are about, by the title in its phase.yaml, read as the text it is: loading YAML takes longer."""
    place = Path(import_module(package).__path__[0]) / "phase.yaml"
    title = re.search(r"^title: *(.+)$", place.read_text(encoding="utf-8"), re.MULTILINE)
    return f"Verbs of the {title[1].strip().lower() if title else package.rpartition('.')[2]} room."


def _verbs(name: str, package: str) -> Any:
    """Give a room's group of verbs."""
    holder = typer.Typer(rich_markup_mode=None, add_completion=False)
    holder.add_typer(import_module(f"{package}.commands").app, name=name, help=_about(package))
    return get_group(holder).commands[name]
