"""Checks a model's tool calls before anything is done: each names a tool, with arguments of its schema."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from langchain.agents.middleware import AgentMiddleware, ToolCallRequest
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.messages.tool import tool_call
from langchain_core.tools import BaseTool
from langgraph.types import Command
from pydantic import BaseModel, ValidationError

from agents.prompts import NO_SUCH_TOOL, NOT_JSON, NOT_VALID
from agents.turn import rejected_calls
from narutalk.llm import MALFORMED_CALLS

MAX_PROBLEMS = 5


class RejectedCalls(AgentMiddleware):
    """Answers the tool calls that `problems_of` found wrong with what is wrong, and lets all others pass.

    It stands before the middleware that asks people for approval, and that which reports tool calls.
    """

    async def awrap_tool_call(
        self,
        request: ToolCallRequest,
        handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]],
    ) -> ToolMessage | Command[Any]:
        call = request.tool_call
        for message in reversed(request.state["messages"]):
            if isinstance(message, AIMessage):
                problem = rejected_calls(message).get(str(call["id"]))
                if problem:
                    return ToolMessage(problem, name=call["name"], tool_call_id=call["id"], status="error")
                break
        return await handler(request)


def with_all_calls(reply: AIMessage) -> AIMessage:
    """Return a reply whose malformed calls are among its calls, each with an id: each gets a result."""
    calls = [
        *reply.tool_calls,
        *(tool_call(name=call["name"] or "", args={}, id=call["id"]) for call in reply.invalid_tool_calls),
    ]
    malformed = {
        **(reply.response_metadata.get(MALFORMED_CALLS) or {}),
        **{str(call["id"]): call["args"] or "" for call in reply.invalid_tool_calls},
    }
    for call in calls:
        call["id"] = call["id"] or f"call_{uuid4().hex[:16]}"
    metadata = (
        {**reply.response_metadata, MALFORMED_CALLS: malformed} if malformed else reply.response_metadata
    )
    return reply.model_copy(
        update={"tool_calls": calls, "invalid_tool_calls": [], "response_metadata": metadata}
    )


def problems_of(reply: AIMessage, tools: Sequence[BaseTool | dict[str, Any]]) -> dict[str, str]:
    """Return what is wrong with a reply's tool calls, by their id, in words for the model.

    Args:
        reply: As `with_all_calls` returns it.
        tools: All that there are.
    """
    known = {tool.name: tool for tool in tools if isinstance(tool, BaseTool)}
    malformed = reply.response_metadata.get(MALFORMED_CALLS) or {}
    problems: dict[str, str] = {}
    for call in reply.tool_calls:
        problem = _problem(call["name"], call["args"], known, is_malformed=call["id"] in malformed)
        if problem:
            problems[str(call["id"])] = problem
    return problems


def _problem(
    name: str, args: dict[str, Any], known: Mapping[str, BaseTool], *, is_malformed: bool
) -> str | None:
    if name not in known:
        return NO_SUCH_TOOL.format(tool=json.dumps(name[:60]), tools=", ".join(known))
    if is_malformed:
        return NOT_JSON.format(tool=name)
    problems = _invalid(known[name], args)
    return NOT_VALID.format(tool=name, problems="; ".join(problems)) if problems else None


def _invalid(tool: BaseTool, args: dict[str, Any]) -> list[str]:
    """Return what is wrong with arguments: fields and reasons, without links and values."""
    schema = tool.args_schema
    if not (isinstance(schema, type) and issubclass(schema, BaseModel)):
        return []
    try:
        schema.model_validate(args)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        asked_for = set(tool.args)  # what LangGraph puts in itself is none of the model's
        return [
            f"{'.'.join(map(str, problem['loc'])) or 'arguments'}: {problem['msg']}"
            for problem in found
            if not (problem["type"] == "missing" and problem["loc"][0] not in asked_for)
        ][:MAX_PROBLEMS]
    return []
