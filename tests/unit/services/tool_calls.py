"""Calls a tool as an agent does: the identity comes with the run."""

from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.messages import HumanMessage
from langchain_core.tools import BaseTool
from langgraph.runtime import ServerInfo

from narutalk.errors import NaruTalkError
from narutalk.identity import Identity


def use_tool(tool: BaseTool, who: Identity, arguments: dict[str, Any]) -> Any:
    """Return what a tool tells and hands on, or the code, message and details of its refusal."""
    runtime: Any = ToolRuntime(
        state={"messages": [HumanMessage("?")]},
        context=None,
        config={},
        stream_writer=lambda _: None,
        tool_call_id="1",
        store=None,
        server_info=ServerInfo("agent", "agent", who),
    )
    try:
        text, artifact = tool.func(runtime=runtime, **arguments)  # type: ignore[attr-defined]
    except NaruTalkError as error:
        return error.code, error.message, error.details
    return text, artifact
