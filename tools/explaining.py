"""The tool that says how the last answer was computed: the SQL that was asked, with its parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from narutalk.languages import Language
from narutalk.offline.hints import HINTS_KEY, OfflineHints
from narutalk.quoting import answer_language
from narutalk.run_identity import identity_from_runtime

NAME = "explain_answer"
MAX_SHOWN = 6
_PHRASES: Mapping[Language, Sequence[str]] = {
    Language.EN: (
        "show me how you got this",
        "how did you get this",
        "how did you get that number",
        "how did you compute this",
        "how was this calculated",
        "how was that total computed",
        "how did you calculate that",
        "explain how you got this figure",
        "which query did you use",
        "show me the query",
        "show the sql",
        "show me the sql behind this answer",
        "where does this number come from",
        "what is this based on",
        "how do you know that",
        "prove it",
    ),
    Language.KO: (
        "어떻게 계산했어",
        "어떻게 계산했나요",
        "이거 어떻게 계산한 거야",
        "이 숫자는 어떻게 나왔어",
        "그 숫자는 어디서 나온 거야",
        "계산 방법 알려줘",
        "계산 근거 보여줘",
        "근거를 보여줘",
        "산출 근거가 뭐야",
        "어떤 쿼리를 썼어",
        "쿼리 보여줘",
        "SQL 보여줘",
        "어떻게 알았어",
        "무엇을 근거로 한 거야",
        "어떻게 구했어",
    ),
}


class ExplainAnswer(BaseModel):
    """The last answer is explained, or the part of one tool."""

    tool: str | None = Field(None, description="Only what this tool computed; everything when left out.")


def build_explaining_tool() -> BaseTool:
    """Return the tool; it reads the results of the turn before from the agent's own thread."""

    def explain(runtime: ToolRuntime, tool: str | None = None) -> tuple[str, dict[str, Any]]:
        identity_from_runtime(runtime)
        messages: Sequence[AnyMessage] = runtime.state["messages"]
        results = [found for found in _last_results(messages) if tool in (None, found.name)]
        return _told(results, answer_language(messages)), {"citations": [], "explained": len(results)}

    return StructuredTool.from_function(
        func=explain,
        name=NAME,
        description="How the last answer was computed: the tools, their arguments, and the SQL with its "
        'parameters. Use it for "show me how you got this".',
        args_schema=ExplainAnswer,
        response_format="content_and_artifact",
        metadata={HINTS_KEY: OfflineHints(phrases=_PHRASES)},
    )


def _last_results(messages: Sequence[AnyMessage]) -> list[ToolMessage]:
    """Return the results with queries of the latest turn, before the question at hand, that has any."""
    found: list[ToolMessage] = []
    is_earlier = False
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            if found:
                break
            is_earlier = True
        elif is_earlier and isinstance(message, ToolMessage) and _queries(message):
            found.append(message)
    return found[::-1]


def _queries(message: ToolMessage) -> list[dict[str, Any]]:
    artifact = message.artifact
    return list(artifact.get("queries", ())) if isinstance(artifact, dict) else []


def _told(results: Sequence[ToolMessage], language: Language) -> str:
    korean = language is Language.KO
    if not results:
        return (
            "이 대화에서 계산한 답이 아직 없습니다."
            if korean
            else "Nothing has been computed in this conversation yet."
        )
    parts = []
    for result in results:
        queries = _queries(result)
        sources = ", ".join(
            f"{citation['title']} ({citation['detail']})" if citation.get("detail") else citation["title"]
            for citation in result.artifact.get("citations", ())
        )
        parts.append(
            f"`{result.name}` 도구로 계산했습니다. 자료: {sources}."
            if korean
            else f"Computed by the tool `{result.name}` from: {sources}."
        )
        parts += [_block(query) for query in queries[:MAX_SHOWN]]
        if left := len(queries[MAX_SHOWN:]):
            parts.append(f"외 {left}개의 쿼리가 더 있습니다." if korean else f"… and {left} more queries.")
    return "\n\n".join(parts)


def _block(query: Mapping[str, Any]) -> str:
    values = ", ".join(query.get("parameters", ()))
    comment = f"\n-- {values}" if values else ""
    return f"```sql\n{query['sql']}{comment}\n```"
