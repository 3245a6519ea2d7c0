"""What all commands share: the application, the option for the data dir, and the settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from narutalk.errors import ConfigurationError
from narutalk.settings import Settings, load_settings, require_secrets

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="A company's chat assistant, built as a team of agents."
)

DataDir = Annotated[Path | None, typer.Option(help="Where everything is kept; NARUTALK_DATA_DIR, else var.")]
Port = Annotated[int | None, typer.Option(help="Of the manager; the services take the next ones.")]


@app.callback()
def narutalk() -> None:
    """A company's chat assistant, built as a team of agents."""


def command_settings(*processes: str, **overrides: Any) -> Settings:
    """Return the settings with what the command line said; a mistake ends the command.

    Args:
        processes: Those whose secrets the command needs in production.
        overrides: By setting; None where the command line says nothing.
    """
    with mistakes_end_the_command():
        given = {name: value for name, value in overrides.items() if value is not None}
        settings = load_settings(**given)
        require_secrets(settings, *processes)
        return settings


@contextmanager
def mistakes_end_the_command() -> Iterator[None]:
    """Say what is wrong with a setting or an option, and exit with 1."""
    try:
        yield
    except ConfigurationError as error:
        Console(stderr=True).print(f"[red]{error.message}[/red]", highlight=False)
        raise typer.Exit(1) from error
