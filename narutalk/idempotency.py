"""Names for what a tool does, so that it is done once however often the tool is called for it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID, uuid5

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.messages.tool import ToolCall

from narutalk.errors import ConfigurationError

NAMESPACE = UUID("5b2f3c64-6f0a-4f57-9f0e-0a3a1d6c7e21")


class CallRuntime(Protocol):
    """What is read of LangChain's `ToolRuntime`."""

    @property
    def tool_call_id(self) -> str | None: ...

    @property
    def state(self) -> Any: ...

    @property
    def config(self) -> Any: ...


def idempotency_key(runtime: CallRuntime) -> str:
    """Return the key of a tool call: the same whenever the same is to be done, and no other call's.

    It is the same when a run is resumed, after a pause or by another process, and when the
    question is asked again and the model calls the tool with the same arguments. It differs between
    questions, between arguments, and between the calls of one question that are alike: two payments of the
    same sum are two. A tool stores the key together with what it does, in one transaction or at
    whoever carries it out, and answers with the first result when the key is known. A call that failed
    must not have done anything, because the model's next try has another key.

    The run must have durability ``sync``, as the router's delegations have: the model's calls are then stored
    before a tool begins. Otherwise a crash may lose the message with the calls while what a tool did
    stays; the model is asked again and may word its arguments otherwise, which is another key.

    Args:
        runtime: As injected into the tool, on an agent whose state has ``messages``.

    Raises:
        ConfigurationError: ``no_tool_call``: there is no thread, or the call is not in its messages.
    """
    thread_id = runtime.config.get("configurable", {}).get("thread_id")
    question_id, calls = _calls_of_the_question(runtime.state, runtime.tool_call_id)
    position = next((i for i, call in enumerate(calls) if call["id"] == runtime.tool_call_id), None)
    if not thread_id or position is None:
        raise ConfigurationError("This is no tool call of an agent on a thread.", code="no_tool_call")
    asked = [_content(call) for call in calls]
    alike = asked[:position].count(asked[position])
    return str(uuid5(NAMESPACE, json.dumps([thread_id, question_id, asked[position], alike])))


def _calls_of_the_question(state: Any, tool_call_id: str | None) -> tuple[str | None, Sequence[ToolCall]]:
    """Return the question that a call belongs to, and its calls so far."""
    messages = state.get("messages", ()) if isinstance(state, Mapping) else getattr(state, "messages", ())
    question_id, calls = None, list[ToolCall]()
    for message in messages:
        if isinstance(message, HumanMessage):
            question_id, calls = message.id, []
        elif isinstance(message, AIMessage):
            calls.extend(message.tool_calls)
            if any(call["id"] == tool_call_id for call in message.tool_calls):
                break
    return question_id, calls


def _content(call: ToolCall) -> str:
    return json.dumps([call["name"], call["args"]], sort_keys=True, default=str)
