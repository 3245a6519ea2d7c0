"""An agent server that is made to be killed: its graph takes steps, and each has an effect outside of it.

`python -m tests.fakes.faulty_agent PORT`, with the settings in the environment.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from operator import add
from typing import Annotated, Any

import psycopg
import uvicorn
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from narutalk.idempotency import idempotency_key
from typing_extensions import TypedDict

from narutalk.identity import Issuer, build_verifier
from narutalk.settings import Settings, load_settings
from narutalk.telemetry.logs import configure_logging
from services.agent_server.app import create_agent_app
from services.agent_server.resources import Graph, ServerResources

NAME = "faulty"
STEPS = 4
WORDS = 5
WORD_SECONDS = 0.03
EFFECTS_TABLE = "CREATE TABLE IF NOT EXISTS public.effects (key text PRIMARY KEY, run text, step int)"
CALLS_TABLE = "CREATE TABLE IF NOT EXISTS public.calls (run text, step int)"


class State(TypedDict, total=False):
    """What a run is about, and which steps it has taken."""

    name: str
    done: Annotated[list[int], add]


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
    """Return a graph that takes `STEPS` steps, one after the other, and says `WORDS` words in each."""
    builder: StateGraph[Any, Any, Any, Any] = StateGraph(State)
    previous = START
    for number in range(STEPS):
        builder.add_node(f"step{number}", _step(number, resources.resources))
        builder.add_edge(previous, f"step{number}")
        previous = f"step{number}"
    builder.add_edge(previous, END)
    return builder.compile()


def _step(number: int, ledger: Ledger) -> Any:
    async def step(state: State, runtime: Runtime[None]) -> State:
        write = get_stream_writer()
        await ledger.do(idempotency_key(runtime), state["name"], number)
        for word in range(WORDS):
            write({"step": number, "word": word})
            await asyncio.sleep(WORD_SECONDS)
        return {"done": [number]}

    return step


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
