"""The manager's own commands, run as a process of its own: nothing here knows Django."""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

import typer

from narutalk.settings import Settings


def run_in_manager(settings: Settings, *arguments: str) -> int:
    """Run a management command in this terminal, and return what it ended with.

    Ctrl-C reaches the command too, which ends in its own way.
    """
    with subprocess.Popen(_command(arguments), env=_environment(settings)) as process:  # noqa: S603  (our own)
        while True:
            with suppress(KeyboardInterrupt):
                return process.wait()


def output_of_manager(settings: Settings, *arguments: str) -> str:
    """Return what a management command prints; one that fails ends this command, with its reason.

    Raises:
        Exit: The command failed.
    """
    ended = subprocess.run(  # noqa: S603  (our own command)
        _command(arguments), env=_environment(settings), check=False, capture_output=True, text=True
    )
    if ended.returncode:
        typer.echo(ended.stderr.strip(), err=True)
        raise typer.Exit(2)
    return ended.stdout.strip()


def _command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "django", *arguments]


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "NARUTALK_DATA_DIR": str(settings.data_dir.resolve()),
        "NARUTALK_PORT": str(settings.port),
        "DJANGO_SETTINGS_MODULE": "django_admin.config.settings",
    }
