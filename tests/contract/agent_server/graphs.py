"""Small deterministic graphs, as many as there are things to show."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import BaseModel
from typing_extensions import TypedDict

from narutalk.run_identity import identity_from_runtime
from services.agent_server.graphs.resources import Graph, ServerResources
from tests.contract.agent_server.steps import step_graph
from tests.contract.agent_server.ticks import tick_graph

WORDS = ("hello", " ", "brave", " ", "world")


class ScriptedModel(BaseChatModel):
    """Streams the same words to whatever it is asked."""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, messages: list[BaseMessage], *_args: Any, **_kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("".join(WORDS)))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **_kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for word in WORDS:
            yield ChatGenerationChunk(message=AIMessageChunk(content=word))

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream([]):
            yield chunk


class Finding(BaseModel):
    """A value of its own type, to be kept in a state."""

    text: str


class State(TypedDict, total=False):
    messages: Annotated[list[BaseMessage], add_messages]
    note: str
    findings: list[Finding]


class Context(TypedDict, total=False):
    tone: str


class Gates:
    """What the `slow` graph waits for, by the text of its message."""

    def __init__(self) -> None:
        self._started: dict[str, asyncio.Event] = {}
        self._released: dict[str, asyncio.Event] = {}
        self.cancelled: list[str] = []

    def started(self, name: str) -> asyncio.Event:
        return self._started.setdefault(name, asyncio.Event())

    def released(self, name: str) -> asyncio.Event:
        return self._released.setdefault(name, asyncio.Event())


async def _talk(state: State) -> State:
    writer = get_stream_writer()
    writer({"progress": 0.5})
    answer = await ScriptedModel().ainvoke(state["messages"])
    writer({"progress": 1.0})
    return {"messages": [answer]}


async def _echo(state: State) -> State:
    return {"messages": [AIMessage(f"echo: {state['messages'][-1].text}")]}


async def _pre(_state: State) -> State:
    return {"note": "pre"}


async def _fail(_state: State) -> State:
    raise ValueError("boom from node")


async def _ask(_state: State) -> State:
    answer = interrupt({"question": "approve?"})
    return {"messages": [AIMessage(f"answer: {answer}")]}


async def _whoami(state: State, runtime: Runtime[Context]) -> State:
    identity = identity_from_runtime(runtime)
    tone = (runtime.context or {}).get("tone", "")
    return {"note": f"{identity.user_id} {','.join(sorted(identity.roles))} {tone}".strip()}


async def _find(_state: State) -> State:
    return {"findings": [Finding(text="kept")]}


async def _keep(state: State) -> State:
    kinds = {type(finding).__name__ for finding in state["findings"]}
    return {"note": f"{interrupt('go on?')} {kinds}"}


async def _flood(state: State) -> State:
    """Send as many events of as many bytes as the message says."""
    count, size_bytes = (int(part) for part in state["messages"][-1].text.split())
    writer = get_stream_writer()
    for number in range(count):
        writer(f"{number} ".ljust(size_bytes, "x"))
        await asyncio.sleep(0)
    return {"note": "sent"}


def _slow(gates: Gates) -> Any:
    async def slow(state: State) -> State:
        name = state["messages"][-1].text
        writer = get_stream_writer()
        writer({"tick": 0})
        gates.started(name).set()
        try:
            await gates.released(name).wait()
        except asyncio.CancelledError:
            gates.cancelled.append(name)
            raise
        writer({"tick": 1})
        return {"messages": [AIMessage(f"slow: {name}")]}

    return slow


def _chain(**nodes: Any) -> StateGraph[State, Context, State, State]:
    graph: StateGraph[State, Context, State, State] = StateGraph(State, context_schema=Context)
    previous = START
    for name, node in nodes.items():
        graph.add_node(name, node)
        graph.add_edge(previous, name)
        previous = name
    graph.add_edge(previous, END)
    return graph


def _parent(resources: ServerResources[Gates]) -> Graph:
    child = _chain(talk=_talk).compile()
    return _chain(pre=_pre, child=child).compile(checkpointer=resources.checkpointer)


def _duet(resources: ServerResources[Gates]) -> Graph:
    """Two models that talk at the same time."""
    graph: StateGraph[State, Context, State, State] = StateGraph(State, context_schema=Context)
    for name in ("first", "second"):
        graph.add_node(name, _talk)
        graph.add_edge(START, name)
        graph.add_edge(name, END)
    return graph.compile(checkpointer=resources.checkpointer)


def _asks(name: str) -> Any:
    async def ask(_state: State) -> State:
        return {"messages": [AIMessage(f"{name}: {interrupt({'ask': name})}")]}

    return ask


def _two_asks(resources: ServerResources[Gates]) -> Graph:
    """Two nodes that wait for an answer each at the same time."""
    graph: StateGraph[State, Context, State, State] = StateGraph(State, context_schema=Context)
    for name in ("first", "second"):
        graph.add_node(name, _asks(name))
        graph.add_edge(START, name)
        graph.add_edge(name, END)
    return graph.compile(checkpointer=resources.checkpointer)


def _factory(graph: StateGraph[Any, Any, Any, Any]) -> Any:
    return lambda resources: graph.compile(checkpointer=resources.checkpointer, store=resources.store)


def _slow_factory(resources: ServerResources[Gates]) -> Graph:
    return _chain(slow=_slow(resources.resources)).compile(checkpointer=resources.checkpointer)


def build_graphs() -> dict[str, Any]:
    """Return the graphs: most as factories, `echo` compiled already."""
    return {
        "echo": _chain(echo=_echo).compile(),
        "talk": _factory(_chain(talk=_talk)),
        "fail": _factory(_chain(pre=_pre, fail=_fail)),
        "ask": _factory(_chain(ask=_ask)),
        "whoami": _factory(_chain(whoami=_whoami)),
        "typed": _factory(_chain(find=_find, keep=_keep)),
        "flood": _factory(_chain(flood=_flood)),
        "ticks": _factory(tick_graph()),
        "slow": _slow_factory,
        "parent": _parent,
        "steps": _factory(step_graph()),
        "duet": _duet,
        "two asks": _two_asks,
    }
