"""The supervisor's graph with stand-ins for what is behind HTTP or needs a model."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.store.base import BaseStore
from langgraph.types import Command

from graph.intents.classifier import Classification, IntentClassifier
from graph.memory.search import MemoryEmbedder
from graph.nodes import SupervisorNodes
from graph.shown_task import StreamWriter
from graph.state import AgentResult, Pause, RemoteInterrupt
from graph.supervisor import build_supervisor
from narutalk.events import (
    AgentStatus,
    Chart,
    ChartEvent,
    Citation,
    CitationEvent,
    TokenEvent,
    ToolEvent,
    Usage,
)
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.offline import OfflineChatModel
from narutalk.run_identity import run_config

ANNA = Identity(user_id="u-anna", username="anna")
WORDS = {
    "document_search": ("leave", "휴가"),
    "employee_analysis": ("sold", "직원"),
    "client_info": ("bought", "거래처"),
    "general": ("hello", "안녕"),
}


class WordClassifier(IntentClassifier):
    """Knows the intents by a word each; what holds none of them is unclear."""

    def __init__(self) -> None:
        """Needs no model."""

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        return [self._one(text.lower()) for text in texts]

    def _one(self, text: str) -> Classification:
        found = [intent for intent, words in WORDS.items() if any(word in text for word in words)]
        if not found:
            return Classification("document_search", 0.25, dict.fromkeys(WORDS, 0.25))
        scores = {intent: 0.97 / len(found) if intent in found else 0.01 for intent in WORDS}
        return Classification(found[0], scores[found[0]], scores)


@dataclass
class StandIn:
    """An agent in this process.

    Attributes:
        name: Of the agent.
        status: How its tasks go.
        pauses: What it asks people, one pause after the other; each a list of interrupts by id.
        charts: Of every task that succeeds.
        meet: Awaited in the middle of every task.
        asked: The arguments of every task.
    """

    name: str
    status: AgentStatus = "success"
    pauses: Sequence[dict[str, Any]] = ()
    charts: Sequence[Chart] = ()
    meet: Callable[[], Awaitable[object]] | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    _paused: int = 0

    async def ask(
        self,
        task: str,
        *,
        identity: Identity,
        conversation_id: str,
        message_id: str,
        write: StreamWriter,
        alone: bool,
        pause: Pause | None = None,
        recovered: bool = False,
        language: Language | None = None,
    ) -> AgentResult | Pause:
        self.asked.append(
            {
                "task": task,
                "identity": identity,
                "conversation_id": conversation_id,
                "message_id": message_id,
                "alone": alone,
                "pause": pause,
                "recovered": recovered,
                "language": language,
            }
        )
        if self.meet:
            await self.meet()
        if self._paused < len(self.pauses):
            asks = self.pauses[self._paused]
            self._paused += 1
            waiting = [RemoteInterrupt(id=id, value=value) for id, value in asks.items()]
            return Pause(interrupts=waiting, usage=Usage(total_tokens=1), duration_ms=1)
        if self.status != "success":
            return AgentResult(agent=self.name, status=self.status, duration_ms=5)
        citation = Citation(index=1, title=self.name, source=f"{self.name}.md")
        text = f"{self.name} says {len(self.asked)} [1]"
        tool = ToolEvent(agent=self.name, name="look", args={}, status="running")
        for event in (
            tool,
            tool.model_copy(update={"status": "success", "duration_ms": 1.0}),
            CitationEvent(agent=self.name, **citation.model_dump()),
            *(ChartEvent(agent=self.name, **chart.model_dump()) for chart in self.charts),
            TokenEvent(agent=None if alone else self.name, text=text),
        ):
            write(event.model_dump(mode="json"))
        usage = Usage(input_tokens=1, output_tokens=2, total_tokens=3)
        return AgentResult(
            agent=self.name,
            status="success",
            text=text,
            citations=[citation],
            charts=list(self.charts),
            usage=usage,
            duration_ms=5,
        )


Graph = CompiledStateGraph[Any, Any, Any, Any]


@dataclass
class Team:
    """A supervisor with its stand-in agents, and one person's conversation."""

    agents: dict[str, StandIn]
    graph: Graph
    conversation_id: str = field(default_factory=lambda: str(uuid4()))
    identity: Identity = ANNA

    async def resume(self, answers: Any) -> list[dict[str, Any]]:
        """Return the events of a turn that goes on: with one answer, or with several by interrupt id."""
        return await self._events(Command(resume=answers))

    async def waiting(self) -> dict[str, Any]:
        """Return the values of the pending interrupts by their ids."""
        state = await self.graph.aget_state({"configurable": {"thread_id": self.conversation_id}})
        return {entry.id: entry.value for entry in state.interrupts}

    async def ask(self, text: str, message_id: str | None = None) -> list[dict[str, Any]]:
        """Return the events of a turn."""
        question = HumanMessage(text, id=message_id or str(uuid4()))
        return await self._events({"messages": [question]})

    async def _events(self, given: Any) -> list[dict[str, Any]]:
        config: Any = run_config(self.identity)
        config["configurable"]["thread_id"] = self.conversation_id
        return [event async for event in self.graph.astream(given, config, stream_mode="custom")]


def build_team(store: BaseStore | None = None, embedder: MemoryEmbedder | None = None) -> Team:
    """Return a supervisor that keeps its conversations in memory, and memories in a store."""
    agents = {name: StandIn(name) for name in ("document", "employee", "client")}
    nodes = SupervisorNodes(WordClassifier(), agents, OfflineChatModel(), embedder)
    return Team(agents, build_supervisor(nodes, list(agents), InMemorySaver(), store))
