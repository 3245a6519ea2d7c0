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

ROUTERS: tuple[APIRouter, ...] = (
    system.router,
    assistants.router,
    assistant_graphs.router,
    threads.router,
    thread_states.router,
    crons.router,
    thread_stream.router,
    event_protocol.router,
    runs.router,
    stateless_runs.router,
    store.router,
)
