"""A turn as a reviewer reads it. Pure functions over what was stored of it; all text is still unescaped.

What was stored has the shapes of `narutalk.events`, but of whatever version was running then: what is
missing is left out, never an error.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from django_admin.conversations.models import Feedback, Message, MessageStatus
from django_admin.page_language import page_language
from django_admin.reviews.triage import LOW_CONFIDENCES
from django_admin.web.markdown import safe_html
from narutalk.registry import AGENTS

QUOTE_CHARS = 120
SHOWN_IN_MS = 950
STATUS_VARIANTS = {
    MessageStatus.RUNNING.value: "info",
    MessageStatus.ERROR.value: "danger",
    MessageStatus.INTERRUPTED.value: "warning",
}

Stored = Mapping[str, Any]


class Bar(NamedTuple):
    """A time, in words and as a share of the whole turn (0 to 100)."""

    text: str
    percent: int


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    name: str
    arguments: list[tuple[str, str]]
    status: str
    status_text: str
    duration: str


@dataclass(frozen=True, kw_only=True)
class AgentWork:
    """One agent's part: what it was asked, how sure the route was of it, what it did."""

    title: str
    task: str
    status: str
    status_text: str
    confidence: str
    bar: Bar
    tools: list[ToolCall]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A source; `url` opens the document viewer, which asks again whether this reader may read it."""

    number: str
    title: str
    place: str
    quote: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A question and its answer; `answer` is None when there is none; a chart has ``title`` and ``spec``."""

    number: int
    question: Message
    answer: Message | None
    html: str = ""
    method: str = ""
    confidence: str = ""
    confidence_variant: str = ""
    status_variant: str = ""
    agents: list[AgentWork]
    sources: list[Source]
    charts: list[dict[str, Any]]
    duration: str = ""
    feedback: list[Feedback]


def turn_of(question: Message, number: int) -> Turn:
    """Return a question and its answer as they are shown."""
    answer: Message | None = getattr(question, "answer", None)
    if answer is None:
        return Turn(
            number=number, question=question, answer=None, agents=[], sources=[], charts=[], feedback=[]
        )
    route = answer.route or {}
    return Turn(
        number=number,
        question=question,
        answer=answer,
        html=safe_html(answer.content) if answer.content else "",
        method=_method(route),
        confidence=percent(answer.confidence),
        confidence_variant=confidence_variant(answer.confidence),
        status_variant=STATUS_VARIANTS.get(answer.status, ""),
        agents=_agents(answer, route),
        sources=[_source(citation) for citation in answer.citations],
        charts=answer.charts,
        duration=duration(answer.duration_ms) if answer.status != MessageStatus.RUNNING else "",
        feedback=list(answer.feedback.all()),
    )


def percent(confidence: float | None) -> str:
    """Return a confidence of 0 to 1 in words; nothing for None."""
    return "" if confidence is None else f"{confidence:.0%}"


def confidence_variant(confidence: float | None) -> str:
    """Return the variant of unfold's label in which a confidence of 0 to 1 is shown."""
    if confidence is None:
        return ""
    low, medium, _high = LOW_CONFIDENCES
    return "danger" if confidence < low else "warning" if confidence < medium else "success"


def duration(milliseconds: float | None) -> str:
    """Return a time in words; nothing for None."""
    if milliseconds is None:
        return ""
    if milliseconds < SHOWN_IN_MS:
        return _("%(count)s ms") % {"count": round(milliseconds)}
    return _("%(count)s s") % {"count": f"{milliseconds / 1000:.1f}"}


def agent_title(name: str) -> str:
    """Return what people call an agent."""
    language = page_language()
    return next((agent.titles[language] for agent in AGENTS if agent.name == name), name)


def _method(route: Stored) -> str:
    method = str(route.get("method", ""))
    return {"classifier": _("by the classifier"), "llm": _("by the language model")}.get(method, method)


def _agents(answer: Message, route: Stored) -> list[AgentWork]:
    reports = {str(agent.get("name")): agent for agent in answer.agents}
    delegations = {str(part.get("agent")): part for part in route.get("delegations", [])}
    by_tool = (str(tool.get("agent")) for tool in answer.tools)
    total_ms = max([answer.duration_ms or 0, *(_ms(report) or 0 for report in reports.values())])
    return [
        _agent(name, reports.get(name, {}), delegations.get(name, {}), answer.tools, total_ms)
        for name in dict.fromkeys((*delegations, *reports, *by_tool))
    ]


def _agent(
    name: str, report: Stored, delegation: Stored, tools: Iterable[Stored], total_ms: float
) -> AgentWork:
    milliseconds = _ms(report)
    share = round(100 * milliseconds / total_ms) if milliseconds and total_ms else 0
    status = str(report.get("status", ""))
    return AgentWork(
        title=agent_title(name),
        task=str(report.get("task") or delegation.get("task") or ""),
        status=status,
        status_text=_status_text(status),
        confidence=percent(delegation.get("confidence")),
        bar=Bar(duration(milliseconds), min(share, 100)),
        tools=[_tool(tool) for tool in tools if tool.get("agent") == name],
    )


def _tool(tool: Stored) -> ToolCall:
    status = str(tool.get("status", ""))
    arguments = tool.get("args") or {}
    return ToolCall(
        name=str(tool.get("name", "")),
        arguments=[(str(name), _argument(value)) for name, value in arguments.items()],
        status=status,
        status_text=_status_text(status),
        duration=duration(tool.get("duration_ms")),
    )


def _argument(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _status_text(status: str) -> str:
    return {
        "success": _("done"),
        "error": _("failed"),
        "timeout": _("too slow"),
        "unavailable": _("not reachable"),
        "cancelled": _("stopped"),
        "interrupted": _("waiting for an approval"),
        "running": _("not ended"),
    }.get(status, status)


def _source(citation: Stored) -> Source:
    title, section, page = citation.get("title") or "", citation.get("section"), citation.get("page")
    places = [
        section if section != title else None,
        _("p. %(page)s") % {"page": page} if page else None,
        citation.get("detail"),
    ]
    index = citation.get("index")
    return Source(
        number="" if index is None else str(index),
        title=title,
        place=" · ".join(str(place) for place in places if place) or str(citation.get("source") or ""),
        quote=citation.get("quote") or "",
        url=_document_url(citation),
    )


def _document_url(citation: Stored) -> str:
    if citation.get("kind", "document") != "document" or not citation.get("document_id"):
        return ""
    cited = {name: citation.get(name) for name in ("passage", "page", "section")}
    cited["quote"] = (citation.get("quote") or "")[:QUOTE_CHARS]
    query = urlencode({name: value for name, value in cited.items() if value not in (None, "")})
    try:
        return f"{reverse('document', args=[citation['document_id']])}?{query}"
    except NoReverseMatch:
        return ""


def _ms(report: Stored) -> float | None:
    milliseconds: float | None = report.get("duration_ms")
    return milliseconds
