"""How a function over company data becomes a tool that an agent can call."""

from collections.abc import Callable
from typing import Any, Self, TypeVar

from langchain.tools import ToolRuntime
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel

from narutalk.errors import NaruTalkError
from narutalk.events import Chart, Citation
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.offline.hints import HINTS_KEY, OfflineHints
from narutalk.quoting import answer_language
from narutalk.run_identity import identity_from_runtime
from narutalk.sql_recording import recorded_queries
from tools.numbering import CITATIONS_KEY, numbers_taken

ArgsT = TypeVar("ArgsT", bound=BaseModel)
REQUIRES_KEY = "requires"


class ToolResult(BaseModel):
    """What a tool returns: typed data, its sources, and a short Markdown text of itself."""

    citations: list[Citation] = []

    def to_chart(self, language: Language) -> Chart | None:
        """Return a chart where it says more than the table; None where it does not."""
        return None

    def to_markdown(self, language: Language) -> str:
        """Return the result as short Markdown, as the model and, offline, the person reads it."""
        raise NotImplementedError

    def numbered_after(self, taken: int) -> Self:
        """Return the result with the numbers that it is cited by moved up, behind those that are taken.

        A result whose text holds such numbers moves them too.
        """
        moved = [
            citation
            if citation.index is None
            else citation.model_copy(update={"index": citation.index + taken})
            for citation in self.citations
        ]
        return self.model_copy(update={"citations": moved})


def build_tool(
    run: Callable[[Identity, ArgsT], ToolResult],
    *,
    name: str,
    description: str,
    args: type[ArgsT],
    hints: OfflineHints,
    max_citations: int = 0,
    requires: Callable[[Identity], None] | None = None,
) -> BaseTool:
    """Return a LangChain tool that runs ``run`` with the caller's verified identity, in a worker thread.

    The tool's content is the result's Markdown in the language of the question; its artifact is the
    result as JSON, with ``citations``, ``chart`` (or None) and ``queries``: the SQL of company data
    that was asked.

    Args:
        run: Does the work; raises `ToolError` on purpose, anything else fails the run.
        name: As the model calls it.
        description: When to use the tool, for the model.
        args: The model's arguments; field descriptions go into the tool's schema.
        hints: How the offline model uses the tool.
        max_citations: How many numbers its result's citations take up at most. Those of several calls in one
            turn follow each other, so that ``[1]`` means one thing.
        requires: Of a tool that some callers may never use: raises a `NaruTalkError` for those, before
            anything else is done. A language model is not even offered it.
    """

    def call(runtime: ToolRuntime, **arguments: Any) -> tuple[str, dict[str, Any]]:
        identity = identity_from_runtime(runtime)
        if requires:
            requires(identity)
        language = answer_language(runtime.state["messages"])
        with recorded_queries() as queries:
            result = run(identity, args(**arguments))
        if taken := numbers_taken(runtime):
            result = result.numbered_after(taken)
        chart = result.to_chart(language)
        artifact = {
            **result.model_dump(mode="json"),
            "chart": chart.model_dump(mode="json") if chart else None,
            "queries": [query.model_dump() for query in queries],
        }
        return result.to_markdown(language), artifact

    return StructuredTool.from_function(
        func=call,
        name=name,
        description=description,
        args_schema=args,
        response_format="content_and_artifact",
        metadata={HINTS_KEY: hints, CITATIONS_KEY: max_citations}
        | ({REQUIRES_KEY: requires} if requires else {}),
    )


def refusal_of(tool: BaseTool, identity: Identity) -> NaruTalkError | None:
    """Return why a caller may never use a tool; None when they may, with some arguments at least."""
    requires: Callable[[Identity], None] | None = (tool.metadata or {}).get(REQUIRES_KEY)
    try:
        if requires:
            requires(identity)
    except NaruTalkError as refusal:
        return refusal
    return None
