"""What an agent has done for the question at hand, read from its messages alone: it survives pauses."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from narutalk.events import Usage
from narutalk.settings import Settings

DEGRADED = "degraded"
"""In a message's `response_metadata`: the offline model wrote it because the language model failed."""
REJECTED_CALLS = "rejected_calls"
"""In a message's `response_metadata`: what is wrong with tool calls that are not carried out, by their id."""
PLANNED = "planned"
"""In a message's `response_metadata`: its tool calls were beyond doubt, and no language model was asked."""
LLM_SECONDS = "llm_seconds"
"""In a message's `response_metadata`: how long the language model worked on it."""
LLM_SHARE = 2 / 3
"""Of an agent's deadline: the rest is for its tools, and for the offline model after a failure."""


class TurnLimits(NamedTuple):
    """How much one agent may do for one question.

    Attributes:
        tool_calls: At most so many.
        tokens: Once the language model has used so many, input and output, it is not asked again.
        llm_seconds: For all calls of the language model, with their repetitions.
        plans_first: Whether first tool calls that are beyond doubt are made without asking it.
    """

    tool_calls: int = 12
    tokens: int = 100_000
    llm_seconds: float = 30.0
    plans_first: bool = True

    @classmethod
    def of(cls, settings: Settings) -> "TurnLimits":
        """Return the limits that the settings set."""
        return cls(
            tool_calls=settings.agent_max_tool_calls,
            tokens=settings.agent_max_tokens,
            llm_seconds=settings.agent_deadline_seconds * LLM_SHARE,
            plans_first=settings.agent_plan_first,
        )


class Turn(NamedTuple):
    """What has been done since the last question.

    Attributes:
        question: Empty when there is none.
        is_begun: Whether there is a reply already.
        tool_calls: Made so far, those that were rejected among them.
        tokens: Of the language model.
        llm_seconds: That it took.
        was_corrected: Whether the model was told that its arguments were invalid.
        is_degraded: Whether the language model failed.
    """

    question: str
    is_begun: bool
    tool_calls: int
    tokens: int
    llm_seconds: float
    was_corrected: bool
    is_degraded: bool

    @classmethod
    def of(cls, messages: Sequence[AnyMessage]) -> "Turn":
        """Return what an agent's messages tell."""
        start = _last_question(messages)
        replies = [message for message in messages[start + 1 :] if isinstance(message, AIMessage)]
        return cls(
            question=messages[start].text if start >= 0 else "",
            is_begun=bool(replies),
            tool_calls=sum(len(reply.tool_calls) for reply in replies),
            tokens=sum(Usage.counted(reply.usage_metadata).total_tokens for reply in replies),
            llm_seconds=sum(reply.response_metadata.get(LLM_SECONDS, 0.0) for reply in replies),
            was_corrected=any(reply.response_metadata.get(REJECTED_CALLS) for reply in replies),
            is_degraded=any(reply.response_metadata.get(DEGRADED) for reply in replies),
        )


def rejected_calls(message: AnyMessage) -> dict[str, str]:
    """Return what is wrong with a message's tool calls, by their id."""
    found: dict[str, str] = message.response_metadata.get(REJECTED_CALLS) or {}
    return found


def without_rejected(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """Return the messages without the results that only say what is wrong with a call."""
    rejected = {call_id for message in messages for call_id in rejected_calls(message)}
    return [
        message
        for message in messages
        if not (isinstance(message, ToolMessage) and message.tool_call_id in rejected)
    ]


def has_results(messages: Sequence[AnyMessage]) -> bool:
    """Whether a tool has answered since the last question."""
    return any(isinstance(message, ToolMessage) for message in messages[_last_question(messages) + 1 :])


def marked(reply: AIMessage, **metadata: Any) -> AIMessage:
    """Return a reply with more in its metadata."""
    return reply.model_copy(update={"response_metadata": {**reply.response_metadata, **metadata}})


def _last_question(messages: Sequence[AnyMessage]) -> int:
    asked = (index for index in range(len(messages) - 1, -1, -1) if isinstance(messages[index], HumanMessage))
    return next(asked, -1)
