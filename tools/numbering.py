"""The numbers that answers cite by: those of several tool calls in one turn follow each other."""

from langchain.tools import ToolRuntime
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

CITATIONS_KEY = "max_citations"


def numbers_taken(runtime: ToolRuntime) -> int:
    """Return how many numbers this turn's earlier calls have used, and those beside this one may use."""
    taken = 0
    widths = {tool.name: (tool.metadata or {}).get(CITATIONS_KEY, 0) for tool in runtime.tools}
    for message in reversed(runtime.state["messages"]):
        if isinstance(message, HumanMessage):
            break
        if isinstance(message, ToolMessage) and isinstance(message.artifact, dict):
            used = [citation.get("index") or 0 for citation in message.artifact.get("citations", ())]
            taken = max(taken, *used, 0)
    asked = next(
        (entry for entry in reversed(runtime.state["messages"]) if isinstance(entry, AIMessage)), None
    )
    for call in asked.tool_calls if asked else ():
        if call["id"] == runtime.tool_call_id:
            break
        taken += widths.get(call["name"], 0)
    return taken
