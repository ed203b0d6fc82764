"""The commands as typer sees them. A command's module is imported when the command is called, and no sooner."""

from __future__ import annotations

import importlib
from typing import Any

import typer
import typer.main
from typer.core import TyperGroup

from roadmap_cli.cli import catalogue
from roadmap_cli.cli.desk import Desk
from roadmap_cli.errors import ExitCode
from roadmap_cli.guessing import did_you_mean


class _Commands(TyperGroup):
    """Knows every command's name from the catalogue, and loads the one that is wanted."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [entry.name for entry in catalogue.entries()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"roadmap_cli.cli.{catalogue.module(cmd_name)}")
        app: typer.Typer = module.app
        app.rich_markup_mode = self.rich_markup_mode
        command = typer.main.get_command(app)
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and not args[0].startswith("-") and args[0] not in self.list_commands(ctx):
            guess = did_you_mean(args[0], self.list_commands(ctx)) or "See all with: roadmap --help"
            ctx.fail(f"There is no command {args[0]}. {guess}")
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: Any) -> str:
        catalogue.show(ctx.obj)
        return ""


def run(words: list[str], desk: Desk) -> int:
    """Run the command that *words* name; the exit code."""
    command = typer.main.get_command(_app(plain=desk.screen.plain))
    try:
        command.main(words, prog_name="roadmap", obj=desk, complete_var="_ROADMAP_COMPLETE")
    except SystemExit as end:
        return (
            end.code if isinstance(end.code, int) else int(ExitCode.PASSED if end.code is None else ExitCode.USER_ERROR)
        )
    return ExitCode.PASSED


def _app(*, plain: bool) -> typer.Typer:
    app = typer.Typer(
        cls=_Commands,
        name="roadmap",
        rich_markup_mode=None if plain else "rich",
        context_settings={"help_option_names": ["--help", "-h"]},
        pretty_exceptions_enable=False,  # our own boundary is above
        invoke_without_command=True,
    )
    app.callback()(_root)
    return app


def _root(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Say which roadmap this is."),
) -> None:
    """Build real backends, and know exactly what works."""
    if version:
        context.invoke(_version, context)
    elif context.invoked_subcommand is None:
        from roadmap_cli.cli import dashboard

        raise typer.Exit(dashboard.show(context.obj))


def _version(context: typer.Context) -> None:
    from roadmap_cli.cli.version import version

    version(context)
    raise typer.Exit
