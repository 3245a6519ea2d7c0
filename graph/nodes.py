"""The supervisor's nodes: they read the state, call what does the work, and stream the turn's events."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import uuid4

from anyio import to_thread
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langgraph.config import get_stream_writer
from langgraph.errors import GraphInterrupt
from langgraph.runtime import Runtime
from langgraph.types import Command, Send, interrupt
from pydantic import BaseModel

from graph import answer, waves
from graph.conversation_id import conversation_id
from graph.history import last_question, marks
from graph.history_nodes import History, context, recalled_of
from graph.intents.classifier import IntentClassifier
from graph.llm_routing import ask_model
from graph.memory.nodes import MemoryNodes
from graph.memory.recalled import Recalled
from graph.memory.search import MemoryEmbedder
from graph.pending import PendingChoice
from graph.references import last_turn
from graph.remote import Agent
from graph.routing import Route, decide
from graph.shown_task import StreamWriter
from graph.speaking import Speaker, Spoken, write_pieces
from graph.state import AgentResult, DelegationTask, Pause, SupervisorState
from narutalk.events import (
    AgentEndEvent,
    AgentReport,
    AgentStartEvent,
    Citation,
    FinalEvent,
    InterruptEvent,
    RouteEvent,
    TokenEvent,
)
from narutalk.handover import run_is_resumed
from narutalk.languages import Language
from narutalk.offline import OfflineChatModel
from narutalk.pricing import NO_PRICES, Prices
from narutalk.quoting import quoted
from narutalk.registry import GENERAL_INTENT
from narutalk.run_identity import identity_from_runtime

ANSWER: Literal["answer"] = "answer"
GATHER: Literal["gather"] = "gather"


class SupervisorNodes:
    """What the nodes work with.

    Args:
        classifier: Scores messages by intent.
        agents: By name.
        model: Combines answers that build on one another, and makes small talk; the offline one leaves it to
            rules.
        embedder: Finds what is remembered by its meaning; without one it is found by its words.
        prices: Of the model's tokens.
    """

    def __init__(
        self,
        classifier: IntentClassifier,
        agents: Mapping[str, Agent],
        model: BaseChatModel,
        embedder: MemoryEmbedder | None = None,
        prices: Prices = NO_PRICES,
    ) -> None:
        self._classifier = classifier
        self._agents = agents
        self._model = model
        self._speaker = Speaker(model)
        self._prices = prices
        self.history = History(model)
        self.memory = MemoryNodes(embedder)

    async def route(self, state: SupervisorState) -> dict[str, Any]:
        """Decide where the last question goes, and say so."""
        question, recalled = last_question(state["messages"]), recalled_of(state)
        route = await to_thread.run_sync(
            decide,
            self._classifier,
            recalled.question(question.text),
            state.get("previous", []),
            last_turn(state["messages"]),
            before.choices if (before := state.get("route")) else (),
        )
        if route.needs_clarification and not isinstance(self._model, OfflineChatModel):
            route = await ask_model(self._model, route, context(state))
        route = recalled.applied(route, question.text)
        _write(
            RouteEvent(
                delegations=route.delegations,
                confidence=route.confidence,
                method=route.method,
                intent=route.intent,
            )
        )
        update: dict[str, Any] = {"route": route, "sent": waves.first(route.delegations)}
        if route.delegations:
            update["previous"] = route.delegations
        return update

    async def delegate(self, state: DelegationTask, runtime: Runtime[None]) -> Command[Any]:
        """Have one agent do its part, and pause with it.

        An execution asks the agent or the person, never both before the other has answered: LangGraph runs a
        node that was interrupted from its beginning again, and the agent must not be asked twice. Hence
        an agent that waits is sent to an execution of its own.
        """
        delegation, pause = state["delegation"], state.get("pause")
        recalled, position = state.get("memory") or Recalled(), state.get("position", 0)
        if pause:
            pause = _ask_person(delegation.agent, position, pause)
            if pause.next_interrupt():
                return _wait(state, pause)
        _write(AgentStartEvent(agent=delegation.agent, position=position, task=delegation.task))
        outcome = await self._agents[delegation.agent].ask(
            self._told(delegation.task, state.get("context", ""), recalled),
            identity=identity_from_runtime(runtime),
            conversation_id=conversation_id(runtime),
            message_id=state["message_id"],
            write=_placed(get_stream_writer(), position),
            alone=state["alone"],
            pause=pause,
            recovered=run_is_resumed(),
            language=recalled.preferred_language(),
        )
        if isinstance(outcome, Pause):
            return _wait(state, outcome)
        outcome = outcome.model_copy(update={"position": position})
        _write(_ended(outcome))
        return Command(update={"results": [outcome]}, goto=GATHER)

    async def gather(self, state: SupervisorState) -> Command[Any]:
        """Send what waited for the results that are there now; answer once all have ended.

        What needs a result that is missing is not asked.
        """
        delegations, results = state["route"].delegations, state["results"]
        sent = state.get("sent") or waves.first(delegations)
        unasked = waves.without_need(delegations, results, sent)
        for result in unasked:
            _write(_ended(result))
        results = [*results, *unasked]
        if len(results) == len(delegations):
            return Command(update={"results": unasked}, goto=ANSWER)
        ready = waves.ready(delegations, results, sent)
        update = {"results": unasked, "sent": [*sent, *ready, *(result.position for result in unasked)]}
        return Command(update=update, goto=_sends(state, ready, results))

    async def answer(self, state: SupervisorState, runtime: Runtime[None]) -> dict[str, Any]:
        """Write the turn's answer, and close the turn."""
        route = state["route"]
        results = state.get("results", [])
        recalled = recalled_of(state)
        spoken, citations = await self._compose(state, route, results, recalled)
        text = self._with_memories(spoken.text, recalled, route.language)
        usage = sum((result.usage for result in results), spoken.usage + route.usage)
        question = last_question(state["messages"])
        final = FinalEvent(
            response=text,
            intent=route.intent,
            service_used="+".join(sorted({result.agent for result in results})) or GENERAL_INTENT,
            confidence=route.confidence,
            conversation_id=conversation_id(runtime),
            message_id=str(question.id),
            run_id=runtime.execution_info.run_id if runtime.execution_info else None,
            agents=[
                AgentReport(
                    name=result.agent,
                    position=result.position,
                    status=result.status,
                    duration_ms=result.duration_ms,
                    usage=self._prices.priced(result.usage),
                    degraded=result.degraded,
                )
                for result in results
            ],
            citations=citations,
            charts=answer.charts(results),
            usage=self._prices.priced(usage),
            degraded=spoken.degraded or route.degraded or any(result.degraded for result in results),
        )
        _write(final)
        pending = _pending(route, results, question.text)
        is_open = bool(
            pending or route.needs_clarification or any(result.status != "success" for result in results)
        )
        marked = marks([result.agent for result in results], is_open=is_open, pending=pending)
        return {
            "messages": [AIMessage(text, id=str(uuid4()), response_metadata=marked)],
            "final": final,
        }

    def _told(self, task: str, context: str, recalled: Recalled) -> str:
        """Return a task as its agent is given it; a model's is told what is remembered, and how to answer."""
        if isinstance(self._model, OfflineChatModel):
            return quoted(task, context)
        wishes = recalled.wishes()
        known = "\n".join(part for part in (context, recalled.told()) if part)
        return quoted(f"{task}\n\n{wishes}" if wishes else task, known)

    def _with_memories(self, text: str, recalled: Recalled, language: Language) -> str:
        """Return the answer behind the turn's notice; without a model, the fitting notes stand below."""
        if isinstance(self._model, OfflineChatModel) and (notes := recalled.quoted(language)):
            below = f"\n\n{notes}" if text else notes
            _write(TokenEvent(text=below))
            text = f"{text}{below}"
        return f"{recalled.notice}{text}"

    async def _compose(
        self, state: SupervisorState, route: Route, results: Sequence[AgentResult], recalled: Recalled
    ) -> tuple[Spoken, list[Citation]]:
        if len(results) == 1:
            text, citations = answer.forward(results[0], route.language)
            if results[0].status != "success":
                _write(TokenEvent(text=text))
            return Spoken(text=text), citations
        if results:
            text, citations = answer.combine(results, route.language)
            if not any(delegation.after for delegation in route.delegations):
                write_pieces(
                    text, _write
                )  # parts side by side are written already; a model could lose a figure
                return Spoken(text=text), citations
            spoken = await self._speaker.combine(last_question(state["messages"]), text, _write, recalled)
            return spoken, citations
        if recalled.relevant and isinstance(self._model, OfflineChatModel):
            return Spoken(text=""), []  # the notes that fit are the answer
        if route.needs_clarification:
            text = answer.clarify(route.language, route.choices)
            _write(TokenEvent(text=text))
            return Spoken(text=text), []
        return await self._speaker.small_talk(context(state), route.language, _write, recalled), []


