"""Serving anyone's graphs."""

import re
from pathlib import Path
from typing import Annotated

import typer

from services.cli.application import DataDir, mistakes_end_the_command

DEFAULT_PORT = 2024
"""Where LangGraph's own development server listens."""


def serve(
    file: Annotated[Path, typer.Argument(help="In the format of the langgraph CLI.")] = Path(
        "langgraph.json"
    ),
    host: Annotated[str | None, typer.Option(help="The address; NARUTALK_HOST, else 127.0.0.1.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = DEFAULT_PORT,
    data_dir: DataDir = None,
    name: Annotated[
        str | None,
        typer.Option(help="Lower-case letters, digits and _; one for each file that shares a data dir."),
    ] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Ask nobody for a token; only on a loopback address.")
    ] = False,
) -> None:
    """Serve the LangGraph graphs that a file names, over the LangGraph server API."""
    with mistakes_end_the_command():
        if name is not None and not _is_name(name):
            raise typer.BadParameter("Lower-case letters, digits and _, at most 30.", param_hint="--name")
        from services.serve import serve as run  # loads the server

        run(file, host=host, port=port, data_dir=data_dir, name=name, no_auth=no_auth)


def _is_name(text: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9_]{0,29}", text) is not None
