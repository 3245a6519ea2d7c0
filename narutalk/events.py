"""What a turn streams: defined once, the same from graph to browser.

A turn sends ``route``, then for each delegation ``agent_start``, ``tool``, ``citation`` and ``chart`` as they
happen and ``agent_end``, with ``token`` in between, and closes with exactly one ``final`` or ``error``.
Tokens without an agent are the answer itself; tokens with one are an agent's own text while several
work, which the answer then combines. ``reset`` takes tokens back: the language model failed within them, and
the offline model begins anew. An agent may work on several delegations: ``position`` says on which of those
in ``route``.

An agent that waits for a person's answer sends ``interrupt`` instead of ``agent_end``. The run then ends
without ``final``, once the other agents have ended; the manager closes the turn with a ``final`` that says
who waits. When the run is resumed another stream begins: with ``agent_start`` for each agent that goes on,
then as above.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import structlog
from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError, field_validator

logger = structlog.get_logger(__name__)

AgentStatus = Literal["success", "error", "timeout", "unavailable", "cancelled", "interrupted"]
"""``interrupted``: it waits for a person's answer."""
MAX_CHART_BYTES = 32_768
MAX_CHARTS = 8
"""Of one answer."""


class Delegation(BaseModel):
    """One agent's part of a question.

    Attributes:
        after: The positions, in the list of delegations, of those whose results it needs; empty when it can
            begin at once.
    """

    agent: str
    task: str
    confidence: float = Field(ge=0, le=1)
    after: list[int] = []


class Citation(BaseModel):
    """A source of an answer: a passage of a document, or the records a figure was computed from.

    Attributes:
        index: The number in the answer's text, as in ``[1]``; None when the text does not refer to it.
        kind: What the source is.
        title: What people read.
        document_id: Of a document; None for records.
        source: A document's file name, or the name of the table.
        page: From 1; None where the format has no pages.
        section: The heading the passage stands under.
        passage: The passage's position in its document, from 0.
        quote: The passage.
        detail: For records, the period and the filters.
    """

    index: int | None = None
    kind: Literal["document", "records"] = "document"
    title: str
    document_id: str | None = None
    source: str
    page: int | None = None
    section: str | None = None
    passage: int | None = None
    quote: str | None = None
    detail: str | None = None


class Chart(BaseModel):
    """A picture of an answer's figures, drawn by who shows it.

    Attributes:
        title: What people read above it, and what screen readers say of it.
        spec: Vega-Lite 5, with its data inline: it fetches nothing. As JSON at most `MAX_CHART_BYTES`.
    """

    title: str = Field(max_length=200)
    spec: dict[str, Any]

    @field_validator("spec")
    @classmethod
    def _is_small_and_whole(cls, spec: dict[str, Any]) -> dict[str, Any]:
        if len(json.dumps(spec, ensure_ascii=False).encode()) > MAX_CHART_BYTES:
            raise ValueError(f"a chart has at most {MAX_CHART_BYTES} bytes")
        if _names_url(spec):
            raise ValueError("a chart brings its data with it, and names no address")
        return spec


def _names_url(value: Any) -> bool:
    if isinstance(value, dict):
        return any(key in ("url", "href") or _names_url(inner) for key, inner in value.items())
    return isinstance(value, list) and any(_names_url(inner) for inner in value)


def drawable_charts(found: Any) -> list[Chart]:
    """Return the charts that can be drawn, each once and at most `MAX_CHARTS`; the others are logged.

    An answer is worth more than its pictures: a chart that is too big, or no chart at all, never fails it.
    """
    charts: list[Chart] = []
    for given in found if isinstance(found, list | tuple) else ():
        try:
            chart = Chart.model_validate(given)
        except ValidationError as error:
            reasons = [problem["msg"] for problem in error.errors(include_input=False, include_url=False)]
            logger.warning("chart dropped", reasons=reasons)
            continue
        if chart not in charts:
            charts.append(chart)
    if len(charts) > MAX_CHARTS:
        logger.warning("charts dropped", count=len(charts) - MAX_CHARTS, kept=MAX_CHARTS)
    return charts[:MAX_CHARTS]


Charts = Annotated[list[Chart], BeforeValidator(drawable_charts), Field(max_length=MAX_CHARTS)]


