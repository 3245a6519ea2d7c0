"""How every agent is built: `create_agent` with its tools, and what it streams of its tool calls."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, ToolCallRequest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from agents.approvals import Approvals
from agents.card import AgentCard
from agents.first_calls import FirstCalls
from agents.history import TidyHistory
from agents.model_calls import ModelCalls
from agents.tool_arguments import RejectedCalls
from agents.turn import TurnLimits
from narutalk.choices import CHOICE_KEY
from narutalk.errors import NaruTalkError
from narutalk.events import Chart, ChartEvent, Citation, CitationEvent, ToolEvent, drawable_charts
from narutalk.quoting import answer_language

DEFAULT_LIMITS = TurnLimits()


class ToolEvents(AgentMiddleware):
    """Streams a `tool` event before and after each tool call a `citation` event for each of its sources,
    and a `chart` event where it has one.

    An error that a tool raised on purpose becomes a tool message with status ``error``, for the model to
    read, in the question's language where the error's details have it, and with the choice that a person is
    asked for as its artifact; any other error fails the run.
    """

    def __init__(self, agent: str) -> None:
        super().__init__()
        self._agent = agent

    async def awrap_tool_call(
        self,
        request: ToolCallRequest,
        handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]],
    ) -> ToolMessage | Command[Any]:
        call = request.tool_call
        write = request.runtime.stream_writer
        event = ToolEvent(agent=self._agent, name=call["name"], args=call["args"], status="running")
        write(event.model_dump(mode="json"))
        started = time.perf_counter()
        try:
            result = await handler(request)
        except NaruTalkError as error:
            text = error.details.get(answer_language(request.state["messages"]), error.message)
            choice = error.details.get(CHOICE_KEY)
            result = ToolMessage(
                text,
                name=call["name"],
                tool_call_id=call["id"],
                status="error",
                artifact={CHOICE_KEY: choice} if choice else None,
            )
        failed = isinstance(result, ToolMessage) and result.status == "error"
        finished = event.model_copy(
            update={
                "status": "error" if failed else "success",
                "duration_ms": round((time.perf_counter() - started) * 1000, 1),
            }
        )
        write(finished.model_dump(mode="json"))
        for citation in _citations(result):
            write(CitationEvent(agent=self._agent, **citation.model_dump()).model_dump(mode="json"))
        for chart in _charts(result):
            write(ChartEvent(agent=self._agent, **chart.model_dump()).model_dump(mode="json"))
        return result


def build_agent(
    *,
    card: AgentCard,
    model: BaseChatModel,
    tools: Sequence[BaseTool],
    prompt: str,
    checkpointer: BaseCheckpointSaver[str] | None,
    limits: TurnLimits = DEFAULT_LIMITS,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return an agent's graph.

    Args:
        card: Names the graph.
        model: Chooses the tools and writes the answer.
        tools: What it can call.
        prompt: For a model that reads prompts.
        checkpointer: Keeps the agent's part of each conversation, one thread each.
        limits: How much it may do for one question.
    """
    middleware: list[AgentMiddleware[Any, Any, Any]] = [
        TidyHistory(),
        RejectedCalls(),
        Approvals(),  # around the model's calls: it prepares what they end with, also by rule
        *([FirstCalls(tools, limits)] if limits.plans_first else []),
        ModelCalls(card.name, limits),
        ToolEvents(card.name),
    ]
    return create_agent(
        model,
        tools,
        system_prompt=prompt,
        middleware=middleware,
        checkpointer=checkpointer,
        name=card.name,
    )


def _citations(result: ToolMessage | Command[Any]) -> list[Citation]:
    artifact = result.artifact if isinstance(result, ToolMessage) else None
    found = artifact.get("citations", ()) if isinstance(artifact, dict) else ()
    return [Citation.model_validate(citation) for citation in found]


def _charts(result: ToolMessage | Command[Any]) -> list[Chart]:
    artifact = result.artifact if isinstance(result, ToolMessage) else None
    found = artifact.get("chart") if isinstance(artifact, dict) else None
    return drawable_charts([found] if found else [])
