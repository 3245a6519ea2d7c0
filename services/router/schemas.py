"""The bodies of the router's routes."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from graph.reasons import Reason, RouteMethod
from narutalk.events import Delegation
from narutalk.languages import Language

MAX_HISTORY = 50


class HistoryMessage(BaseModel):
    """A message of the conversation so far."""

    role: Literal["user", "assistant"]
    content: str = Field(max_length=100_000)


class RoutingRequest(BaseModel):
    """A message, with the conversation before it."""

    message: Annotated[str, Field(min_length=1, max_length=8000, examples=["Who is the sales director?"])]
    history: list[HistoryMessage] = Field(default=[], max_length=MAX_HISTORY)


class AnalyzeResponse(BaseModel):
    """What a message is about, and the decision that follows; ``service`` is None for small talk."""

    intent: str
    confidence: float
    scores: dict[str, float]
    language: Language
    service: str | None
    delegations: list[Delegation]
    needs_clarification: bool
    choices: list[str]
    follow_up: bool
    method: RouteMethod
    reason: Reason | None


class RouteResponse(BaseModel):
    """Which agents would work on a message, on what, in which order, and why."""

    delegations: list[Delegation]
    needs_clarification: bool
    method: RouteMethod
    intent: str
    confidence: float
    scores: dict[str, float]
    language: Language
    choices: list[str]
    follow_up: bool
    reason: Reason | None
