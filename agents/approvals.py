"""Tools that change something wait for a person, who approves, edits or refuses what will happen."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Annotated, Any, Literal, NotRequired

from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ToolCallRequest
from langchain.agents.middleware.types import ExtendedModelResponse, ModelResponse, PrivateStateAttr
from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from langchain_core.messages.tool import ToolCall
from langchain_core.tools import BaseTool
from langgraph.config import get_config
from langgraph.types import Command, interrupt
from pydantic import BaseModel, ValidationError

from narutalk.errors import NaruTalkError
from narutalk.idempotency import idempotency_key
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.quoting import answer_language
from narutalk.run_identity import identity_from_runtime
from tools.changing import SHOWN_KEY, Approval, Shown, approval_of

REFUSED = {
    Language.EN: "This was refused, so nothing was changed.",
    Language.KO: "거절하셔서 아무것도 변경하지 않았습니다.",
}
NOT_UNDERSTOOD = {
    Language.EN: "The answer to the approval was not understood, so nothing was changed.",
    Language.KO: "승인에 대한 답을 이해하지 못하여 아무것도 변경하지 않았습니다.",
}
WRONG_ARGUMENTS = {
    Language.EN: "These arguments are not valid ({problems}), so nothing was changed.",
    Language.KO: "입력값이 올바르지 않아({problems}) 아무것도 변경하지 않았습니다.",
}


class EditedAction(BaseModel):
    name: str
    args: dict[str, Any]


class Decision(BaseModel):
    """A person's answer, in the format of LangChain's `HumanInTheLoopMiddleware`."""

    type: Literal["approve", "edit", "reject"]
    edited_action: EditedAction | None = None
    message: str | None = None


class ApprovalState(AgentState[Any]):
    """The agent's state with what was shown of the latest calls, a `Shown` by the call's id."""

    shown_for_approval: NotRequired[Annotated[dict[str, Any], PrivateStateAttr]]


class Approvals(AgentMiddleware[ApprovalState, Any, Any]):
    """Pauses each call of a tool that declares an `Approval`, and runs it once a person has approved it.

    What a person is shown is made when the model has called the tool, and stored with that call: the tool
    can compare what is so when it is approved with what was shown, however long that took. The interrupt's
    value is a ``tool_approval`` as LangChain's `HumanInTheLoopMiddleware` gives it in its mode
    ``per_call``, with ``allowed_decisions``, and with the ``changes``; the answer is one `Decision`.
    A call that is refused, or that the person may not make, becomes a tool message with status ``error`` in
    the question's language. Nothing is asked of a person who may not do it, nor again for what was done
    already.

    It stands before the middleware that reports tool calls: what is not approved was never begun.
    """

    state_schema = ApprovalState

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any] | ExtendedModelResponse[Any]:
        response = await handler(request)
        messages: list[Any] = [*request.state["messages"], *response.result]
        tools = {tool.name: tool for tool in request.tools if isinstance(tool, BaseTool)}
        calls = [(call, tools.get(call["name"])) for call in _calls(response.result)]
        changing = [(call, tool) for call, tool in calls if tool and approval_of(tool)]
        if not changing:
            return response
        identity = identity_from_runtime(request.runtime)
        shown = {
            str(call["id"]): (await asyncio.to_thread(_prepare, tool, call, identity, messages)).model_dump(
                mode="json"
            )
            for call, tool in changing
        }
        return ExtendedModelResponse(response, Command(update={SHOWN_KEY: shown}))

    async def awrap_tool_call(
        self,
        request: ToolCallRequest,
        handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]],
    ) -> ToolMessage | Command[Any]:
        if approval_of(request.tool) is None:
            return await handler(request)
        call, language = request.tool_call, answer_language(request.state["messages"])
        shown = Shown.model_validate(request.state.get(SHOWN_KEY, {}).get(call["id"], {}))
        if shown.done:
            return await handler(request)
        if shown.proposal is None:
            return _not_done(call, shown.refusal or NOT_UNDERSTOOD[language])
        answer = interrupt(
            {
                "type": "tool_approval",
                "tool_call_id": call["id"],
                "name": call["name"],
                "args": call["args"],
                "description": shown.proposal.description,
                "changes": [change.model_dump() for change in shown.proposal.changes],
                "allowed_decisions": ["approve", "edit", "reject"],
            }
        )
        try:
            decision = Decision.model_validate(answer)
            if decision.type == "reject":
                return _not_done(call, decision.message or REFUSED[language])
            args = _decided_args(call, decision)
            if args is None:
                return _not_done(call, NOT_UNDERSTOOD[language])
            _valid_args(request.tool, args)
        except ValidationError as error:
            return _not_done(call, _problems(error, language))
        return await handler(request.override(tool_call={**call, "args": args}))


def _calls(result: list[Any]) -> list[ToolCall]:
    return [call for message in result if isinstance(message, AIMessage) for call in message.tool_calls]


def _prepare(tool: BaseTool, call: ToolCall, identity: Identity, messages: Sequence[AnyMessage]) -> Shown:
    """Return what the person is shown of a call, or why nobody is asked."""
    approval: Approval[Any] | None = approval_of(tool)
    if approval is None:
        raise TypeError(f"{tool.name} needs no approval")
    if approval.done(_key(call, messages)):
        return Shown(done=True)
    language = answer_language(messages)
    try:
        proposal = approval.propose(identity, _valid_args(tool, call["args"]), language)
    except ValidationError as error:
        return Shown(refusal=_problems(error, language))
    except NaruTalkError as error:
        return Shown(refusal=error.details.get(language, error.message))
    return Shown(proposal=proposal, asked_by_id=identity.user_id, asked_by=identity.username)


def _key(call: ToolCall, messages: Sequence[AnyMessage]) -> str:
    runtime = SimpleNamespace(tool_call_id=call["id"], state={"messages": messages}, config=get_config())
    return idempotency_key(runtime)


def _valid_args(tool: BaseTool | None, args: Mapping[str, Any]) -> Any:
    schema = tool.args_schema if tool else None
    return schema.model_validate(args) if isinstance(schema, type) and issubclass(schema, BaseModel) else args


def _decided_args(call: ToolCall, decision: Decision) -> dict[str, Any] | None:
    """Return what the tool is to be called with; None when the decision is for another tool."""
    if decision.type == "approve":
        return call["args"]
    edited = decision.edited_action
    return edited.args if edited and edited.name == call["name"] else None


def _problems(error: ValidationError, language: Language) -> str:
    if error.title == Decision.__name__:
        return NOT_UNDERSTOOD[language]
    fields = ", ".join(".".join(map(str, problem["loc"])) or problem["type"] for problem in error.errors())
    return WRONG_ARGUMENTS[language].format(problems=fields)


def _not_done(call: ToolCall, text: str) -> ToolMessage:
    return ToolMessage(text, name=call["name"], tool_call_id=call["id"], status="error")