class Usage(BaseModel):
    """Tokens as the model provider counts them; zero for the offline model.

    Attributes:
        cached_tokens: Those of the input that the provider had cached.
        cost_usd: By the prices in the settings; None where they hold none.
    """

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cost_usd: float | None = None

    def __add__(self, other: "Usage") -> "Usage":
        """Return the tokens of both; they are priced once they are all there."""
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            total_tokens=self.total_tokens + other.total_tokens,
        )

    @classmethod
    def counted(cls, metadata: Mapping[str, Any] | None) -> "Usage":
        """Return what a LangChain message's ``usage_metadata`` counts; nothing where there is none."""
        found = metadata or {}
        return cls(
            input_tokens=found.get("input_tokens") or 0,
            cached_tokens=(found.get("input_token_details") or {}).get("cache_read") or 0,
            output_tokens=found.get("output_tokens") or 0,
            total_tokens=found.get("total_tokens") or 0,
        )


class AgentReport(BaseModel):
    """How one agent's part went.

    Attributes:
        position: Of its delegation among the turn's: an agent may be given several parts.
        usage: Of the language model's calls for this part.
        degraded: Whether the offline model stood in for the language model.
    """

    name: str
    position: int = 0
    status: AgentStatus
    duration_ms: float
    usage: Usage = Usage()
    degraded: bool = False


class RouteEvent(BaseModel):
    type: Literal["route"] = "route"
    delegations: list[Delegation]
    confidence: float
    method: Literal["classifier", "llm"]
    intent: str


class AgentStartEvent(BaseModel):
    type: Literal["agent_start"] = "agent_start"
    agent: str
    position: int = 0
    task: str


class ToolEvent(BaseModel):
    type: Literal["tool"] = "tool"
    agent: str
    position: int = 0
    name: str
    args: dict[str, Any]
    status: Literal["running", "success", "error"]
    duration_ms: float | None = None


class TokenEvent(BaseModel):
    type: Literal["token"] = "token"
    agent: str | None = None
    text: str


class ResetEvent(BaseModel):
    """The tokens so far are void, because the language model failed within them; others follow.

    Attributes:
        agent: Whose tokens; None for those of the answer itself.
    """

    type: Literal["reset"] = "reset"
    agent: str | None = None


class CitationEvent(Citation):
    type: Literal["citation"] = "citation"
    agent: str


class ChartEvent(Chart):
    """A chart of a tool's figures; it follows the tool's citations."""

    type: Literal["chart"] = "chart"
    agent: str


class AgentEndEvent(BaseModel):
    type: Literal["agent_end"] = "agent_end"
    agent: str
    position: int = 0
    status: AgentStatus
    duration_ms: float


class InterruptEvent(BaseModel):
    """An agent waits for an answer.

    Attributes:
        agent: Its name.
        position: Of its delegation among the turn's.
        id: Of the interrupt on the conversation's thread; ``Command(resume={id: answer})`` goes on.
        value: What the agent asks, as it gave it to LangGraph's ``interrupt()``.
    """

    type: Literal["interrupt"] = "interrupt"
    agent: str
    position: int = 0
    id: str
    value: Any = None


class Answer(BaseModel):
    """The outcome of a turn, as `POST /api/chat` answers it.

    Attributes:
        message_id: Of the question; the turn goes by it.
        answer_id: Of the stored answer; feedback goes by it. The manager gives it.
        charts: In the order of the text that they belong to.
        usage: Of the whole turn: routing, agents, and the answer.
        degraded: Whether the offline model stood in for the language model anywhere in the turn.
    """

    response: str
    intent: str
    service_used: str
    confidence: float
    conversation_id: str
    message_id: str
    answer_id: str | None = None
    run_id: str | None = None
    agents: list[AgentReport] = []
    citations: list[Citation] = []
    charts: Charts = []
    usage: Usage = Usage()
    degraded: bool = False


class FinalEvent(Answer):
    type: Literal["final"] = "final"


class ErrorEvent(BaseModel):
    type: Literal["error"] = "error"
    code: str
    message: str


TurnEvent = Annotated[
    RouteEvent
    | AgentStartEvent
    | ToolEvent
    | TokenEvent
    | ResetEvent
    | CitationEvent
    | ChartEvent
    | AgentEndEvent
    | InterruptEvent
    | FinalEvent
    | ErrorEvent,
    Field(discriminator="type"),
]

turn_event_adapter: TypeAdapter[TurnEvent] = TypeAdapter(TurnEvent)
