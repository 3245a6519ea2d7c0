"""The router's REST routes: the routing decision, without carrying it out."""

from typing import Annotated

from fastapi import APIRouter, Depends

from graph.routing import Route, decide
from narutalk.events import Delegation
from narutalk.registry import agent_for_intent
from services.agent_server.auth import Caller
from services.router.resources import RouterResources, resources
from services.router.schemas import AnalyzeResponse, RouteResponse, RoutingRequest

RECALLED_QUESTIONS = 5
"""How far back a chain of follow-ups is followed; every question costs a classification."""

router = APIRouter(tags=["routing"])

Resources = Annotated[RouterResources, Depends(resources)]


@router.post("/analyze", summary="Analyse a message's intent")
def analyze(request: RoutingRequest, _caller: Caller, opened: Resources) -> AnalyzeResponse:
    """Intent, confidence and the scores of every intent."""
    found = _decide(request, opened)
    return AnalyzeResponse(
        intent=found.intent,
        confidence=found.confidence,
        scores=found.scores,
        language=found.language,
        service=agent_for_intent(found.intent),
    )


@router.post("/route", summary="Decide where a message goes")
def route(request: RoutingRequest, _caller: Caller, opened: Resources) -> RouteResponse:
    """The delegations the supervisor would make."""
    found = _decide(request, opened)
    return RouteResponse(
        delegations=found.delegations,
        needs_clarification=found.needs_clarification,
        method=found.method,
    )


def _decide(request: RoutingRequest, opened: RouterResources) -> Route:
    """Decide as the supervisor does: each question of the history may go on from the one before it."""
    asked = [entry.content for entry in request.history if entry.role == "user" and entry.content]
    previous: list[Delegation] = []
    for question in asked[-RECALLED_QUESTIONS:]:
        previous = decide(opened.classifier, question, previous).delegations or previous
    return decide(opened.classifier, request.message, previous)
