"""From a turn's events to what is stored with the answer, and back."""

import time
from typing import Any

from django_admin.conversations.actions import Outcome
from django_admin.conversations.models import Message, MessageStatus
from narutalk.events import (
    AgentEndEvent,
    AgentReport,
    AgentStartEvent,
    Chart,
    ChartEvent,
    Citation,
    CitationEvent,
    ErrorEvent,
    FinalEvent,
    InterruptEvent,
    ResetEvent,
    RouteEvent,
    TokenEvent,
    ToolEvent,
    TurnEvent,
    Usage,
    drawable_charts,
)

INTERRUPTED = "interrupted"


class Transcript:
    """Gathers what a turn reports, so that it can be stored however the turn ends.

    Args:
        trace_id: Of the turn's trace; empty when it is not traced.
    """

    def __init__(self, *, trace_id: str = "") -> None:
        self.run_id: str | None = None
        self._trace_id = trace_id
        self._started = time.monotonic()
        self._route: RouteEvent | None = None
        self._text: list[str] = []
        self._agents: dict[tuple[str, int], dict[str, Any]] = {}  # by name and the delegation's position
        self._tools: list[dict[str, Any]] = []
        self._citations: list[Citation] = []
        self._charts: list[Chart] = []

    def add(self, event: TurnEvent) -> None:
        """Take an event into account."""
        match event:
            case RouteEvent():
                self._route = event
            case TokenEvent(agent=None):
                self._text.append(event.text)
            case ResetEvent(agent=None):
                self._text.clear()
            case AgentStartEvent():
                self._agents[event.agent, event.position] = {
                    **_unknown(event.agent, event.position),
                    "task": event.task,
                    "status": "cancelled",
                    "duration_ms": 0,
                }
            case AgentEndEvent():
                known = self._known(event.agent, event.position)
                self._agents[event.agent, event.position] = known | {
                    "status": event.status,
                    "duration_ms": event.duration_ms,
                }
            case InterruptEvent():
                known = self._known(event.agent, event.position)
                self._agents[event.agent, event.position] = (
                    {"duration_ms": 0}
                    | known
                    | {
                        "status": "interrupted",
                        "interrupts": [*known.get("interrupts", []), {"id": event.id, "value": event.value}],
                    }
                )
            case ToolEvent():
                self._add_tool(event)
            case CitationEvent():
                self._citations.append(Citation.model_validate(event.model_dump(exclude={"type", "agent"})))
            case ChartEvent():
                self._charts = drawable_charts([*self._charts, event])
            case _:
                pass

    @property
    def waiting(self) -> list[str]:
        """The agents that wait for a person's answer."""
        return self._names("interrupted")

    def paused(self, response: str) -> FinalEvent:
        """Return the event that closes a turn in which agents wait; the caller puts its ids in."""
        return FinalEvent(
            response=response,
            intent=self._route.intent if self._route else "",
            service_used="+".join(sorted(self._names())),
            confidence=self._route.confidence if self._route else 0.0,
            conversation_id="",
            message_id="",
            agents=[AgentReport.model_validate(agent) for agent in self._agents.values()],
        )

    def complete(self, final: FinalEvent) -> Outcome:
        """Return what is stored of a turn that was answered."""
        agents = [
            self._known(report.name, report.position) | report.model_dump(mode="json")
            for report in final.agents
        ]
        return self._outcome(
            MessageStatus.COMPLETE,
            content=final.response,
            intent=final.intent,
            confidence=final.confidence,
            service_used=final.service_used,
            agents=agents,
            citations=[citation.model_dump(mode="json") for citation in final.citations],
            charts=[chart.model_dump(mode="json") for chart in final.charts],
            usage=final.usage.model_dump(),
            degraded=final.degraded,
        )

    def failed(self, error: ErrorEvent) -> Outcome:
        """Return what is stored of a turn that failed or was stopped: what came so far."""
        return self._outcome(
            MessageStatus.INTERRUPTED if error.code == INTERRUPTED else MessageStatus.ERROR,
            content="".join(self._text),
            intent=self._route.intent if self._route else "",
            confidence=self._route.confidence if self._route else None,
            service_used=", ".join(self._names()),
            agents=list(self._agents.values()),
            citations=[citation.model_dump(mode="json") for citation in self._citations],
            charts=[chart.model_dump(mode="json") for chart in self._charts],
            usage=Usage().model_dump(),
            error_code=error.code,
            error_message=error.message,
        )

    def _names(self, *status: str) -> list[str]:
        """Return the agents, each once; those with one of the statuses where any are given."""
        named = [agent["name"] for agent in self._agents.values() if not status or agent["status"] in status]
        return list(dict.fromkeys(named))

    def _known(self, agent: str, position: int) -> dict[str, Any]:
        return self._agents.get((agent, position)) or _unknown(agent, position)

    def _outcome(self, status: MessageStatus, **fields: Any) -> Outcome:
        return Outcome(
            status=status,
            duration_ms=round((time.monotonic() - self._started) * 1000, 1),
            route=self._route.model_dump(mode="json") if self._route else None,
            tools=self._tools,
            run_id=self.run_id or "",
            trace_id=self._trace_id,
            **fields,
        )

    def _add_tool(self, event: ToolEvent) -> None:
        stored = event.model_dump(mode="json", exclude={"type"})
        for index, known in enumerate(self._tools):
            same_call = all(known[key] == stored[key] for key in ("agent", "position", "name", "args"))
            if same_call and known["status"] == "running" and event.status != "running":
                self._tools[index] = stored
                return
        self._tools.append(stored)


def _unknown(agent: str, position: int) -> dict[str, Any]:
    return {"name": agent, "position": position, "task": ""}


def stored_closing_event(question: Message, answer: Message) -> FinalEvent | ErrorEvent:
    """Return the event that closed a turn, from what was stored of it."""
    if answer.status != MessageStatus.COMPLETE:
        code = answer.error_code or INTERRUPTED
        return ErrorEvent(code=code, message=answer.error_message or "The answer was interrupted.")
    return FinalEvent(
        response=answer.content,
        intent=answer.intent,
        service_used=answer.service_used,
        confidence=answer.confidence or 0.0,
        conversation_id=str(question.conversation_id),
        message_id=str(question.pk),
        answer_id=str(answer.pk),
        run_id=answer.run_id or None,
        agents=[AgentReport.model_validate(agent) for agent in answer.agents],
        citations=[Citation.model_validate(citation) for citation in answer.citations],
        charts=drawable_charts(answer.charts),
        usage=Usage.model_validate(answer.usage),
        degraded=answer.degraded,
    )
