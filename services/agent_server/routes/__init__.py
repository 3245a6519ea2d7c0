"""The routes of the LangGraph server API, one module for each resource."""

from fastapi import APIRouter

from services.agent_server.routes import (
    assistant_graphs,
    assistants,
    crons,
    event_protocol,
    runs,
    stateless_runs,
    store,
    system,
    thread_states,
    thread_stream,
    threads,
)

# The most asked ones first: a path is matched against one router after the other.
ROUTERS: tuple[APIRouter, ...] = (
    stateless_runs.router,
    runs.router,
    threads.router,
    thread_states.router,
    thread_stream.router,
    event_protocol.router,
    system.router,
    assistants.router,
    assistant_graphs.router,
    crons.router,
    store.router,
)
