"""A supervisor over two agents, each a server of its own: real HTTP, real SQLite, scripted graphs."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import interrupt
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from graph.nodes import SupervisorNodes
from graph.remote import RemoteAgent
from graph.supervisor import build_supervisor
from narutalk.http import build_service_client
from narutalk.identity import Identity, Issuer, build_signer, build_verifier, ensure_keys
from narutalk.offline import OfflineChatModel
from narutalk.settings import Settings, load_settings
from services.agent_server.app import create_agent_app
from services.agent_server.graphs.resources import Graph, ServerResources
from tests.fakes.router_server import serve
from tests.fakes.team import WordClassifier

ANNA = Identity(user_id="u-anna", username="anna")
AGENTS = ("employee", "client")
DEADLINE_SECONDS = 20.0


@dataclass
class Work:
    """What an agent's graph does, and what it has done.

    Attributes:
        asks: How often it asks a person, one after the other.
        steps: What it did, with the answers it got.
        hangs: It does not end before it is released.
        hanging: Set when it does.
        stopped: Set when that was cancelled.
    """

    asks: int = 0
    hangs: bool = False
    steps: list[Any] = field(default_factory=list)
    hanging: Event = field(default_factory=Event)
    stopped: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)

    def begin_anew(self, *, asks: int = 0, hangs: bool = False) -> None:
        self.asks, self.hangs = asks, hangs
        for part in (self.hanging, self.stopped, self.released):
            part.clear()
        self.steps.clear()


def build_agent_graph(name: str, work: Work) -> Graph:
    """Return a graph of three nodes: it begins, asks in a node for each question, and answers."""

    async def begin(_state: MessagesState) -> dict[str, Any]:
        work.steps.append("began")
        if work.hangs:
            work.hanging.set()
            try:
                while not work.released.is_set():
                    await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                work.stopped.set()
                raise
        return {}

    def ask(number: int) -> Any:
        async def asking(_state: MessagesState) -> dict[str, Any]:
            if number <= work.asks:
                work.steps.append(interrupt({"agent": name, "number": number}))
            return {}

        return asking

    async def answer(_state: MessagesState) -> dict[str, Any]:
        work.steps.append("answered")
        return {"messages": [AIMessage(f"{name} is done")]}

    builder = StateGraph(MessagesState)
    nodes = {"begin": begin, "first": ask(1), "second": ask(2), "answer": answer}
    previous = START
    for node, action in nodes.items():
        builder.add_node(node, action)
        builder.add_edge(previous, node)
        previous = node
    builder.add_edge(previous, END)
    return builder.compile()


class ServedTeam:
    """The three servers, which can be restarted, and Anna's client of the supervisor's."""

    def __init__(self, data_dir: Path) -> None:
        ports = {name: _free_port() for name in (*AGENTS, "router")}
        urls: dict[str, Any] = {f"{name}_urls": f"http://127.0.0.1:{port}" for name, port in ports.items()}
        self.work = {name: Work() for name in AGENTS}
        self.settings = load_settings(data_dir=data_dir, _env_file=None, **urls)
        self._ports = ports
        self._running: dict[str, ExitStack] = {}
        ensure_keys(self.settings)

    @contextmanager
    def running(self) -> Iterator["ServedTeam"]:
        """Serve until the block ends."""
        try:
            for name in self._ports:
                self._start(name)
            yield self
        finally:
            for stack in reversed(self._running.values()):
                stack.close()

    def restart(self, name: str) -> None:
        """Stop a server and start it again: what it knows from now on is what it had stored."""
        self._running[name].close()
        self._start(name)

    @asynccontextmanager
    async def client(self, name: str = "router") -> AsyncIterator[LangGraphClient]:
        """Anna's client of one of the servers."""
        token = build_signer(self.settings, Issuer.MANAGER).sign(ANNA)
        headers = {"Authorization": f"Bearer {token}"}
        async with get_client(
            url=f"http://127.0.0.1:{self._ports[name]}", api_key=None, headers=headers
        ) as made:
            yield made

    def _start(self, name: str) -> None:
        stack = ExitStack()
        stack.enter_context(serve(self._app(name), port=self._ports[name]))
        self._running[name] = stack

    def _app(self, name: str) -> Any:
        if name == "router":
            return create_agent_app(
                service=name,
                graphs={"supervisor": _supervisor},
                settings=self.settings,
                verifier=build_verifier(self.settings, Issuer.MANAGER),
                resources=_remote_agents,
            )
        return create_agent_app(
            service=name,
            graphs={name: build_agent_graph(name, self.work[name])},
            settings=self.settings,
            verifier=build_verifier(self.settings, Issuer.MANAGER, Issuer.ROUTER),
        )


def _supervisor(server: ServerResources[dict[str, RemoteAgent]]) -> Graph:
    nodes = SupervisorNodes(WordClassifier(), server.resources, OfflineChatModel())
    return build_supervisor(nodes, list(server.resources), server.checkpointer)


@asynccontextmanager
async def _remote_agents(settings: Settings) -> AsyncIterator[dict[str, RemoteAgent]]:
    signer = build_signer(settings, Issuer.ROUTER)
    async with AsyncExitStack() as stack:
        made = {}
        for name in AGENTS:
            client = build_service_client(settings, name, read_timeout_seconds=DEADLINE_SECONDS)
            await stack.enter_async_context(client)
            made[name] = RemoteAgent(name, client, signer, deadline_seconds=DEADLINE_SECONDS)
            stack.push_async_callback(made[name].close)
        yield made


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def fresh_question(text: str) -> dict[str, Any]:
    """Return an input with one question of its own id."""
    return {"messages": [{"type": "human", "content": text, "id": str(uuid4())}]}
