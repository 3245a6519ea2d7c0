"""A turn's first tool calls that are beyond doubt: made by rule, without asking the language model which."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from anyio import to_thread
from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage
from langchain_core.messages.tool import tool_call
from langchain_core.tools import BaseTool

from agents.model_calls import Handler, refusal
from agents.tool_arguments import problems_of
from agents.turn import PLANNED, Turn, TurnLimits
from narutalk.offline import OfflineChatModel
from narutalk.offline.certainty import Certainty
from narutalk.offline.model import offline_tools
from narutalk.offline.planning import Call, Planner
from narutalk.quoting import unquoted
from tools.changing import approval_of


class FirstCalls(AgentMiddleware):
    """Makes the calls that a question needs beyond doubt; the language model is asked once they have results.

    It may then answer, or call more tools. The message is marked `PLANNED`, and no tokens are counted. A plan
    has no call that changes something, that the caller may not make, or whose arguments are not valid, and
    no more calls than the limit. Where earlier results or memories were passed on, the question may mean more
    than it says, and is left to the model. The offline model plans all by itself.

    Args:
        tools: The agent's.
        limits: For one question.
    """

    def __init__(self, tools: Sequence[BaseTool], limits: TurnLimits) -> None:
        super().__init__()
        self._known = {tool.name: tool for tool in tools}
        self._limits = limits
        self._certainty = Certainty(Planner(offline_tools(tools)))

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        turn = Turn.of(request.messages)
        if turn.is_begun or isinstance(request.model, OfflineChatModel):
            return await handler(request)
        question, context = unquoted(turn.question)
        # A second paragraph is how the person wishes to be answered, or more than one question.
        doubtful = bool(context) or "\n" in question.strip()
        calls = () if doubtful else await to_thread.run_sync(self._certainty.calls, question)
        planned = AIMessage(
            "",
            id=str(uuid4()),
            tool_calls=[
                tool_call(name=call.tool, args=call.args, id=f"call_{uuid4().hex[:16]}") for call in calls
            ],
            response_metadata={PLANNED: True},
        )
        if not self._may_be_made(calls, request) or problems_of(planned, request.tools):
            return await handler(request)
        return ModelResponse(result=[planned])

    def _may_be_made(self, calls: Sequence[Call], request: ModelRequest[Any]) -> bool:
        tools = [self._known[call.tool] for call in calls]
        return 0 < len(tools) <= self._limits.tool_calls and not any(
            approval_of(tool) or refusal(tool, request) for tool in tools
        )
