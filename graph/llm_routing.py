"""Asks the language model where a message goes, when the classifier is unsure."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import structlog
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, Field, ValidationError

from graph.prompts import ROUTE_PROMPT
from graph.reasons import because
from graph.routing import Route
from narutalk.events import Delegation, Usage
from narutalk.languages import Language
from narutalk.quoting import bounded
from narutalk.registry import AGENTS, GENERAL_INTENT, agent

logger = structlog.get_logger(__name__)

SURE_ENOUGH = 0.5
"""Below this the person is asked, as the model is told."""
TIMEOUT_SECONDS = 10.0
LAST_MESSAGES = 4
MESSAGE_CHARS = 500
MAX_PARTS = 6


class ProposedPart(BaseModel):
    """One agent's part of the message."""

    agent: str = Field(description="The agent's name.")
    task: str = Field(min_length=1, max_length=2000, description="Its part, in the person's words.")
    after: list[int] = Field(default=[], description="Positions, from 0, of earlier parts it needs.")


class ProposedRoute(BaseModel):
    """Which agents work on the message; no parts when it is small talk or unclear."""

    parts: list[ProposedPart] = Field(default=[], max_length=MAX_PARTS)
    small_talk: bool = Field(default=False, description="Whether no agent is needed.")
    confidence: float = Field(ge=0, le=1, description="How sure you are, 0 to 1.")


async def ask_model(
    model: BaseChatModel,
    found: Route,
    messages: Sequence[AnyMessage],
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Route:
    """Return the model's decision; when it fails, is late, or is unsure, the classifier's as it was.

    Args:
        model: Can answer by a schema.
        found: What the classifier found, which is unclear.
        messages: Of the conversation, the last of which is the question.
        timeout_seconds: For the whole call.
    """
    from openai import OpenAIError  # only here: it takes long to import, and needs a provider

    # The schema, not the class: a class that is filled from a stream warns when the message is serialised.
    asking = model.with_structured_output(
        ProposedRoute.model_json_schema(), method="function_calling", include_raw=True
    )
    try:
        async with asyncio.timeout(timeout_seconds):
            answer = cast(dict[str, Any], await asking.ainvoke(_prompt(messages)))  # by `include_raw`
    except (TimeoutError, ValueError, OpenAIError) as error:
        logger.warning("llm_routing_failed", error=repr(error)[:500])
        return found
    usage = _usage(answer)
    try:
        proposed = ProposedRoute.model_validate(answer["parsed"])
    except ValidationError as error:
        logger.warning("llm_routing_senseless", errors=error.error_count())
        return found.model_copy(update={"usage": usage})
    return _accepted(proposed, found).model_copy(update={"usage": usage})


def _accepted(proposed: ProposedRoute, found: Route) -> Route:
    """Return the decision a proposal makes; one that names unknown agents or is unsure makes none."""
    delegations = _delegations(proposed)
    sure = proposed.confidence >= SURE_ENOUGH
    if not sure or delegations is None or not (delegations or proposed.small_talk):
        return found.model_copy(update={"method": "llm"})
    intent = agent(delegations[0].agent).intent if delegations else GENERAL_INTENT
    return found.model_copy(
        update={
            "delegations": delegations,
            "intent": intent,
            "confidence": proposed.confidence,
            "needs_clarification": False,
            "choices": [],
            "method": "llm",
            "reason": because("llm"),
        }
    )


def _delegations(proposed: ProposedRoute) -> list[Delegation] | None:
    """Return the parts as delegations; an agent's second part always comes after its first."""
    names = {entry.name for entry in AGENTS}
    delegations: list[Delegation] = []
    for position, part in enumerate(proposed.parts):
        if part.agent not in names or any(not 0 <= needed < position for needed in part.after):
            return None
        own = {index for index, earlier in enumerate(delegations) if earlier.agent == part.agent}
        delegations.append(
            Delegation(
                agent=part.agent,
                task=part.task,
                confidence=proposed.confidence,
                after=sorted({*part.after, *own}),
            )
        )
    return delegations


def _prompt(messages: Sequence[AnyMessage]) -> list[BaseMessage]:
    cards = "\n".join(f"- {entry.name}: {entry.topics[Language.EN]}" for entry in AGENTS)
    before = [f"{message.type}: {bounded(message.text, MESSAGE_CHARS)}" for message in messages[:-1]]
    # Line by line as a quote, so that nothing in it can end it.
    quote = [f"> {line}" for text in before[-LAST_MESSAGES:] for line in text.splitlines()]
    conversation = "\n".join(quote) or "(none)"
    return [
        SystemMessage(ROUTE_PROMPT.format(agents=cards)),
        HumanMessage(f"The conversation before:\n{conversation}\n\nThe last message:\n{messages[-1].text}"),
    ]


def _usage(answer: dict[str, Any]) -> Usage:
    counted = getattr(answer["raw"], "usage_metadata", None) or {}
    return Usage(**{name: counted.get(name, 0) for name in Usage.model_fields})
