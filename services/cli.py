"""The `narutalk` command."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from narutalk.errors import ConfigurationError
from narutalk.settings import Settings, load_settings

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="A company's chat assistant, built as a team of agents."
)

DataDir = Annotated[Path | None, typer.Option(help="Where everything is kept; NARUTALK_DATA_DIR, else var.")]


@app.callback()
def narutalk() -> None:
    """A company's chat assistant, built as a team of agents."""


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="Of the manager; the services take the next ones.")] = None,
    data_dir: DataDir = None,
    sample: Annotated[
        bool, typer.Option(help="Load the sample company where there is no data (never in production).")
    ] = True,
) -> None:
    """Start everything on this machine, and stop it with Ctrl-C."""
    from services.launcher.up import run

    settings = _settings(data_dir, port)
    console = Console()
    raise typer.Exit(asyncio.run(run(settings, console, sample=sample and settings.env == "dev")))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def manage(context: typer.Context, data_dir: DataDir = None) -> None:
    """Run a management command of the manager, such as `changepassword admin`."""
    settings = _settings(data_dir, None)
    environment = {**os.environ, "NARUTALK_DATA_DIR": str(settings.data_dir.resolve())}
    environment["DJANGO_SETTINGS_MODULE"] = "django_admin.config.settings"
    command = [sys.executable, "-m", "django", *context.args]
    raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)  # noqa: S603  (our own command)


def _settings(data_dir: Path | None, port: int | None) -> Settings:
    overrides = {name: value for name, value in (("data_dir", data_dir), ("port", port)) if value is not None}
    try:
        return load_settings(**overrides)
    except ConfigurationError as error:
        Console(stderr=True).print(f"[red]{error.message}[/red]", highlight=False)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    app()