def dispatch(state: SupervisorState) -> list[Send] | Literal["answer"]:
    """Send what needs nothing to its agents' nodes, side by side; answer at once without any."""
    delegations = state["route"].delegations
    return _sends(state, waves.first(delegations), []) if delegations else ANSWER


def _sends(state: SupervisorState, positions: Sequence[int], results: Sequence[AgentResult]) -> list[Send]:
    delegations = state["route"].delegations
    message_id = str(last_question(state["messages"]).id)
    return [
        Send(
            delegations[position].agent,
            DelegationTask(
                delegation=delegations[position],
                message_id=waves.task_id(message_id, delegations, position),
                alone=len(delegations) == 1,
                position=position,
                context=waves.context(delegations[position], results) or state["route"].context,
                memory=recalled_of(state).model_copy(update={"command": None}),
            ),
        )
        for position in positions
    ]


def _pending(route: Route, results: Sequence[AgentResult], question: str) -> PendingChoice | None:
    """Return what the turn's answer asks to choose from, with the question as it was understood."""
    choice = next((result.choice for result in results if result.choice), None)
    asked = route.delegations[0].task if len(route.delegations) == 1 else question
    return PendingChoice(question=asked, choice=choice) if choice else None


def _ask_person(agent: str, position: int, pause: Pause) -> Pause:
    """Return the pause with the person's answer to its next interrupt; raises while there is none."""
    asked = pause.next_interrupt()
    if asked is None:
        return pause
    try:
        answer = interrupt(asked.value)
    except GraphInterrupt as waiting:
        for ours in waiting.args[0]:
            _write(InterruptEvent(agent=agent, position=position, id=ours.id, value=ours.value))
        raise
    return pause.answered(asked, answer)


def _wait(state: DelegationTask, pause: Pause) -> Command[Any]:
    return Command(goto=Send(state["delegation"].agent, {**state, "pause": pause}))


def _ended(result: AgentResult) -> AgentEndEvent:
    return AgentEndEvent(
        agent=result.agent, position=result.position, status=result.status, duration_ms=result.duration_ms
    )


def _placed(write: StreamWriter, position: int) -> StreamWriter:
    """Return a writer that says which delegation a tool call belongs to."""
    return lambda event: write({**event, "position": position} if event["type"] == "tool" else event)


def _write(event: BaseModel) -> None:
    get_stream_writer()(event.model_dump(mode="json"))
