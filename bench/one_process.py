"""The same graphs in one process: the supervisor with its agents called directly, no HTTP in between."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from contextvars import Context, copy_context
from pathlib import Path
from typing import Any, cast
from uuid import uuid4, uuid5

from anyio import to_thread
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import StreamMode

from agents.agent import DEFAULT_LIMITS
from agents.client.graph import build_graph as build_client_graph
from agents.document.graph import build_graph as build_document_graph
from agents.employee.graph import build_graph as build_employee_graph
from agents.turn import TurnLimits
from bench.answered import Answered, answered
from graph.agent_stream import Progress, turn_events
from graph.intents.classifier import IntentClassifier, load_model
from graph.nodes import SupervisorNodes
from graph.remote import RemoteAgent
from graph.shown_task import StreamWriter
from graph.state import AgentResult, Pause
from graph.supervisor import build_supervisor
from narutalk.embedding import PACKAGED_MODEL, build_embedder
from narutalk.identity import Identity, Role
from narutalk.languages import Language
from narutalk.llm import build_chat_model
from narutalk.quoting import answered_in
from narutalk.registry import AGENTS
from narutalk.run_identity import run_config
from narutalk.settings import Settings
from narutalk.threads import agent_thread_id
from services.agent_server.graphs.resources import Graph
from services.agent_server.storage.checkpoints import Checkpointer, allow_state_types, open_checkpoints
from services.client.resources import ClientResources
from services.client.resources import open_resources as open_clients
from services.document.resources import DocumentResources
from services.document.resources import open_resources as open_documents
from services.employee.resources import EmployeeResources
from services.employee.resources import open_resources as open_employees

# What the agents read; embedded Chroma takes one process at a time, so this side reads a copy.
COMPANY_DATA = ("chroma", "documents", "documents.db", "employees.db", "clients.db", "transactions.db")
AGENT_NAMES = tuple(agent.name for agent in AGENTS)
STREAM_MODES: list[StreamMode] = ["custom", "messages", "updates"]
ASKER = Identity(user_id="1", username="admin", roles=frozenset({Role.USER, Role.ADMIN}))


class LocalAgent:
    """An agent in this process, with the interface of `graph.remote.RemoteAgent`.

    Args:
        name: Of the agent.
        graph: Compiled with a checkpointer of its own.
        one_at_a_time: Held while it works; None lets all agents work side by side.
    """

    def __init__(self, name: str, graph: Graph, one_at_a_time: asyncio.Lock | None = None) -> None:
        self.name = name
        self._graph = graph
        self._one_at_a_time = one_at_a_time

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
    ) -> AgentResult:
        """Give the agent a task on its own thread of the conversation; the sample's agents do not pause."""
        async with self._one_at_a_time or nullcontext():
            return await self._work(
                task, identity, conversation_id, message_id, write, alone=alone, language=language
            )

    async def _work(
        self,
        task: str,
        identity: Identity,
        conversation_id: str,
        message_id: str,
        write: StreamWriter,
        *,
        alone: bool,
        language: Language | None,
    ) -> AgentResult:
        started = time.perf_counter()
        progress = Progress()
        question = HumanMessage(task, id=str(uuid5(uuid4(), message_id)), **answered_in(language))
        config = cast(RunnableConfig, run_config(identity, graph_id=self.name))
        config["configurable"]["thread_id"] = agent_thread_id(conversation_id, self.name)

        ours = copy_context()  # LangGraph's stream writer reads the supervisor's config from it

        async def run() -> None:
            chunks = self._graph.astream({"messages": [question]}, config, stream_mode=STREAM_MODES)
            async for mode, payload in chunks:
                events = turn_events(mode, _plain(payload), agent=self.name, alone=alone, progress=progress)
                for event in events:
                    ours.run(write, event)

        # Without the supervisor's context: inside of it LangGraph would make the agent a subgraph.
        await asyncio.create_task(run(), context=Context())
        return progress.result(self.name, duration_ms=round((time.perf_counter() - started) * 1000, 1))


class OneProcess:
    """Asks a supervisor in this process.

    Args:
        supervisor: Compiled with a checkpointer.
    """

    def __init__(self, supervisor: Graph) -> None:
        self._supervisor = supervisor

    async def events(self, text: str) -> AsyncIterator[dict[str, Any]]:
        """Answer a question in a new conversation, and give the turn's events as they come."""
        config = cast(RunnableConfig, run_config(ASKER, graph_id="supervisor"))
        config["configurable"]["thread_id"] = str(uuid4())
        question = {"role": "user", "content": text, "id": str(uuid4())}
        async for event in self._supervisor.astream({"messages": [question]}, config, stream_mode="custom"):
            yield event

    async def ask(self, text: str) -> Answered:
        """Answer a question in a new conversation."""
        final: dict[str, Any] = {}
        first_token_ms: float | None = None
        total_ms = 0.0
        started = time.perf_counter()
        async for event in self.events(text):
            if event["type"] == "token" and first_token_ms is None:
                first_token_ms = (time.perf_counter() - started) * 1000
            if event["type"] == "final":
                final, total_ms = event, (time.perf_counter() - started) * 1000
        return answered(final, total_ms, first_token_ms)


