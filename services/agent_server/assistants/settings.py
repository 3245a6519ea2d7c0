"""What a run takes over from the assistant it was started with."""

from dataclasses import fields, is_dataclass
from typing import Any

from narutalk.errors import Contradiction
from services.agent_server.assistants.catalog import Assistant
from services.agent_server.graphs.source import context_schema_of
from services.agent_server.runs.graph_config import allowed
from services.agent_server.runs.request import RunConfig, RunRequest


def with_assistant(request: RunRequest, assistant: Assistant) -> RunRequest:
    """Return a run's request with the assistant's config, context and metadata below its own.

    It is merged once, when the run is made: a later version of the assistant does not change the run.

    Raises:
        Contradiction: ``context_and_configurable``: the request gives both, and they differ.
    """
    # A RemoteGraph inside a run sends what it inherited along: the same in both contradicts nothing.
    context = request.context or {}
    if context and not allowed(request.config.configurable).items() <= context.items():
        raise Contradiction(
            "Give either context or config.configurable: either stands for the other.",
            code="context_and_configurable",
            details={"field": "context"},
        )
    stored = assistant.stored
    if stored is None:
        return _mirrored(request)
    base, own = RunConfig.model_validate(stored.config), request.config
    config = own.model_copy(
        update={
            "tags": list(dict.fromkeys((*base.tags, *own.tags))),
            "recursion_limit": own.recursion_limit or base.recursion_limit,
            "max_concurrency": own.max_concurrency or base.max_concurrency,
            "run_name": own.run_name or base.run_name,
            "configurable": {**base.configurable, **own.configurable, **(request.context or {})},
            "metadata": {**base.metadata, **own.metadata},
        }
    )
    names = _context_fields(assistant)
    context = {
        **_known(stored.context, names),
        **_known(allowed(own.configurable), names or frozenset()),
        **(request.context or {}),
    }
    metadata = {**allowed(stored.meta), **request.metadata}
    return request.model_copy(
        update={"config": config, "context": context or request.context, "metadata": metadata}
    )


def _mirrored(request: RunRequest) -> RunRequest:
    """Return a request whose context is readable as ``configurable`` too, as graphs before 0.6 expect it."""
    if not request.context:
        return request
    configurable = {**request.config.configurable, **request.context}
    return request.model_copy(
        update={"config": request.config.model_copy(update={"configurable": configurable})}
    )


def _known(settings: dict[str, Any], names: frozenset[str] | None) -> dict[str, Any]:
    return settings if names is None else {key: settings[key] for key in settings if key in names}


def _context_fields(assistant: Assistant) -> frozenset[str] | None:
    """Return the names of the fields of the graph's context; None for a graph without a context schema."""
    schema: Any = context_schema_of(assistant.graph)
    if schema is None:
        return None
    if is_dataclass(schema):
        return frozenset(field.name for field in fields(schema))
    return frozenset(getattr(schema, "model_fields", None) or getattr(schema, "__annotations__", {}))
