"""Running everything, and the manager's own commands."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from narutalk.settings import REQUIRED_IN_PRODUCTION
from services.cli.application import DataDir, Port, command_settings, mistakes_end_the_command
from services.cli.manager import run_in_manager


def up(
    port: Port = None,
    data_dir: DataDir = None,
    sample: Annotated[
        bool, typer.Option(help="Load the sample company where there is no data (never in production).")
    ] = True,
    scale: Annotated[
        list[str] | None,
        typer.Option(
            help="SERVICE=COUNT: several instances of a service; may be given again.", metavar="SERVICE=COUNT"
        ),
    ] = None,
) -> None:
    """Start everything on this machine, and stop it with Ctrl-C."""
    from services.launcher.scale import parse_scale
    from services.launcher.up import run

    settings = command_settings(*REQUIRED_IN_PRODUCTION, data_dir=data_dir, port=port)
    with mistakes_end_the_command():
        instances = parse_scale(scale or [])
    loads_sample = sample and settings.env == "dev"
    raise typer.Exit(asyncio.run(run(settings, Console(), sample=loads_sample, scale=instances)))


def manage(context: typer.Context, data_dir: DataDir = None) -> None:
    """Run a management command of the manager, such as `changepassword admin`."""
    settings = command_settings(data_dir=data_dir)
    raise typer.Exit(run_in_manager(settings, *context.args))
