"""The router's app."""

from fastapi import FastAPI

from graph.nodes import SupervisorNodes
from graph.supervisor import NAME as SUPERVISOR
from graph.supervisor import build_supervisor
from narutalk.identity import Issuer, build_verifier
from narutalk.settings import Settings
from services.agent_server.app import create_agent_app
from services.agent_server.graphs.resources import Graph, ServerResources
from services.agent_server.threads.subthreads import Subthreads
from services.router.resources import RouterResources, open_resources
from services.router.routes import router
from services.router.subthreads import agent_threads, delete_agent_thread

NAME = "router"


def create_app(settings: Settings) -> FastAPI:
    """Return the app: the supervisor's graph and the routing routes."""

    def graph(server: ServerResources[RouterResources]) -> Graph:
        opened = server.resources
        nodes = SupervisorNodes(opened.classifier, opened.agents, opened.model, opened.embedder)
        return build_supervisor(nodes, list(opened.agents), server.checkpointer, server.store)

    return create_agent_app(
        service=NAME,
        graphs={SUPERVISOR: graph},
        settings=settings,
        verifier=build_verifier(settings, Issuer.MANAGER),
        routers=[router],
        resources=open_resources,
        subthreads=Subthreads(of=agent_threads, delete=delete_agent_thread),
    )
