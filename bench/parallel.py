"""Three agents side by side against one after the other: the real supervisor, the real services."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import BaseModel
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.company import load_data, running_company
from bench.figures import percentile
from bench.one_process import ASKER
from bench.questions import QUESTIONS
from graph.nodes import SupervisorNodes
from graph.remote import Agent
from graph.state import AgentResult, Pause
from graph.supervisor import build_supervisor
from narutalk.llm import build_chat_model
from narutalk.run_identity import run_config
from narutalk.settings import Settings
from services.agent_server.graphs.resources import Graph
from services.agent_server.storage.checkpoints import allow_state_types
from services.router.resources import open_resources

THREE_AGENTS = next(question for question in QUESTIONS if len(question.agents) == 3)
THINKING_MS = (0, 300)
WARM_UP_ROUNDS = 3


class ParallelRow(BaseModel):
    """One thinking time.

    Attributes:
        thinking_ms: What each agent waits before it begins, as for a model that somebody else serves.
        in_sequence_p50_ms: Of turns whose agents work one after the other.
        in_parallel_p50_ms: Of turns whose agents work side by side.
        ratio: In sequence to in parallel.
    """

    thinking_ms: int
    in_sequence_p50_ms: float
    in_parallel_p50_ms: float
    ratio: float


class ParallelReport(BaseModel):
    """Three agents in parallel against in sequence."""

    count: int
    rows: list[ParallelRow]


class PacedAgent:
    """An agent that thinks first, and may have to wait for the others.

    Args:
        agent: Does the task.
        thinking_seconds: Before it begins.
        one_at_a_time: Held while it works; None lets all work side by side.
    """

    def __init__(self, agent: Agent, thinking_seconds: float, one_at_a_time: asyncio.Lock | None) -> None:
        self._agent = agent
        self._thinking_seconds = thinking_seconds
        self._one_at_a_time = one_at_a_time

    async def ask(self, task: str, **options: Any) -> AgentResult | Pause:
        """Do a task."""
        async with self._one_at_a_time or nullcontext():
            await asyncio.sleep(self._thinking_seconds)
            return await self._agent.ask(task, **options)


def measure_parallel(data_dir: Path, repetitions: int, console: Console) -> ParallelReport:
    """Measure turns of three agents over a data dir, which is loaded when it is empty; the sides in turns."""
    load_data(data_dir)
    with running_company(data_dir) as company:
        rows = asyncio.run(_measure(company.settings, repetitions, console))
    return ParallelReport(count=repetitions, rows=rows)


def show_parallel(report: ParallelReport, console: Console) -> None:
    """Print both sides."""
    table = Table(title=f"Three agents, {report.count} turns each")
    for column in ("each agent thinks", "in sequence p50", "in parallel p50", "ratio"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in report.rows:
        table.add_row(
            f"{row.thinking_ms} ms",
            f"{row.in_sequence_p50_ms:.1f} ms",
            f"{row.in_parallel_p50_ms:.1f} ms",
            f"x{row.ratio:.2f}",
        )
    console.print(table)


async def _measure(settings: Settings, repetitions: int, console: Console) -> list[ParallelRow]:
    rows = []
    async with _supervisors(settings) as supervisors:
        for thinking_ms in THINKING_MS:
            sequence, parallel = supervisors[thinking_ms]
            times: tuple[list[float], list[float]] = ([], [])
            rounds = range(-WARM_UP_ROUNDS, repetitions)
            for number in track(rounds, f"{thinking_ms} ms …", console=console, transient=True):
                for side, supervisor in zip(times, (sequence, parallel), strict=True):
                    took_ms = await _turn_ms(supervisor)
                    if number >= 0:
                        side.append(took_ms)
            one, other = (percentile(side, 50) for side in times)
            rows.append(
                ParallelRow(
                    thinking_ms=thinking_ms,
                    in_sequence_p50_ms=round(one, 1),
                    in_parallel_p50_ms=round(other, 1),
                    ratio=round(one / other, 2),
                )
            )
    return rows


@asynccontextmanager
async def _supervisors(settings: Settings) -> AsyncIterator[dict[int, tuple[Graph, Graph]]]:
    """Open two supervisors for each thinking time: with its agents in sequence, and in parallel."""
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(open_resources(settings))

        def supervisor(thinking_ms: int, lock: asyncio.Lock | None) -> Graph:
            agents = {
                name: cast(Agent, PacedAgent(agent, thinking_ms / 1000, lock))
                for name, agent in opened.agents.items()
            }
            nodes = SupervisorNodes(opened.classifier, agents, build_chat_model(settings))
            saver = InMemorySaver()
            built = build_supervisor(nodes, list(agents), saver)
            allow_state_types(saver, [built])
            return built

        yield {
            thinking_ms: (supervisor(thinking_ms, asyncio.Lock()), supervisor(thinking_ms, None))
            for thinking_ms in THINKING_MS
        }


async def _turn_ms(supervisor: Graph) -> float:
    config = cast(RunnableConfig, run_config(ASKER, graph_id="supervisor"))
    config["configurable"]["thread_id"] = str(uuid4())
    question = {"role": "user", "content": THREE_AGENTS.text, "id": str(uuid4())}
    final: dict[str, Any] = {}
    started = time.perf_counter()
    async for event in supervisor.astream({"messages": [question]}, config, stream_mode="custom"):
        if event["type"] == "final":
            final = event
    took_ms = (time.perf_counter() - started) * 1000
    done = {agent["name"] for agent in final["agents"] if agent["status"] == "success"}
    if done != THREE_AGENTS.agents:
        raise RuntimeError(f"not all agents answered: {final['agents']}")
    return took_ms