class LocalCompany:
    """What the services open, in this process, and the graphs that are built on it.

    Args:
        settings: Of the company; they name the model.
        documents: What the document service opened.
        employees: What the employee service opened.
        clients: What the client service opened.
        stack: Holds what is opened later.
    """

    def __init__(
        self,
        settings: Settings,
        documents: DocumentResources,
        employees: EmployeeResources,
        clients: ClientResources,
        stack: AsyncExitStack,
    ) -> None:
        self._settings = settings
        self._documents = documents
        self._employees = employees
        self._clients = clients
        self._stack = stack
        self._classifier = IntentClassifier(load_model(), build_embedder(PACKAGED_MODEL))

    async def checkpointer(self, name: str) -> Checkpointer:
        """Open a checkpointer of the kind that a service has."""
        saver, _store = await self._stack.enter_async_context(open_checkpoints(self._settings, name))
        return saver

    def agent_graphs(
        self,
        model: BaseChatModel,
        checkpointers: Mapping[str, Checkpointer],
        limits: TurnLimits = DEFAULT_LIMITS,
    ) -> dict[str, Graph]:
        """Return the services' graphs by agent, with the factories that the services use.

        Args:
            model: Of all of them.
            checkpointers: By agent; a graph without one keeps its state with the graph that runs it.
            limits: Of an agent's work on a question.
        """
        return {
            "document": build_document_graph(
                model, self._documents.library, checkpointers.get("document"), limits
            ),
            "employee": build_employee_graph(
                model,
                self._employees.store,
                self._employees.publications,
                self._employees.reports,
                checkpointers.get("employee"),
                limits,
            ),
            "client": build_client_graph(
                model,
                self._clients.store,
                self._clients.ledger,
                self._clients.reports,
                checkpointers.get("client"),
                limits,
            ),
        }

    async def supervisor(
        self,
        model: BaseChatModel,
        name: str,
        *,
        limits: TurnLimits = DEFAULT_LIMITS,
        one_at_a_time: asyncio.Lock | None = None,
    ) -> OneProcess:
        """Return a supervisor with its agents, whose checkpoints are beside those of other names.

        Args:
            model: Of the supervisor and its agents.
            name: Of the checkpoints.
            limits: Of an agent's work on a question.
            one_at_a_time: Held by an agent while it works; None lets all work side by side.
        """
        savers = {agent: await self.checkpointer(f"{name}-{agent}") for agent in AGENT_NAMES}
        graphs = self.agent_graphs(model, savers, limits)
        agents = {
            agent: cast(RemoteAgent, LocalAgent(agent, graph, one_at_a_time))
            for agent, graph in graphs.items()
        }
        nodes = SupervisorNodes(self._classifier, agents, model)
        supervisor = build_supervisor(nodes, list(agents), await self.checkpointer(f"{name}-router"))
        for graph in (supervisor, *graphs.values()):
            allow_state_types(cast(Checkpointer, graph.checkpointer), [graph])
        return OneProcess(supervisor)


@asynccontextmanager
async def open_local_company(settings: Settings) -> AsyncIterator[LocalCompany]:
    """Open a copy of a company's data in this process.

    Args:
        settings: Of the company; nobody may have its data dir open while it is copied.
    """
    with tempfile.TemporaryDirectory(prefix="narutalk-bench-") as folder:
        copied = settings.model_copy(update={"data_dir": Path(folder)})
        await to_thread.run_sync(_copy_company_data, settings.data_dir, copied.data_dir)
        async with AsyncExitStack() as stack:
            documents = await stack.enter_async_context(open_documents(copied))
            employees = await stack.enter_async_context(open_employees(copied))
            clients = await stack.enter_async_context(open_clients(copied))
            yield LocalCompany(copied, documents, employees, clients, stack)


@asynccontextmanager
async def open_one_process(settings: Settings) -> AsyncIterator[OneProcess]:
    """Open the graphs over a copy of a company's data, with the model that its settings name.

    Args:
        settings: Of the company; nobody may have its data dir open while it is copied.
    """
    async with open_local_company(settings) as company:
        yield await company.supervisor(build_chat_model(settings), "one")


def _copy_company_data(source: Path, target: Path) -> None:
    for name in COMPANY_DATA:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name)
        else:
            for found in source.glob(f"{name}*"):  # with SQLite's -wal
                shutil.copy2(found, target / found.name)


def _plain(payload: Any) -> Any:
    """Return messages as the fields that `turn_events` reads; a remote agent's come so from the wire."""
    if isinstance(payload, BaseMessage):
        return payload.model_dump()
    if isinstance(payload, dict):
        return {key: _plain(value) for key, value in payload.items()}
    if isinstance(payload, list | tuple):
        return [_plain(value) for value in payload]
    return payload
