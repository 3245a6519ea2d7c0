"""Reads a `langgraph.json` in the format of the langgraph CLI."""

import importlib.util
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph

from narutalk.errors import ConfigurationError
from services.agent_server.resources import Graph, GraphFactory, ServerResources


def load_graph_file(path: Path) -> dict[str, GraphFactory[Any]]:
    """Return the graphs that a file names: ``{"graphs": {"name": "./file.py:attribute"}}``.

    An attribute is a compiled graph, a `StateGraph` that is compiled here, or a function that returns
    either and takes nothing or a config.

    Raises:
        ConfigurationError: The file, a module or an attribute is missing, or is something else.
    """
    try:
        entries = json.loads(path.read_text())["graphs"]
        return {name: _load(path.parent, target) for name, target in entries.items()}
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ConfigurationError(f"{path} does not name graphs: {error}") from error


def _load(folder: Path, target: str) -> GraphFactory[Any]:
    file, _, attribute = target.rpartition(":")
    if not file:
        raise ConfigurationError(f"{target!r} is not ./file.py:attribute.")
    found = getattr(_import(folder / file), attribute)
    if not isinstance(found, CompiledStateGraph | StateGraph) and not callable(found):
        raise ConfigurationError(f"{target} is neither a graph nor a function that returns one.")

    def build(resources: ServerResources[Any]) -> Graph:
        return _compiled(found, resources)

    return build


def _compiled(found: Any, resources: ServerResources[Any]) -> Graph:
    if isinstance(found, CompiledStateGraph):
        return found
    if isinstance(found, StateGraph):
        return found.compile(checkpointer=resources.checkpointer, store=resources.store)
    return _compiled(_call(found), resources)


def _call(factory: Callable[..., Any]) -> Any:
    return factory({"configurable": {}}) if inspect.signature(factory).parameters else factory()


def _import(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"narutalk_served_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"{file} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
