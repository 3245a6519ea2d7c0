"""How a function that changes something becomes a tool that a person approves, and that does it once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from langchain.tools import ToolRuntime
from langchain_core.messages import HumanMessage
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel

from narutalk.idempotency import idempotency_key
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.offline.hints import HINTS_KEY, OfflineHints
from narutalk.quoting import answer_language, unquoted
from narutalk.run_identity import identity_from_runtime
from tools.tool import ToolResult

ArgsT = TypeVar("ArgsT", bound=BaseModel)
APPROVAL_KEY = "approval"
SHOWN_KEY = "shown_for_approval"
"""Where an agent's state keeps what was shown of its latest calls, by the call's id: a `Shown` each."""


class FieldChange(BaseModel):
    """One line of what will change, in the language of the question.

    Attributes:
        field: Its name for people.
        before: What it says now; None where there is nothing.
        after: What it will say; None where nothing will be left.
    """

    field: str
    before: str | None
    after: str | None


class Proposal(BaseModel):
    """What will happen when a call is approved.

    Attributes:
        description: One sentence.
        changes: What will be different.
        seen: The data that this was made from, for the tool to compare with when it is approved. It is not
            shown, and no client can set it.
    """

    description: str
    changes: list[FieldChange] = []
    seen: dict[str, Any] = {}


class Shown(BaseModel):
    """What an agent's state keeps of a call that needs an approval, from before it is asked for.

    Attributes:
        proposal: What the person is shown; None when nobody is asked.
        refusal: Why nobody is asked: it may not, or cannot, be done.
        done: It was carried out before, so nobody is asked, and the tool tells its first result.
        asked_by_id: Who asked for it.
        asked_by: That person's name.
    """

    proposal: Proposal | None = None
    refusal: str | None = None
    done: bool = False
    asked_by_id: str = ""
    asked_by: str = ""


@dataclass(frozen=True)
class ApprovedCall:
    """What a tool knows of a call that a person has approved.

    Attributes:
        key: Of what is to be done; see `narutalk.idempotency`.
        seen: Of the proposal that was shown.
        question: Why it is done, in the person's words.
        asked_by_id: Who asked for it; the identity a tool runs with is that of who approved it.
        asked_by: That person's name.
        conversation_id: Where it was asked; None outside of a conversation.
        run_id: Which run does it; None outside of the agent server.
    """

    key: str
    seen: Mapping[str, Any]
    question: str
    asked_by_id: str
    asked_by: str
    conversation_id: str | None
    run_id: str | None


@dataclass(frozen=True)
class Approval(Generic[ArgsT]):
    """How a tool is approved.

    Attributes:
        propose: Says what will happen with these arguments. It raises a `NaruTalkError` when this person may
            not do it, or when it cannot be done: then nobody is asked. It changes nothing.
        done: Returns the result of the call with a key, when that was carried out; else None.
    """

    propose: Callable[[Identity, ArgsT, Language], Proposal]
    done: Callable[[str], ToolResult | None]


def build_changing_tool(
    run: Callable[[Identity, ArgsT, ApprovedCall], ToolResult],
    *,
    name: str,
    description: str,
    args: type[ArgsT],
    hints: OfflineHints,
    approval: Approval[ArgsT],
) -> BaseTool:
    """Return a LangChain tool that changes something; agents ask a person before they run it.

    Args:
        run: Does it, once for each key, which it stores with what it does. It looks at the rights again, and
            whether what was shown is still so: both may have changed while the person thought about it.
            Raises a `ToolError` when it does nothing.
        name: As the model calls it.
        description: When to use the tool, for the model.
        args: The model's arguments; field descriptions go into the tool's schema.
        hints: How the offline model uses the tool.
        approval: What is shown before.
    """

    def call(runtime: ToolRuntime, **arguments: Any) -> tuple[str, dict[str, Any]]:
        approved = _approved(runtime)
        result = approval.done(approved.key) or run(
            identity_from_runtime(runtime), args(**arguments), approved
        )
        return result.to_markdown(answer_language(runtime.state["messages"])), result.model_dump(mode="json")

    return StructuredTool.from_function(
        func=call,
        name=name,
        description=description,
        args_schema=args,
        response_format="content_and_artifact",
        metadata={HINTS_KEY: replace(hints, approved=True), APPROVAL_KEY: approval},
    )


def approval_of(tool: BaseTool | None) -> Approval[Any] | None:
    """Return how a tool is approved; None for a tool that changes nothing."""
    declared = ((tool.metadata or {}) if tool else {}).get(APPROVAL_KEY)
    return declared if isinstance(declared, Approval) else None


def _approved(runtime: ToolRuntime) -> ApprovedCall:
    shown = Shown.model_validate(runtime.state.get(SHOWN_KEY, {}).get(runtime.tool_call_id, {}))
    identity = identity_from_runtime(runtime)
    asked = [message for message in runtime.state["messages"] if isinstance(message, HumanMessage)]
    run_id = runtime.config.get("configurable", {}).get("run_id")
    return ApprovedCall(
        key=idempotency_key(runtime),
        seen=shown.proposal.seen if shown.proposal else {},
        question=unquoted(asked[-1].text)[0] if asked else "",
        asked_by_id=shown.asked_by_id or identity.user_id,
        asked_by=shown.asked_by or identity.username,
        conversation_id=identity.conversation_id,
        run_id=str(run_id) if run_id else None,
    )
