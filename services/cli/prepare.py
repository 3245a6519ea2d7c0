"""Making databases ready without starting anything: what a deployment runs before its processes."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from narutalk.errors import NaruTalkError
from services.cli.application import DataDir, command_settings


def prepare(
    data_dir: DataDir = None,
    sample: Annotated[
        bool, typer.Option(help="Load the sample company where there is no data (never in production).")
    ] = False,
) -> None:
    """Make and migrate every database, and the first administrator; safe to run again at every upgrade."""
    from services.launcher.plan import child_environment
    from services.launcher.prepare import own_errors
    from services.launcher.prepare import prepare as run

    settings = command_settings(data_dir=data_dir)
    loads_sample = sample and settings.env == "dev"
    try:
        login = asyncio.run(run(settings, child_environment(settings), sample=loads_sample))
    except (NaruTalkError, ExceptionGroup) as error:
        for reason in own_errors(error):
            Console(stderr=True).print(f"[red]{reason.message}[/red]", highlight=False)
        raise typer.Exit(1) from error
    if login.created and not settings.admin_password:
        typer.echo(f"The first administrator: {login.username}, password {login.password}")
    typer.echo("Everything is prepared.")
