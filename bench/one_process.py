"""The same graphs in one process: the supervisor with its agents called directly, no HTTP in between."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import Context, copy_context
from pathlib import Path
from typing import Any, cast
from uuid import uuid4, uuid5

from anyio import to_thread
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import StreamMode

from agents.client.graph import build_graph as build_client_graph
from agents.document.graph import build_graph as build_document_graph
from agents.employee.graph import build_graph as build_employee_graph
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
from narutalk.llm import build_chat_model
from narutalk.run_identity import run_config
from narutalk.settings import Settings
from narutalk.threads import agent_thread_id
from services.agent_server.graphs.resources import Graph
from services.agent_server.storage.checkpoints import Checkpointer, allow_state_types, open_checkpoints
from services.client.resources import open_resources as open_clients
from services.document.resources import open_resources as open_documents
from services.employee.resources import open_resources as open_employees

# What the agents read; embedded Chroma takes one process at a time, so this side reads a copy.
COMPANY_DATA = ("chroma", "documents", "documents.db", "employees.db", "clients.db", "transactions.db")
STREAM_MODES: list[StreamMode] = ["custom", "messages", "updates"]
ASKER = Identity(user_id="1", username="admin", roles=frozenset({Role.USER, Role.ADMIN}))


class LocalAgent:
    """An agent in this process, with the interface of `graph.remote.RemoteAgent`.

    Args:
        name: Of the agent.
        graph: Compiled with a checkpointer of its own.
    """

    def __init__(self, name: str, graph: Graph) -> None:
        self.name = name
        self._graph = graph

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
    ) -> AgentResult:
        """Give the agent a task on its own thread of the conversation; the sample's agents do not pause."""
        started = time.perf_counter()
        progress = Progress()
        question = HumanMessage(task, id=str(uuid5(uuid4(), message_id)))
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

    async def ask(self, text: str) -> Answered:
        """Answer a question in a new conversation."""
        config = cast(RunnableConfig, run_config(ASKER, graph_id="supervisor"))
        config["configurable"]["thread_id"] = str(uuid4())
        question = {"role": "user", "content": text, "id": str(uuid4())}
        final: dict[str, Any] = {}
        first_token_ms: float | None = None
        started = time.perf_counter()
        events = self._supervisor.astream({"messages": [question]}, config, stream_mode="custom")
        async for event in events:
            if event["type"] == "token" and first_token_ms is None:
                first_token_ms = (time.perf_counter() - started) * 1000
            if event["type"] == "final":
                final = event
        return answered(final, (time.perf_counter() - started) * 1000, first_token_ms)


@asynccontextmanager
async def open_one_process(settings: Settings) -> AsyncIterator[OneProcess]:
    """Open the graphs over a copy of a company's data, with the factories that the services use.

    Args:
        settings: Of the company; nobody may have its data dir open while it is copied.
    """
    with tempfile.TemporaryDirectory(prefix="narutalk-bench-") as folder:
        copied = settings.model_copy(update={"data_dir": Path(folder)})
        await to_thread.run_sync(_copy_company_data, settings.data_dir, copied.data_dir)
        async with AsyncExitStack() as stack:

            async def checkpointer(name: str) -> Checkpointer:
                saver, _store = await stack.enter_async_context(open_checkpoints(copied, name))
                return saver

            documents = await stack.enter_async_context(open_documents(copied))
            employees = await stack.enter_async_context(open_employees(copied))
            clients = await stack.enter_async_context(open_clients(copied))
            graphs = {
                "document": build_document_graph(
                    build_chat_model(copied), documents.library, await checkpointer("document")
                ),
                "employee": build_employee_graph(
                    build_chat_model(copied),
                    employees.store,
                    employees.publications,
                    await checkpointer("employee"),
                ),
                "client": build_client_graph(
                    build_chat_model(copied), clients.store, clients.ledger, await checkpointer("client")
                ),
            }
            classifier = IntentClassifier(load_model(), build_embedder(PACKAGED_MODEL))
            agents = {name: cast(RemoteAgent, LocalAgent(name, graph)) for name, graph in graphs.items()}
            nodes = SupervisorNodes(classifier, agents, build_chat_model(copied))
            supervisor = build_supervisor(nodes, list(agents), await checkpointer("router"))
            for graph in (supervisor, *graphs.values()):
                saver = cast(Checkpointer, graph.checkpointer)
                allow_state_types(saver, [graph])
            yield OneProcess(supervisor)


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
