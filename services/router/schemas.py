"""The bodies of the router's routes."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

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
    """What a message is about; ``service`` is None for small talk."""

    intent: str
    confidence: float
    scores: dict[str, float]
    language: Language
    service: str | None


class RouteResponse(BaseModel):
    """Which agents would work on a message, and on what."""

    delegations: list[Delegation]
    needs_clarification: bool
    method: Literal["classifier", "llm"]
