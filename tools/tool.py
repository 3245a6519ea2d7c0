"""How a function over company data becomes a tool that an agent can call."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from langchain.tools import ToolRuntime
from langchain_core.messages import AnyMessage, HumanMessage
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel

from narutalk.events import Citation
from narutalk.identity import Identity
from narutalk.languages import Language, detect_language
from narutalk.offline.hints import HINTS_KEY, OfflineHints
from narutalk.quoting import unquoted
from narutalk.run_identity import identity_from_runtime

ArgsT = TypeVar("ArgsT", bound=BaseModel)


class ToolResult(BaseModel):
    """What a tool returns: typed data, its sources, and a short Markdown text of itself."""

    citations: list[Citation] = []

    def to_markdown(self, language: Language) -> str:
        """Return the result as short Markdown, as the model and, offline, the person reads it."""
        raise NotImplementedError


def build_tool(
    run: Callable[[Identity, ArgsT], ToolResult],
    *,
    name: str,
    description: str,
    args: type[ArgsT],
    hints: OfflineHints,
) -> BaseTool:
    """Return a LangChain tool that runs ``run`` with the caller's verified identity, in a worker thread.

    The tool's content is the result's Markdown in the language of the question; its artifact is the
    result as JSON, with ``citations``.

    Args:
        run: Does the work; raises `ToolError` on purpose, anything else fails the run.
        name: As the model calls it.
        description: When to use the tool, for the model.
        args: The model's arguments; field descriptions go into the tool's schema.
        hints: How the offline model uses the tool.
    """

    def call(runtime: ToolRuntime, **arguments: Any) -> tuple[str, dict[str, Any]]:
        result = run(identity_from_runtime(runtime), args(**arguments))
        return result.to_markdown(language_of(runtime.state["messages"])), result.model_dump(mode="json")

    return StructuredTool.from_function(
        func=call,
        name=name,
        description=description,
        args_schema=args,
        response_format="content_and_artifact",
        metadata={HINTS_KEY: hints},
    )


def language_of(messages: Sequence[AnyMessage]) -> Language:
    """Return the language of the last question."""
    asked = [message for message in messages if isinstance(message, HumanMessage)]
    return detect_language(unquoted(asked[-1].text)[0]) if asked else Language.EN
