"""An agent server that is made to be killed: its graph takes steps, and each has an effect outside of it.

`python -m tests.fakes.faulty_agent PORT`, with the settings in the environment.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import psycopg
import uvicorn
from langchain.tools import ToolRuntime
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import BaseTool, StructuredTool

from agents.agent import build_agent
from agents.card import AgentCard
from narutalk.idempotency import idempotency_key
from narutalk.identity import Issuer, build_verifier
from narutalk.settings import Settings, load_settings
from narutalk.telemetry.logs import configure_logging
from services.agent_server.app import create_agent_app
from services.agent_server.graphs.resources import Graph, ServerResources

NAME = "faulty"
STEPS = 4
WORDS = 5
WORD_SECONDS = 0.03
ANSWER = "All steps are taken."
EFFECTS_TABLE = "CREATE TABLE IF NOT EXISTS public.effects (key text PRIMARY KEY, run text, step int)"
CALLS_TABLE = "CREATE TABLE IF NOT EXISTS public.calls (run text, step int)"


class SteppingModel(BaseChatModel):
    """Calls the tool for one step after the other, under new call ids each time, as a provider does."""

    @property
    def _llm_type(self) -> str:
        return "stepping"

    def bind_tools(self, *_args: Any, **_kwargs: Any) -> "SteppingModel":  # type: ignore[override]
        return self

    def _generate(self, messages: list[BaseMessage], *_args: Any, **_kwargs: Any) -> ChatResult:
        name = next(message.text for message in messages if isinstance(message, HumanMessage))
        taken = sum(isinstance(message, ToolMessage) for message in messages)
        call = {"name": "take_step", "args": {"name": name, "step": taken}, "id": f"call-{uuid4()}"}
        message = AIMessage("", tool_calls=[call]) if taken < STEPS else AIMessage(ANSWER)
        return ChatResult(generations=[ChatGeneration(message=message)])


class Ledger:
    """Where the effects are, as in a system of somebody else that takes idempotency keys."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._one_at_a_time = asyncio.Lock()  # a connection takes one statement after the other

    async def do(self, key: str, run: str, step: int) -> None:
        """Have the effect of a step, unless the key had it."""
        async with self._one_at_a_time:
            await self._connection.execute("INSERT INTO public.calls VALUES (%s, %s)", (run, step))
            await self._connection.execute(
                "INSERT INTO public.effects VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", (key, run, step)
            )


def build_graph(resources: ServerResources[Ledger]) -> Graph:
    """Return an agent that takes `STEPS` steps, one after the other, and says `WORDS` words in each."""
    return build_agent(
        card=AgentCard(name=NAME, description={}, examples={}),
        model=SteppingModel(),
        tools=[_tool(resources.resources)],
        prompt="Take all steps.",
        checkpointer=resources.checkpointer,
    )


def _tool(ledger: Ledger) -> BaseTool:
    async def take_step(name: str, step: int, runtime: ToolRuntime) -> str:
        """Take a step."""
        await ledger.do(idempotency_key(runtime), name, step)
        for word in range(WORDS):
            runtime.stream_writer({"step": step, "word": word})
            await asyncio.sleep(WORD_SECONDS)
        return f"Step {step} is taken."

    return StructuredTool.from_function(coroutine=take_step)


@asynccontextmanager
async def open_ledger(settings: Settings) -> AsyncIterator[Ledger]:
    """Open the ledger in the service's own database."""
    url = settings.database_url.get_secret_value()
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        yield Ledger(connection)


def main() -> None:
    """Serve until killed."""
    settings = load_settings(_env_file=None)
    configure_logging(NAME, "INFO")
    app = create_agent_app(
        service=NAME,
        graphs={NAME: build_graph},
        settings=settings,
        verifier=build_verifier(settings, Issuer.MANAGER),
        resources=open_ledger,
    )
    uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False)


if __name__ == "__main__":
    main()
