"""How an agent asks its language model: within limits, and with the offline model for when it fails."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import structlog
from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, SystemMessage
from langchain_core.tools import BaseTool
from pydantic import BaseModel

from agents.phrases import Limit, limit_reached
from agents.prompts import NOT_PERMITTED
from agents.tool_arguments import problems_of, with_all_calls
from agents.turn import (
    DEGRADED,
    LLM_SECONDS,
    REJECTED_CALLS,
    Turn,
    TurnLimits,
    has_results,
    marked,
    without_rejected,
)
from narutalk.errors import LlmFailed, NaruTalkError
from narutalk.events import ResetEvent, TokenEvent
from narutalk.offline import OfflineChatModel
from narutalk.quoting import answer_language
from narutalk.run_identity import identity_from_runtime
from tools.tool import refusal_of

logger = structlog.get_logger(__name__)

Handler = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]


class ModelCalls(AgentMiddleware):
    """Asks the language model, and does by rule what is left when it fails or goes too far.

    - It is offered the tools that the caller may use, and told why it has not the others.
    - When it fails or takes too long, the offline model does the rest of the turn, from what has been found;
      its messages are marked `DEGRADED`. What was streamed of the failed reply is taken back by ``reset``.
    - Tool calls with invalid arguments are rejected once, with what is wrong; the next time is a failure.
    - At a limit the answer is what was found so far, and says so in the question's language.

    The offline model itself needs none of this.

    Args:
        agent: Its name, for events.
        limits: For one question.
    """

    def __init__(self, agent: str, limits: TurnLimits) -> None:
        super().__init__()
        self._agent = agent
        self._limits = limits
        self._offline = OfflineChatModel()

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        if isinstance(request.model, OfflineChatModel):
            return await handler(request)
        turn = Turn.of(request.messages)
        if turn.is_degraded:
            return _replying(await self._offline_reply(request, handler))
        if turn.tokens >= self._limits.tokens:
            return _replying(await self._stopped(request, handler, "tokens"))
        started = time.perf_counter()
        reply: AIMessage | None = None
        try:
            async with asyncio.timeout(self._limits.llm_seconds - turn.llm_seconds):
                reply = _reply(await handler(_permitted(request)))
            checked = self._checked(reply, request, turn)
        except (LlmFailed, TimeoutError) as error:
            code = error.code if isinstance(error, LlmFailed) else "llm_timeout"
            logger.warning("agent_degraded", agent=self._agent, code=code, error=str(error)[:300])
            self._reset(request)
            return _replying(_counted(await self._offline_reply(request, handler), reply))
        if checked is None:
            stopped = await self._stopped(request, handler, "tool_calls")
            return _replying(_counted(stopped, reply))
        return _replying(marked(checked, **{LLM_SECONDS: round(time.perf_counter() - started, 3)}))

    def _checked(self, reply: AIMessage, request: ModelRequest[Any], turn: Turn) -> AIMessage | None:
        """Return the reply with no more calls than are left, the wrong ones marked; None when none are left.

        Raises:
            LlmFailed: It says nothing, or its calls are wrong again.
        """
        reply = with_all_calls(reply)
        if not reply.tool_calls:
            if not reply.text.strip():
                raise LlmFailed("The language model said nothing.", code="llm_empty")
            return reply
        left = self._limits.tool_calls - turn.tool_calls
        if left <= 0:
            return None
        reply = reply.model_copy(update={"tool_calls": reply.tool_calls[:left]})
        problems = problems_of(reply, request.tools)
        if not problems:
            return reply
        if turn.was_corrected:
            raise LlmFailed(
                f"The language model's tool calls are wrong again: {' '.join(problems.values())}",
                code="llm_arguments",
            )
        return marked(reply, **{REJECTED_CALLS: problems})

    async def _offline_reply(self, request: ModelRequest[Any], handler: Handler) -> AIMessage:
        messages = without_rejected(request.messages)
        offline = request.override(model=self._offline, messages=messages)
        return marked(_reply(await handler(offline)), **{DEGRADED: True})

    async def _stopped(self, request: ModelRequest[Any], handler: Handler, reached: Limit) -> AIMessage:
        """Return what was found so far, and that a limit was reached."""
        logger.warning("agent_limit_reached", agent=self._agent, limit=reached)
        self._reset(request)
        found = has_results(without_rejected(request.messages))
        reply = await self._offline_reply(request, handler) if found else AIMessage("", id=str(uuid4()))
        limit = self._limits.tool_calls if reached == "tool_calls" else self._limits.tokens
        language = answer_language(request.messages)
        said = limit_reached(reached, limit, language, found=found)
        added = f"\n\n{said}" if found else said
        self._write(request, TokenEvent(agent=self._agent, text=added))
        metadata = {key: value for key, value in reply.response_metadata.items() if key != DEGRADED}
        return reply.model_copy(
            update={"content": reply.text + added, "tool_calls": [], "response_metadata": metadata}
        )

    def _reset(self, request: ModelRequest[Any]) -> None:
        self._write(request, ResetEvent(agent=self._agent))

    @staticmethod
    def _write(request: ModelRequest[Any], event: BaseModel) -> None:
        request.runtime.stream_writer(event.model_dump(mode="json"))


def _permitted(request: ModelRequest[Any]) -> ModelRequest[Any]:
    """Return the request with the tools that the caller may use, and why there are no others."""
    refusals = {tool.name: refusal(tool, request) for tool in request.tools if isinstance(tool, BaseTool)}
    reasons = [f"- {name}: {refused.message}" for name, refused in refusals.items() if refused]
    if not reasons:
        return request
    offered = [
        tool for tool in request.tools if not isinstance(tool, BaseTool) or refusals[tool.name] is None
    ]
    told = NOT_PERMITTED.format(reasons="\n".join(reasons))
    before = request.system_message.text if request.system_message else ""
    return request.override(tools=offered, system_message=SystemMessage(f"{before}\n{told}"))


def refusal(tool: BaseTool, request: ModelRequest[Any]) -> NaruTalkError | None:
    """Return why the caller may not use a tool; None when they may."""
    try:
        return refusal_of(tool, identity_from_runtime(request.runtime))
    except NaruTalkError as nobody:  # without a verified person there is nobody to permit anything to
        return nobody


def _reply(response: ModelResponse[Any]) -> AIMessage:
    reply = response.result[-1]
    if not isinstance(reply, AIMessage):
        raise TypeError(f"a model replied with a {type(reply).__name__}")
    return reply


def _replying(reply: AIMessage) -> ModelResponse[Any]:
    return ModelResponse(result=[reply])


def _counted(reply: AIMessage, replaced: AIMessage | None) -> AIMessage:
    """Return a reply with the tokens of the one that it stands in for."""
    return reply.model_copy(update={"usage_metadata": replaced.usage_metadata}) if replaced else reply
