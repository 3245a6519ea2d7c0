"""What the supervisor's graph keeps for a conversation, and for the turn at hand."""

from typing import (
    Annotated,
    Any,
    NotRequired,  # typing's own makes pydantic fail on Python 3.11
)

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages
from pydantic import BaseModel
from typing_extensions import TypedDict

from graph.history import Summary
from graph.memory.recalled import Recalled
from graph.routing import Route
from narutalk.choices import Choice
from narutalk.events import AgentStatus, Charts, Citation, Delegation, FinalEvent, Usage


class AgentResult(BaseModel):
    """What came back from one delegation.

    Attributes:
        agent: Its name.
        status: How it went; `text` is empty unless it is ``success``.
        text: The agent's answer.
        citations: In the order the agent gave them.
        charts: In the order the agent gave them.
        duration_ms: From the request to the last byte.
        position: Of its delegation among the turn's.
        degraded: Whether the offline model stood in for the agent's language model.
        choice: What its text asks the person to choose from.
    """

    agent: str
    status: AgentStatus
    text: str = ""
    citations: list[Citation] = []
    charts: Charts = []
    usage: Usage = Usage()
    duration_ms: float = 0.0
    position: int = 0
    degraded: bool = False
    choice: Choice | None = None


class RemoteInterrupt(BaseModel):
    """What an agent asked a person at an `interrupt()`.

    Attributes:
        id: Of the interrupt on the agent's own thread.
        value: As the agent gave it.
    """

    id: str
    value: Any = None


class Pause(BaseModel):
    """What an agent waits for, and what it had done till then.

    Attributes:
        interrupts: In the order in which the person is asked.
        answers: Given so far, by the interrupt's id.
        citations: Of the work before the pause.
        charts: Of the work before the pause.
        usage: Of the work before the pause.
        duration_ms: Of the work before the pause; waiting does not count.
        degraded: Whether the offline model did some of it instead of the language model.
    """

    interrupts: list[RemoteInterrupt]
    answers: dict[str, Any] = {}
    citations: list[Citation] = []
    charts: Charts = []
    usage: Usage = Usage()
    duration_ms: float = 0.0
    degraded: bool = False

    def next_interrupt(self) -> RemoteInterrupt | None:
        """Return the first interrupt without an answer; None when the agent can go on."""
        return next((entry for entry in self.interrupts if entry.id not in self.answers), None)

    def answered(self, interrupt: RemoteInterrupt, answer: Any) -> "Pause":
        """Return it with one more answer."""
        return self.model_copy(update={"answers": {**self.answers, interrupt.id: answer}})


def collect(left: list[AgentResult], right: list[AgentResult] | None) -> list[AgentResult]:
    """Add the results of agents that worked side by side; None starts a new turn."""
    return [] if right is None else [*left, *right]


class SupervisorInput(TypedDict):
    """All that a caller may set."""

    messages: Annotated[list[AnyMessage], add_messages]


class SupervisorState(TypedDict, total=False):
    """A conversation.

    Attributes:
        messages: The questions and answers so far.
        route: The decision for the last question.
        previous: The delegations of the last turn that had any, for follow-ups.
        results: Of this turn's delegations.
        sent: The positions of the delegations that were sent to their agents in this turn.
        summary: Of the oldest turns, whose messages are gone.
        memory: What is known of the person in this turn.
        remembered: The ids of what was remembered last, for "forget that"; until an agent worked.
        final: What closed the last turn; its event may be lost with the process that sent it.
    """

    messages: Annotated[list[AnyMessage], add_messages]
    route: Route
    previous: list[Delegation]
    results: Annotated[list[AgentResult], collect]
    sent: list[int]
    summary: Summary
    memory: Recalled
    remembered: list[str]
    final: FinalEvent | None


class DelegationTask(TypedDict):
    """What one agent's node is sent.

    Attributes:
        delegation: The agent and its task.
        message_id: Fixed for the question and the delegation, so that a repeated call asks once.
        alone: Whether this is the only delegation, whose text is the answer.
        position: Of the delegation among the turn's.
        context: What the agent needs to know besides its task; bounded, and kept in no state.
        memory: What is known of the person.
        pause: What the agent waits for, once it does.
    """

    delegation: Delegation
    message_id: str
    alone: bool
    position: NotRequired[int]
    context: NotRequired[str]
    memory: NotRequired[Recalled]
    pause: NotRequired[Pause]
