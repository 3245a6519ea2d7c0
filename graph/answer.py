"""The answer of a turn: one agent's text as it is, or several combined with every figure and source kept."""

import re
from collections.abc import Sequence

from graph.phrases import ask_back, heading, missing, offer
from graph.state import AgentResult
from narutalk.events import Chart, Citation
from narutalk.languages import Language
from narutalk.registry import AGENTS

_MARK = re.compile(r"\[(\d{1,2})\](?!\()")


def forward(result: AgentResult, language: Language) -> tuple[str, list[Citation]]:
    """Return the only agent's answer, or what is missing when it failed."""
    if result.status != "success":
        return missing(result.agent, result.status, language), []
    return result.text, _referred_to(result.text, result.citations)


def combine(results: Sequence[AgentResult], language: Language) -> tuple[str, list[Citation]]:
    """Return several agents' answers under headings, in the order of the registry.

    Citation marks are numbered anew, so that ``[1]`` means one thing; failed parts are named at the end. What
    waits for a choice that the person is asked for has not failed.
    """
    ordered = _in_order(results)
    parts: list[str] = []
    citations: list[Citation] = []
    offset = 0
    shown: set[str] = set()
    for result in (entry for entry in ordered if entry.status == "success"):
        if result.agent not in shown:
            parts.append(heading(result.agent, language))
            shown.add(result.agent)
        parts.append(_renumber(result.text, offset))
        citations.extend(_shift(citation, offset) for citation in result.citations)
        offset += max((citation.index or 0 for citation in result.citations), default=0)
    asks_back = any(result.choice for result in results)
    parts.extend(
        missing(result.agent, result.status, language)
        for result in ordered
        if result.status != "success" and not (asks_back and result.status == "cancelled")
    )
    text = "\n\n".join(parts)
    return text, _referred_to(text, citations)


def charts(results: Sequence[AgentResult]) -> list[Chart]:
    """Return the charts of the parts that were answered, in the order of `combine`."""
    return [chart for result in _in_order(results) if result.status == "success" for chart in result.charts]


def small_talk(reply: str, language: Language) -> str:
    """Return a reply to small talk, with what can be asked about."""
    return f"{reply}\n\n{offer(language)}"


def clarify(language: Language, choices: Sequence[str] = ()) -> str:
    """Return the question that an unclear message is answered with, with the likeliest choices."""
    return ask_back(language, choices)


def _in_order(results: Sequence[AgentResult]) -> list[AgentResult]:
    order = {entry.name: position for position, entry in enumerate(AGENTS)}
    return sorted(results, key=lambda result: (order.get(result.agent, len(order)), result.position))


def _referred_to(text: str, citations: Sequence[Citation]) -> list[Citation]:
    """Return the sources that the text cites, and those that stand for all of it."""
    marks = {int(mark) for mark in _MARK.findall(text)}
    return [citation for citation in citations if citation.index is None or citation.index in marks]


def _renumber(text: str, offset: int) -> str:
    return _MARK.sub(lambda mark: f"[{int(mark[1]) + offset}]", text) if offset else text


def _shift(citation: Citation, offset: int) -> Citation:
    if citation.index is None:
        return citation
    return citation.model_copy(update={"index": citation.index + offset})
