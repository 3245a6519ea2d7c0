"""The employee service's app."""

from fastapi import FastAPI

from agents.employee.graph import build_graph
from agents.turn import TurnLimits
from narutalk.identity import Issuer, build_verifier
from narutalk.llm import build_chat_model
from narutalk.settings import Settings
from services.agent_server.app import create_agent_app
from services.agent_server.graphs.resources import Graph, ServerResources
from services.employee.reports import router as making_router
from services.employee.resources import EmployeeResources, check_database, open_resources
from services.employee.routes import router
from services.reports import router as reports_router

NAME = "employee"


def create_app(settings: Settings) -> FastAPI:
    """Return the app: the employee agent's graph and the REST routes."""

    def graph(server: ServerResources[EmployeeResources]) -> Graph:
        opened = server.resources
        return build_graph(
            build_chat_model(settings),
            opened.store,
            opened.publications,
            opened.reports,
            server.checkpointer,
            TurnLimits.of(settings),
        )

    return create_agent_app(
        service=NAME,
        graphs={NAME: graph},
        settings=settings,
        verifier=build_verifier(settings, Issuer.MANAGER, Issuer.ROUTER),
        routers=[router, making_router, reports_router],
        resources=open_resources,
        health_checks={"database": check_database},
    )
