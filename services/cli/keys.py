"""What opens the doors for programs: API keys of the manager, and tokens for the services."""

from typing import Annotated

import typer

from services.cli.application import DataDir, command_settings
from services.cli.manager import run_in_manager

UserName = Annotated[str, typer.Option(help="Whose rights it carries.")]


def key(
    user: UserName,
    name: Annotated[str | None, typer.Option(help="What it is for, as its owner sees it.")] = None,
    scopes: Annotated[
        str | None,
        typer.Option(help="What it opens, comma-separated, such as chat; everything when left out."),
    ] = None,
    days: Annotated[int | None, typer.Option(help="Until it expires, 1 to 366; 90 when left out.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Make an API key and print it, and nothing else, on standard output."""
    settings = command_settings(data_dir=data_dir)
    options = _given(user=user, name=name, scopes=scopes, days=days)
    raise typer.Exit(run_in_manager(settings, "create_key", *options))


def token(
    user: UserName,
    minutes: Annotated[
        int | None, typer.Option(help="Until it expires; NARUTALK_TOKEN_LIFETIME_SECONDS when left out.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Print a token, and nothing else, with which a person's programs call the services directly."""
    settings = command_settings(data_dir=data_dir)
    raise typer.Exit(run_in_manager(settings, "create_token", *_given(user=user, minutes=minutes)))


def _given(**options: str | int | None) -> list[str]:
    return [f"--{name}={value}" for name, value in options.items() if value is not None]
