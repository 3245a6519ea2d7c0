"""A supervisor as `langgraph-supervisor` builds it, over the same agents with the same tools."""

import time
from collections.abc import Sequence
from typing import Any, cast
from uuid import uuid4

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableConfig
from langgraph_supervisor import create_supervisor

from bench.answered import Answered
from bench.one_process import AGENT_NAMES, ASKER
from narutalk.languages import Language
from narutalk.registry import AGENTS
from narutalk.run_identity import run_config
from services.agent_server.graphs.resources import Graph
from services.agent_server.storage.checkpoints import Checkpointer

PROMPT = """\
You are the supervisor of a company's assistant. Hand each question over to the agents that can answer it:
{agents}
When all of them have answered, write one answer from theirs, in the language of the question. Keep every
figure and every citation mark such as [1].
"""


class LanggraphSupervisor:
    """Asks a supervisor that was built with the library's defaults.

    Args:
        agents: Compiled without checkpointers: their state is part of the supervisor's.
        model: Of the supervisor.
        checkpointer: Keeps the conversations.
    """

    def __init__(
        self,
        agents: Sequence[Graph],
        model: BaseChatModel,
        checkpointer: Checkpointer,
    ) -> None:
        cards = "\n".join(f"- {agent.name}: {agent.topics[Language.EN]}" for agent in AGENTS)
        workflow = create_supervisor(list(agents), model=model, prompt=PROMPT.format(agents=cards))
        self._graph = cast(Graph, workflow.compile(checkpointer=checkpointer))

    async def ask(self, text: str) -> Answered:
        """Answer a question in a new conversation."""
        config = cast(RunnableConfig, run_config(ASKER, graph_id="supervisor"))
        config["configurable"]["thread_id"] = str(uuid4())
        started = time.perf_counter()
        state: dict[str, Any] = await self._graph.ainvoke({"messages": [("user", text)]}, config)
        total_ms = (time.perf_counter() - started) * 1000
        names = {message.name for message in state["messages"]}
        return Answered(state["messages"][-1].text, frozenset(names & {*AGENT_NAMES}), total_ms)
