"""The router's REST routes: the routing decision, without carrying it out."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from graph.intents.classifier import IntentClassifier
from graph.llm_routing import ask_model
from graph.memory.items import preferences_of
from graph.memory.keeping import Memories
from graph.memory.recalled import Recalled
from graph.references import last_turn
from graph.routing import Route, decide
from narutalk.events import Delegation
from narutalk.identity import Identity
from narutalk.offline import OfflineChatModel
from narutalk.registry import agent_for_intent
from services.agent_server.auth import Caller
from services.agent_server.state import Server, ServerState
from services.router.resources import RouterResources, resources
from services.router.schemas import AnalyzeResponse, RouteResponse, RoutingRequest

RECALLED_QUESTIONS = 5
"""How far back a chain of follow-ups is followed; every question costs a classification."""

router = APIRouter(tags=["routing"])

Resources = Annotated[RouterResources, Depends(resources)]


@router.post("/analyze", summary="Analyse a message's intent")
async def analyze(
    request: RoutingRequest, caller: Caller, server: Server, opened: Resources
) -> AnalyzeResponse:
    """Intent, confidence and the scores of every intent, and the decision that follows from them."""
    found = await _decide(request, opened, await _recalled(server, caller))
    return AnalyzeResponse(
        **found.model_dump(include=set(AnalyzeResponse.model_fields)), service=agent_for_intent(found.intent)
    )


@router.post("/route", summary="Decide where a message goes")
async def route(request: RoutingRequest, caller: Caller, server: Server, opened: Resources) -> RouteResponse:
    """The delegations the supervisor would make, and why."""
    found = await _decide(request, opened, await _recalled(server, caller))
    return RouteResponse(**found.model_dump(include=set(RouteResponse.model_fields)))


async def _recalled(server: ServerState, identity: Identity) -> Recalled:
    return Recalled(preferences=preferences_of(await Memories(server.store, identity).all()))


async def _decide(request: RoutingRequest, opened: RouterResources, recalled: Recalled) -> Route:
    """Decide as the supervisor does, with what the caller asked it to remember."""
    asked = request.model_copy(update={"message": recalled.question(request.message)})
    return recalled.applied(await _found(asked, opened), request.message)


async def _found(request: RoutingRequest, opened: RouterResources) -> Route:
    found = await to_thread.run_sync(_classify, request, opened.classifier)
    if not found.needs_clarification or isinstance(opened.model, OfflineChatModel):
        return found
    return await ask_model(opened.model, found, _messages(request))


def _classify(request: RoutingRequest, classifier: IntentClassifier) -> Route:
    """Each question of the history may go on from the one before it."""
    asked = [entry.content for entry in request.history if entry.role == "user" and entry.content]
    previous: list[Delegation] = []
    choices: list[str] = []
    for question in asked[-RECALLED_QUESTIONS:]:
        route = decide(classifier, question, previous)
        previous, choices = route.delegations or previous, route.choices
    return decide(classifier, request.message, previous, last_turn(_messages(request)), choices)


def _messages(request: RoutingRequest) -> list[AnyMessage]:
    history: list[AnyMessage] = [
        HumanMessage(entry.content) if entry.role == "user" else AIMessage(entry.content)
        for entry in request.history
    ]
    return [*history, HumanMessage(request.message)]
