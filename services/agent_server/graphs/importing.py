"""Imports the graphs that a `langgraph.json` names, and makes ready what they need to be imported."""

import importlib
import importlib.util
import os
import sys
import traceback
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

from dotenv import dotenv_values
from langgraph.graph import StateGraph
from langgraph.pregel import Pregel
from packaging.requirements import InvalidRequirement, Requirement

from narutalk.errors import ConfigurationError
from services.agent_server.graphs.factory import graph_factory
from services.agent_server.graphs.file import ReadFile
from services.agent_server.graphs.resources import GraphFactory, ServerResources

MODULE_PREFIX = "served__"
LOADED_PACKAGES = ("narutalk", "services")
OTHER_PACKAGES = ("agents", "django_admin", "evals", "graph", "tools")
OWN_ROOT = Path(__file__).resolve().parents[2]


def set_environment(file: ReadFile) -> None:
    """Set the variables of the file's `env`; what the environment has already stays.

    Raises:
        ConfigurationError: ``env_file_missing``.
    """
    given = file.content.env
    if isinstance(given, str):
        path = file.path.parent / given
        if not path.is_file():
            raise ConfigurationError(f"`env` names {path}, which is no file.", code="env_file_missing")
        values = {name: value for name, value in dotenv_values(path).items() if value is not None}
    else:
        values = given
    for name, value in values.items():
        os.environ.setdefault(name, value)


def add_dependencies(file: ReadFile) -> list[str]:
    """Put the file's folders first on the import path, and return warnings about what cannot be checked.

    Raises:
        ConfigurationError: ``dependency_missing``: a folder is not there, a package is not installed, or a
            folder has a package of the same name as one of ours, which would hide it.
    """
    folders: list[str] = []
    warnings: list[str] = []
    for entry in file.content.dependencies:
        if entry.startswith((".", "/")):
            folders.append(str(_folder(file.path.parent / entry)))
        else:
            warnings += _installed(entry)
    sys.path[:0] = [folder for folder in folders if folder not in sys.path]
    return warnings


def import_graphs(file: ReadFile) -> dict[str, GraphFactory[Any]]:
    """Import every graph of a file, by name.

    An attribute is a compiled graph (an `@entrypoint` too), a `StateGraph` that is compiled here, or a
    factory, which is called for every call; see `graph_factory`.

    Raises:
        ConfigurationError: ``graph_not_importable``: a file, a module or an attribute is missing, raises, or
            is something else.
    """
    return {name: _graph(file.path.parent, name, target.path) for name, target in file.content.graphs.items()}


def _graph(folder: Path, name: str, target: str) -> GraphFactory[Any]:
    source, _, attribute = target.rpartition(":")
    module = _import(folder, source, f"graph {name!r}: {target}")
    try:
        found = getattr(module, attribute)
    except AttributeError as error:
        raise _not_importable(f"graph {name!r}: {source} has no {attribute!r}.") from error
    if isinstance(found, StateGraph | Pregel):
        return _static(found)
    if not callable(found):
        kind = type(found).__name__
        raise _not_importable(
            f"graph {name!r}: {target} is a {kind}: no graph, and no function that makes one."
        )
    return graph_factory(found, target)


def _static(found: Any) -> GraphFactory[Any]:
    def build(resources: ServerResources[Any]) -> Any:
        if isinstance(found, StateGraph):
            return found.compile(checkpointer=resources.checkpointer, store=resources.store)
        return found

    return build


def _import(folder: Path, source: str, what: str) -> ModuleType:
    is_file = source.endswith(".py") or "/" in source
    try:
        return _import_file(folder, Path(source)) if is_file else importlib.import_module(source)
    except FileNotFoundError as error:
        raise _not_importable(f"{what}: {folder / source} is no file.") from error
    except Exception as error:
        raise _not_importable(f"{what} cannot be imported: {_reason(error)}") from error


def _import_file(folder: Path, source: Path) -> ModuleType:
    """Import a file once, under a name that stays when the folder moves: checkpoints name types by it."""
    path = (folder / source).resolve()
    relative = Path(os.path.relpath(path, folder)).with_suffix("")
    name = MODULE_PREFIX + "__".join("up" if part == ".." else part for part in relative.parts)
    known = sys.modules.get(name)
    if known is not None and known.__file__ == str(path):
        return known
    if not path.is_file():
        raise FileNotFoundError(path)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _reason(error: Exception) -> str:
    """Return an error's class and message, and the line of the last file it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{'' if isinstance(error, SyntaxError) else place}"


def _folder(path: Path) -> Path:
    folder = path.resolve()
    if not folder.is_dir():
        raise ConfigurationError(f"The dependency {path} is no folder.", code="dependency_missing")
    if folder != OWN_ROOT:
        _refuse_hidden_packages(folder)
    return folder


def _refuse_hidden_packages(folder: Path) -> None:
    """Refuse packages that ours hide: those that are loaded, and those without an `__init__.py`."""
    for name in (*LOADED_PACKAGES, *OTHER_PACKAGES):
        package = folder / name
        is_seen = name in OTHER_PACKAGES and (package / "__init__.py").exists()
        if any(package.glob("*.py")) and not is_seen:
            advice = "Rename it." if name in LOADED_PACKAGES else "Put an __init__.py into it, or rename it."
            raise ConfigurationError(
                f"The dependency {folder} has a package {name!r}, which NaruTalk's own hides. {advice}",
                code="dependency_missing",
            )


def _installed(entry: str) -> list[str]:
    try:
        wanted = Requirement(entry)
    except InvalidRequirement:
        return [f"The dependency {entry!r} is not checked: install it yourself."]
    try:
        found = version(wanted.name)
    except PackageNotFoundError as error:
        raise ConfigurationError(
            f"The dependency {entry!r} is not installed here: pip install {entry!r}.",
            code="dependency_missing",
        ) from error
    if not wanted.specifier.contains(found, prereleases=True):
        raise ConfigurationError(
            f"The dependency {entry!r} is installed as {found}.", code="dependency_missing"
        )
    return []


def _not_importable(message: str) -> ConfigurationError:
    return ConfigurationError(message, code="graph_not_importable")
