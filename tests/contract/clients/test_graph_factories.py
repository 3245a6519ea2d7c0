"""A factory makes its graph anew for each call, for whoever calls and whatever for."""

import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.runtime import ServerRuntime
from pydantic import BaseModel
from typing_extensions import TypedDict

from narutalk.identity import Issuer, build_verifier
from services.agent_server.app import create_agent_app
from services.agent_server.graphs.factory import graph_factory
from tests.contract.agent_server.conftest import BORIS
from tests.contract.clients.serving import ServedApp, make_settings, serve_app


class Remark(BaseModel):
    """A type of its own, which only a graph that a factory makes names."""

    text: str


class State(TypedDict, total=False):
    said: str
    remarks: list[Remark]


@dataclass
class Tone:
    loud: bool = False


calls: list[str] = []
opened: list[str] = []


def saying(text: str, *, asks: bool = False, sees: Sequence[str] = ()) -> StateGraph[State]:
    async def say(_state: State) -> State:
        answer = interrupt(f"say {text}?") if asks else " ".join((text, *sees))
        return {"said": answer, "remarks": [Remark(text=text)]}

    graph = StateGraph(State)
    graph.add_node("say", say)
    graph.add_edge(START, "say")
    graph.add_edge("say", END)
    return graph


def of_nothing() -> Any:
    return saying("nothing").compile()


def of_config(config: RunnableConfig) -> Any:
    configurable = config["configurable"]
    return saying(f"{configurable.get('colour')} {configurable['langgraph_auth_user'].identity}")


async def of_runtime(runtime: ServerRuntime[Tone]) -> Any:
    calls.append(runtime.access_context)
    user = runtime.ensure_user().identity
    execution = runtime.execution_runtime
    loud = execution.context.loud if execution and execution.context else None
    return saying(f"{user} {runtime.access_context} {loud}", asks=True)


@contextlib.asynccontextmanager
async def of_both(config: RunnableConfig, runtime: ServerRuntime) -> AsyncIterator[Any]:
    name = f"{runtime.access_context} {config['configurable']['assistant_id']}"
    opened.append(name)
    try:
        yield saying("both", sees=opened).compile()
    finally:
        opened.remove(name)


def broken(runtime: ServerRuntime) -> Any:
    if runtime.execution_runtime:
        raise PermissionError("no graph for you")
    return saying("never")


def no_graph() -> Any:
    return 7


FACTORIES = {
    "nothing": of_nothing,
    "config": of_config,
    "runtime": of_runtime,
    "both": of_both,
    "broken": broken,
    "no_graph": no_graph,
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, _clean_environment: None) -> Iterator[ServedApp]:
    settings = make_settings(tmp_path_factory.mktemp("data"))
    app = create_agent_app(
        service="test",
        graphs={name: graph_factory(function, name) for name, function in FACTORIES.items()},
        settings=settings,
        verifier=build_verifier(settings, Issuer.MANAGER),
    )
    with serve_app(app, settings) as running:
        yield running


@pytest_asyncio.fixture
async def sdk(served: ServedApp) -> AsyncIterator[LangGraphClient]:
    async with served.sdk() as client:
        yield client


async def test_a_factory_that_takes_nothing(sdk: LangGraphClient) -> None:
    values: Any = await sdk.runs.wait(None, "nothing", input={})
    assert values["said"] == "nothing"


async def test_a_factory_builds_by_the_runs_config_and_the_verified_user(served: ServedApp) -> None:
    for identity, colour in ((BORIS, "red"), (BORIS, "blue")):
        async with served.sdk(identity) as client:
            config: Any = {"configurable": {"colour": colour, "langgraph_auth_user": "someone else"}}
            values: Any = await client.runs.wait(None, "config", input={}, config=config)
            assert values["said"] == f"{colour} {identity.user_id}"


async def test_a_factory_is_told_why_it_is_called(sdk: LangGraphClient) -> None:
    calls.clear()
    thread_id = (await sdk.threads.create())["thread_id"]
    context: Any = {"loud": True}
    await sdk.runs.wait(thread_id, "runtime", input={}, context=context)
    assert calls[0] == "threads.create_run"
    assert set(calls[1:]) == {"threads.read"}
    state = await sdk.threads.get_state(thread_id)
    assert state["tasks"][0]["interrupts"][0]["value"] == "say u-anna threads.create_run True?"
    assert len(await sdk.threads.get_history(thread_id)) == 2
    assert calls[-1] == "threads.read"
    await sdk.threads.update_state(thread_id, {"said": "by hand"}, as_node="say")
    assert "threads.update" in calls
    calls.clear()
    schemas: Any = await sdk.assistants.get_schemas("runtime")
    assert set(schemas["input_schema"]["properties"]) == {"said", "remarks"}
    drawn: Any = await sdk.assistants.get_graph("runtime")
    assert "say" in {node["id"] for node in drawn["nodes"]}
    await sdk.assistants.get_subgraphs("runtime")
    assert set(calls) == {"assistants.read"}


async def test_a_run_goes_on_in_a_graph_that_is_made_again(sdk: LangGraphClient) -> None:
    thread_id = (await sdk.threads.create())["thread_id"]
    await sdk.runs.wait(thread_id, "runtime", input={})
    assert (await sdk.threads.get(thread_id))["status"] == "interrupted"
    values: Any = await sdk.runs.wait(thread_id, "runtime", command={"resume": "yes"})
    assert values["said"] == "yes"
    assert values["remarks"] == [{"text": "u-anna threads.create_run None"}]
    again: Any = await sdk.runs.wait(thread_id, "runtime", command={"goto": "say"})
    assert again["remarks"] == values["remarks"]  # read back from the checkpoint


async def test_what_a_factory_opens_is_closed_after_the_call(sdk: LangGraphClient) -> None:
    assistant_id = (await sdk.assistants.get("both"))["assistant_id"]
    values: Any = await sdk.runs.wait(None, "both", input={})
    assert values["said"] == f"both threads.create_run {assistant_id}"
    await sdk.assistants.get_schemas("both")
    assert opened == []


@pytest.mark.parametrize(
    ("graph", "error", "message"),
    [
        ("broken", "PermissionError", "no graph for you"),
        ("no_graph", "ConfigurationError", "The graph's factory made a int, which is no graph."),
    ],
)
async def test_a_factory_that_fails_fails_the_run(
    sdk: LangGraphClient, graph: str, error: str, message: str
) -> None:
    values: Any = await sdk.runs.wait(None, graph, input={}, raise_error=False)
    assert values["__error__"] == {"error": error, "message": message}
