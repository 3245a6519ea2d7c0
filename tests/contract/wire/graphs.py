"""The graphs that the exchanges were recorded with, as far as the recordings show them."""

import asyncio
from typing import Annotated, Any

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AnyMessage
from langgraph.config import get_config, get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import Command, interrupt
from typing_extensions import TypedDict

from services.agent_server.graphs.resources import Graph, ServerResources

TICKS = 10
TICKS_BEFORE_GATE = 2


class State(TypedDict, total=False):
    messages: Annotated[list[AnyMessage], add_messages]
    note: str


class Ctx(TypedDict, total=False):
    tenant: str


class Gates:
    """What the `slow` graph waits for after its second tick, by thread."""

    def __init__(self) -> None:
        self._ticking: dict[str, asyncio.Event] = {}
        self._open: dict[str, asyncio.Event] = {}

    def ticking(self, thread_id: str) -> asyncio.Event:
        return self._ticking.setdefault(thread_id, asyncio.Event())

    def open(self, thread_id: str) -> asyncio.Event:
        return self._open.setdefault(thread_id, asyncio.Event())


async def _echo(state: State) -> State:
    return {"messages": [AIMessage(f"echo: {state['messages'][-1].text}")]}


async def _talk(state: State) -> State:
    writer = get_stream_writer()
    writer({"progress": 0.5})
    answer = await GenericFakeChatModel(messages=iter([AIMessage("hello brave world")])).ainvoke(
        state["messages"]
    )
    writer({"progress": 1.0})
    return {"messages": [answer]}


async def _pre(_state: State) -> State:
    return {"note": "pre"}


async def _fail(_state: State) -> State:
    raise ValueError("boom from node")


async def _ask(_state: State) -> State:
    answer = interrupt({"question": "approve?"})
    return {"messages": [AIMessage(f"answer: {answer}")]}


async def _to_parent(_state: State) -> Command[Any]:
    return Command(graph=Command.PARENT, update={"note": "from the child"}, goto="after")


def _slow(gates: Gates) -> Any:
    async def slow(_state: State) -> State:
        thread_id = get_config()["configurable"]["thread_id"]
        writer = get_stream_writer()
        for tick in range(TICKS):
            if tick == TICKS_BEFORE_GATE:
                gates.ticking(thread_id).set()
                await gates.open(thread_id).wait()
            writer({"tick": tick})
        return {"messages": [AIMessage("slow done")]}

    return slow


def _chain(**nodes: Any) -> StateGraph[State, Ctx, State, State]:
    graph: StateGraph[State, Ctx, State, State] = StateGraph(State, context_schema=Ctx)
    previous = START
    for name, node in nodes.items():
        graph.add_node(name, node)
        graph.add_edge(previous, name)
        previous = name
    graph.add_edge(previous, END)
    return graph


def build_graphs() -> dict[str, Any]:
    """Return the graphs in the order in which the reference names them."""
    return {
        "echo": _chain(echo=_echo).compile(),
        "talk": _chain(talk=_talk).compile(),
        "parent": _chain(pre=_pre, child=_chain(talk=_talk).compile()).compile(),
        "fail": _chain(pre=_pre, fail=_fail).compile(),
        "ask": _chain(ask=_ask).compile(),
        "slow": _slow_graph,
        "show": _chain(show=_pre).compile(name="show"),
        "pcmd": _chain(child=_chain(leave=_to_parent).compile(), after=_pre).compile(),
    }


def _slow_graph(resources: ServerResources[Gates]) -> Graph:
    return _chain(slow=_slow(resources.resources)).compile(checkpointer=resources.checkpointer)
