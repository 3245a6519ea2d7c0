"""Runs a graph for readers of the event protocol."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from langchain_core._api.beta_decorator import suppress_langchain_beta_warning
from langchain_core.runnables import RunnableConfig
from langgraph.stream import ProtocolEvent

from services.agent_server.event_protocol.recording import RecordedModes
from services.agent_server.graphs.resources import Graph


async def stream_protocol(
    graph: Graph, graph_input: Any, config: RunnableConfig, options: dict[str, Any]
) -> AsyncIterator[ProtocolEvent]:
    """Yield what a graph streams in LangGraph's v3 form, subgraphs included.

    When it is cancelled, it ends after the nodes have stopped.

    Args:
        graph: What runs.
        graph_input: The input, a command, or None to go on.
        config: As for ``astream``.
        options: Of ``astream``, but for ``stream_mode`` and ``subgraphs``, which the form decides.
    """
    with suppress_langchain_beta_warning():
        run = await graph.astream_events(
            graph_input, config, version="v3", transformers=[RecordedModes], **options
        )
    events = aiter(run)
    while True:
        pull = asyncio.ensure_future(anext(events, None))
        try:
            event = await asyncio.shield(pull)
        except asyncio.CancelledError:
            await run.abort()  # which waits for the nodes; a pull that is cancelled does not
            await asyncio.wait((pull,))
            raise
        if event is None:
            return
        yield event
