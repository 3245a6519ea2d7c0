"""Executes one run: calls the graph and puts what it streams into the run's log."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import CONFIG_KEY_STRICT_RESUME

from narutalk.handover import handed_run
from narutalk.telemetry.tracing.process import traced_run
from services.agent_server.event_protocol.execution import stream_protocol
from services.agent_server.event_protocol.recording import EventRecorder
from services.agent_server.events.stream_events import (
    Chunk,
    StreamMapper,
    graph_modes,
    metadata_event,
    read_chunk,
)
from services.agent_server.graphs.source import Graph, GraphSource, context_from, open_graph
from services.agent_server.runs.graph_config import graph_config
from services.agent_server.runs.live import LiveRun
from services.agent_server.runs.ordered_checkpoints import with_ordered_checkpoints
from services.agent_server.runs.resuming import Progress, newest_checkpoint, read_progress

STREAMED_STATES = frozenset({"checkpoints", "debug"})


async def execute(run: LiveRun) -> None:
    """Run the graph to its end, or to an interrupt, or to the error it raises.

    A resumed run goes on from where its last attempt came to.
    """
    with traced_run(run.row.trace_parent), handed_run(resumed=run.resumed, is_left=lambda: run.left):
        run.log.append(metadata_event(run.row.run_id, run.row.attempt))
        config = run_graph_config(run)
        progress = await read_progress(run, config) if run.resumed else Progress("new")
        if progress.stage == "over":
            _repeat_last_values(run, progress.values)
        elif progress.stage == "begun":
            await _execute(run, None, newest_checkpoint(config))
        else:
            await _execute(run, run.request.graph_input(), config)


async def _execute(run: LiveRun, graph_input: Any, config: RunnableConfig) -> None:
    config["run_id"] = UUID(run.row.run_id)  # so that the trace of a run has its id
    if run.request.strict_resume:
        config["configurable"][CONFIG_KEY_STRICT_RESUME] = True
    context = run.request.context
    async with open_graph(run_graph(run), "threads.create_run", config, context=context) as opened:
        graph = with_ordered_checkpoints(opened, run.log) if run.row.recorded else opened
        if run.request.event_protocol:
            await _execute_for_protocol(run, graph, graph_input, config)
        else:
            await _execute_modes(run, graph, graph_input, config)


async def _execute_modes(run: LiveRun, graph: Graph, graph_input: Any, config: RunnableConfig) -> None:
    mapper = StreamMapper(run.request.stream_mode)
    async for item in _stream(run, graph, graph_input, config):
        await run.hold()
        await run.log.room()
        if isinstance(item, dict):
            for event in mapper.map_callback(item):
                run.log.append(event)
            continue
        chunk = read_chunk(item)
        if chunk.mode == "values" and not chunk.namespace:
            run.take_values(chunk.payload)
        for event in mapper.map(chunk):
            run.log.append(event)


async def _execute_for_protocol(run: LiveRun, graph: Graph, graph_input: Any, config: RunnableConfig) -> None:
    recorder = EventRecorder()
    try:
        async for event in stream_protocol(graph, graph_input, config, _options(run, graph)):
            await run.hold()
            await run.log.room()
            for recorded in recorder.map(event):
                run.log.append(recorded)
            if recorder.values is not None:
                run.take_values(recorder.values)
    finally:
        for recorded in recorder.flush():
            run.log.append(recorded)


def _repeat_last_values(run: LiveRun, values: Any) -> None:
    """Send the last values once more: the attempt that made them may not have come to it."""
    run.output = values
    for event in StreamMapper(run.request.stream_mode).map(Chunk((), "values", values)):
        run.log.append(event)


def run_graph(run: LiveRun) -> GraphSource:
    """Return the graph that a run uses: transient runs keep their state in memory."""
    return run.assistant.transient_graph if run.transient else run.assistant.graph


def run_graph_config(run: LiveRun) -> RunnableConfig:
    """Return the config that a run's graph is called with."""
    request = run.request
    return graph_config(
        assistant=run.assistant,
        identity=run.identity,
        thread_id=run.row.thread_id,
        run_id=run.row.run_id,
        attempt=run.row.attempt,
        given=request.config,
        metadata=run.row.meta,
        checkpoint=request.place(),
    )


def _stream(run: LiveRun, graph: Graph, graph_input: Any, config: RunnableConfig) -> AsyncIterator[Any]:
    """Return the graph's chunks as tuples and, when `events` is asked for, its callbacks as dicts."""
    request = run.request
    options = {
        "stream_mode": graph_modes(request.stream_mode),
        "subgraphs": request.stream_subgraphs,
        **_options(run, graph),
    }
    if "events" not in request.stream_mode:
        return graph.astream(graph_input, config, **options)
    return _stream_with_events(
        run.row.run_id, graph.astream_events(graph_input, config, version="v2", **options)
    )


async def _stream_with_events(run_id: str, events: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for event in events:
        yield event
        if event["run_id"] == run_id and event["event"] == "on_chain_stream":
            yield event["data"]["chunk"]


def _options(run: LiveRun, graph: Graph) -> dict[str, Any]:
    request = run.request
    return {
        "context": _context(run, graph),
        "interrupt_before": request.interrupt_before,
        "interrupt_after": request.interrupt_after,
        "durability": "exit" if _stores_nothing_before_its_end(run) else request.durability,
    }


def _stores_nothing_before_its_end(run: LiveRun) -> bool:
    """Whether nobody can read the states on the way: the run has no thread, and does not stream them."""
    return run.transient and STREAMED_STATES.isdisjoint(run.request.stream_mode)


def _context(run: LiveRun, graph: Graph) -> dict[str, Any] | None:
    """Return the client's context; where it gave none, the schema's fields from its `configurable`."""
    request = run.request
    if request.context is not None:
        return request.context
    return context_from(graph.context_schema, request.config.configurable)
