"""Calls the graph factories of a `langgraph.json` as LangGraph's servers do: by what their parameters are."""

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import is_dataclass
from typing import Any, Literal, NamedTuple, get_args, get_origin

from anyio import to_thread
from langchain_core.runnables import RunnableConfig
from langgraph_sdk.runtime import ServerRuntime, _ExecutionRuntime, _ReadRuntime
from pydantic import BaseModel, TypeAdapter

from narutalk.errors import ConfigurationError
from narutalk.run_identity import AUTH_USER_KEY
from services.agent_server.graphs.resources import GraphFactory, ServerResources
from services.agent_server.graphs.source import GraphCall, MadeGraph, context_from

EXECUTION = "threads.create_run"


class _Parameter(NamedTuple):
    name: str
    kind: Literal["config", "runtime"]
    context_schema: Any


def graph_factory(function: Callable[..., Any], target: str) -> GraphFactory[Any]:
    """Return a factory as the server takes it: its graph is made anew for each call.

    Args:
        function: Takes nothing, a config, a `ServerRuntime`, or both: told by the annotation, else by the
            name (``config``, ``runtime``); a parameter that has neither and is alone gets the config.
            Returns a graph, or an awaitable of one, or an async context manager that gives one and closes
            what it opened after the call. One that is not async is called in a thread.
        target: Where it was found, for errors.

    Raises:
        ConfigurationError: ``graph_not_importable``: it needs a parameter that is neither.
    """
    parameters = _parameters(function, target)

    def make(call: GraphCall) -> AbstractAsyncContextManager[Any]:
        return _made(function, parameters, call)

    def build(resources: ServerResources[Any]) -> MadeGraph:
        return MadeGraph(make, resources.checkpointer, resources.store)

    return build


@asynccontextmanager
async def _made(
    function: Callable[..., Any], parameters: list[_Parameter], call: GraphCall
) -> AsyncIterator[Any]:
    arguments = {
        parameter.name: call.config
        if parameter.kind == "config"
        else _runtime(call, parameter.context_schema)
        for parameter in parameters
    }
    if _runs_on_the_loop(function):
        made = function(**arguments)
    else:
        made = await to_thread.run_sync(lambda: function(**arguments))
    if inspect.isawaitable(made):
        made = await made
    if isinstance(made, AbstractAsyncContextManager):
        async with made as graph:
            yield graph
    else:
        yield made


def _runs_on_the_loop(function: Callable[..., Any]) -> bool:
    inner = inspect.unwrap(function)  # what `asynccontextmanager` wraps
    call = inner if inspect.isroutine(inner) else type(inner).__call__
    return inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call)


def _runtime(call: GraphCall, context_schema: Any) -> Any:
    user = call.config.get("configurable", {}).get(AUTH_USER_KEY)
    if call.access != EXECUTION:
        return _ReadRuntime(access_context=call.access, user=user, store=call.store)
    context = call.context or context_from(context_schema, call.config.get("configurable", {}))
    return _ExecutionRuntime(
        access_context=call.access, user=user, store=call.store, context=_typed(context, context_schema)
    )


def _typed(context: Any, schema: Any) -> Any:
    is_model = isinstance(schema, type) and (issubclass(schema, BaseModel) or is_dataclass(schema))
    return TypeAdapter(schema).validate_python(context) if is_model and context is not None else context


def _parameters(function: Callable[..., Any], target: str) -> list[_Parameter]:
    found = []
    given = _signature(function).parameters.values()
    for parameter in given:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        known = _known(parameter, is_alone=len(given) == 1)
        if known:
            found.append(known)
        elif parameter.default is parameter.empty:
            raise ConfigurationError(
                f"{target} needs {parameter.name!r}: a factory gets a RunnableConfig and a ServerRuntime,"
                " told by their annotations or as `config` and `runtime`.",
                code="graph_not_importable",
            )
    return found


def _known(parameter: inspect.Parameter, *, is_alone: bool) -> _Parameter | None:
    annotation = parameter.annotation
    origin = get_origin(annotation) or annotation
    if origin in (ServerRuntime, _ExecutionRuntime, _ReadRuntime):
        return _Parameter(parameter.name, "runtime", next(iter(get_args(annotation)), None))
    if parameter.name == "runtime":
        return _Parameter(parameter.name, "runtime", None)
    is_config = annotation is RunnableConfig or parameter.name == "config"
    if is_config or (is_alone and annotation is parameter.empty and parameter.default is parameter.empty):
        return _Parameter(parameter.name, "config", None)
    return None


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(function, eval_str=True)
    except (NameError, TypeError):  # an annotation that only a type checker sees
        return inspect.signature(function)
