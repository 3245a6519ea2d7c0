"""Reads a `langgraph.json`, the file of the langgraph CLI that names the graphs to serve."""

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from narutalk.errors import ConfigurationError

_IMAGES = "it is for building images"
_PAGES = "it is for another server's pages"

NO_EFFECT = {
    "$schema": "",
    "python_version": "",
    "api_version": "it names a version of another server",
    "base_image": _IMAGES,
    "image_distro": _IMAGES,
    "pip_config_file": _IMAGES,
    "pip_installer": _IMAGES,
    "dockerfile_lines": _IMAGES,
    "keep_pkg_tools": _IMAGES,
    "_INTERNAL_docker_tag": _IMAGES,
    "ui": _PAGES,
    "ui_config": _PAGES,
}
"""The CLI's keys that change nothing here, with what is said about them; empty: nothing needs to be said."""

REFUSED = {
    "auth": "calls are authenticated with NaruTalk's tokens, and a thread is its owner's only",
    "encryption": "what is stored is not encrypted",
    "store": "the store has no index and no expiry that this file could set",
    "webhooks": "this file cannot set rules for webhooks",
    "node_version": "graphs written in JavaScript cannot be served",
}
"""The CLI's keys whose meaning would be lost, with the reason."""

NOT_SERVED = frozenset({"disable_mcp", "disable_a2a", "disable_ui"})
"""What these would switch off is not there."""


class Cors(BaseModel):
    """Which pages of other origins may call from a browser."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow_origins: tuple[str, ...] = ()
    allow_origin_regex: str | None = None
    allow_methods: tuple[str, ...] = ("*",)
    allow_headers: tuple[str, ...] = ("*",)
    allow_credentials: bool = False
    expose_headers: tuple[str, ...] = ()
    max_age: int = 600


class Http(BaseModel):
    """What the file says about HTTP."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cors: Cors | None = None


class GraphTarget(BaseModel):
    """Where one graph is found.

    Attributes:
        path: ``./file.py:attribute`` or ``package.module:attribute``.
        description: What its assistant says it is for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    description: str | None = None

    @field_validator("path")
    @classmethod
    def _names_an_attribute(cls, path: str) -> str:
        source, _, attribute = path.rpartition(":")
        if not source or not attribute.isidentifier():
            raise ValueError(f"{path!r} is neither ./file.py:attribute nor package.module:attribute")
        return path


class GraphFile(BaseModel):
    """What a file asks for.

    Attributes:
        graphs: By name.
        dependencies: Folders (they begin with ``.``) and requirements.
        env: A file of variables, or the variables.
        http: Cross-origin rules.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    graphs: dict[str, GraphTarget]
    dependencies: tuple[str, ...] = ()
    env: str | dict[str, str] = {}
    http: Http = Http()

    @field_validator("graphs", mode="before")
    @classmethod
    def _short_form(cls, graphs: Any) -> Any:
        if not isinstance(graphs, dict) or not graphs or not all(graphs):
            raise ValueError("names no graph: give {name: './file.py:attribute'}")
        return {name: {"path": given} if isinstance(given, str) else given for name, given in graphs.items()}


class ReadFile(NamedTuple):
    """A file that was read.

    Attributes:
        path: Absolute; the file's paths are relative to its folder.
        content: What it asks for.
        warnings: What in it has no effect here, one sentence each.
    """

    path: Path
    content: GraphFile
    warnings: list[str]


def read_graph_file(path: Path) -> ReadFile:
    """Return what a file asks for.

    Raises:
        ConfigurationError: ``graph_file_invalid``: it is missing, is no JSON, has a key that is unknown or
            cannot be honoured here, or a value of the wrong kind.
    """
    given = _read_json(path)
    warnings = [*_warnings(given), *_checkpointer_warnings(path, given.pop("checkpointer", None))]
    for key, reason in REFUSED.items():
        if given.pop(key, None):
            raise _invalid(
                path, f"`{key}` cannot be honoured: {reason}. Take it out to serve the graphs here."
            )
    given = {key: value for key, value in given.items() if key not in NO_EFFECT and value is not None}
    if isinstance(given.get("http"), dict):
        given["http"] = {key: value for key, value in given["http"].items() if key not in NOT_SERVED}
    try:
        return ReadFile(path.resolve(), GraphFile.model_validate(given), warnings)
    except ValidationError as error:
        raise _invalid(path, "; ".join(_sentence(problem) for problem in error.errors())) from error


def _read_json(path: Path) -> dict[str, Any]:
    try:
        given = json.loads(path.read_text())
    except OSError as error:
        raise _invalid(path, f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise _invalid(path, f"is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise _invalid(path, "is not a JSON object")
    return given


def _warnings(given: dict[str, Any]) -> list[str]:
    found = [
        f"`{key}` has no effect: {reason}." for key, reason in NO_EFFECT.items() if reason and key in given
    ]
    wanted = given.get("python_version")
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    if wanted and wanted != running:
        found.append(f"`python_version` says {wanted}; this is {running}.")
    return found


def _checkpointer_warnings(path: Path, given: Any) -> list[str]:
    if not isinstance(given, dict):
        return []
    if "path" in given:
        raise _invalid(
            path, "`checkpointer.path` cannot be honoured: NaruTalk keeps the threads' state itself."
        )
    return [f"`checkpointer.{key}` has no effect." for key in given]


def _sentence(problem: Any) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        known = "" if len(problem["loc"]) > 1 else f" (known: {', '.join(GraphFile.model_fields)})"
        return f"`{place}` is not known{known}"
    return f"`{place}`: {problem['msg'].removeprefix('Value error, ')}"


def _invalid(path: Path, reason: str) -> ConfigurationError:
    return ConfigurationError(f"{path}: {reason}", code="graph_file_invalid", details={"file": str(path)})
