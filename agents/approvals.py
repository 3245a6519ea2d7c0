"""Tools that change something wait for a person, who approves, edits or refuses what will happen."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from langchain.agents.middleware import AgentMiddleware, ToolCallRequest
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool
from langgraph.types import Command, interrupt
from pydantic import BaseModel, ValidationError

from narutalk.errors import NaruTalkError
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.quoting import answer_language
from narutalk.run_identity import identity_from_runtime
from tools.tool import APPROVAL_KEY

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

Describe = Callable[[Identity, Any, Language], str]


class EditedAction(BaseModel):
    name: str
    args: dict[str, Any]


class Decision(BaseModel):
    """A person's answer, in the format of LangChain's `HumanInTheLoopMiddleware`."""

    type: Literal["approve", "edit", "reject"]
    edited_action: EditedAction | None = None
    message: str | None = None


class Approvals(AgentMiddleware):
    """Pauses each call of a tool that declares an ``approval``, and runs it once a person has approved it.

    The interrupt's value is a ``tool_approval`` as LangChain's `HumanInTheLoopMiddleware` gives it in its
    mode ``per_call``, with ``allowed_decisions``; the answer is one `Decision`. A call that is refused, or
    that the person may not make, becomes a tool message with status ``error`` in the question's language.
    Nothing is asked of a person who may not do it, and rights are looked at again when the run goes on.

    It stands before the middleware that reports tool calls: what is not approved was never begun.
    """

    async def awrap_tool_call(
        self,
        request: ToolCallRequest,
        handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]],
    ) -> ToolMessage | Command[Any]:
        describe = _approval_of(request.tool)
        if describe is None:
            return await handler(request)
        language = _language(request)
        try:
            description = _describe(describe, request, request.tool_call["args"], language)
            answer = interrupt(
                {
                    "type": "tool_approval",
                    "tool_call_id": request.tool_call["id"],
                    "name": request.tool_call["name"],
                    "args": request.tool_call["args"],
                    "description": description,
                    "allowed_decisions": ["approve", "edit", "reject"],
                }
            )
            decision = Decision.model_validate(answer)
            if decision.type == "reject":
                return _not_done(request, decision.message or REFUSED[language])
            args = _decided_args(request, decision)
            if args is None:
                return _not_done(request, NOT_UNDERSTOOD[language])
            _describe(describe, request, args, language)
        except ValidationError as error:
            return _not_done(request, _problems(error, language))
        except NaruTalkError as error:
            return _not_done(request, error.details.get(language, error.message))
        return await handler(request.override(tool_call={**request.tool_call, "args": args}))


def _approval_of(tool: BaseTool | None) -> Describe | None:
    declared: Describe | None = ((tool.metadata or {}) if tool else {}).get(APPROVAL_KEY)
    return declared


def _describe(
    describe: Describe, request: ToolCallRequest, args: Mapping[str, Any], language: Language
) -> str:
    schema = request.tool.args_schema if request.tool else None
    valid = (
        schema.model_validate(args) if isinstance(schema, type) and issubclass(schema, BaseModel) else args
    )
    return describe(identity_from_runtime(request.runtime), valid, language)


def _decided_args(request: ToolCallRequest, decision: Decision) -> dict[str, Any] | None:
    """Return what the tool is to be called with; None when the decision is for another tool."""
    if decision.type == "approve":
        return request.tool_call["args"]
    edited = decision.edited_action
    return edited.args if edited and edited.name == request.tool_call["name"] else None


def _problems(error: ValidationError, language: Language) -> str:
    if error.title == Decision.__name__:
        return NOT_UNDERSTOOD[language]
    fields = ", ".join(".".join(map(str, problem["loc"])) or problem["type"] for problem in error.errors())
    return WRONG_ARGUMENTS[language].format(problems=fields)


def _not_done(request: ToolCallRequest, text: str) -> ToolMessage:
    call = request.tool_call
    return ToolMessage(text, name=call["name"], tool_call_id=call["id"], status="error")


def _language(request: ToolCallRequest) -> Language:
    return answer_language(request.state["messages"])
