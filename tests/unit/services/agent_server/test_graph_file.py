"""`langgraph.json` is read as the langgraph CLI reads it."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.store.memory import InMemoryStore

from narutalk.errors import ConfigurationError
from narutalk.settings import Settings
from services.agent_server.graph_file import load_graph_file
from services.agent_server.resources import ServerResources, build_graph

CODE = """
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

class State(TypedDict):
    text: str

builder = StateGraph(State)
builder.add_node("shout", lambda state: {"text": state["text"].upper()})
builder.add_edge(START, "shout")
builder.add_edge("shout", END)
compiled = builder.compile()

def make():
    return builder

def make_with_config(config):
    return builder.compile()

number = 7
"""


def write(folder: Path, **graphs: str) -> Path:
    (folder / "graphs.py").write_text(CODE)
    path = folder / "langgraph.json"
    path.write_text(json.dumps({"dependencies": ["."], "graphs": graphs}))
    return path


@pytest.mark.parametrize("attribute", ["builder", "compiled", "make", "make_with_config"])
def test_loads_graphs_builders_and_factories(tmp_path: Path, attribute: str) -> None:
    factories = load_graph_file(write(tmp_path, shout=f"./graphs.py:{attribute}"))
    saver = InMemorySaver()
    settings = Settings(_env_file=None, data_dir=tmp_path)
    resources = ServerResources(settings=settings, checkpointer=saver, store=InMemoryStore(), resources=None)
    graph = build_graph(factories["shout"], resources)
    config = cast(Any, {"configurable": {"thread_id": "t"}})
    assert graph.invoke({"text": "hi"}, config) == {"text": "HI"}
    assert graph.get_state(config).values == {"text": "HI"}
    assert graph.checkpointer is saver


@pytest.mark.parametrize(
    "target", ["./graphs.py:number", "./graphs.py:absent", "./absent.py:graph", "graphs.py"]
)
def test_says_what_is_wrong(tmp_path: Path, target: str) -> None:
    with pytest.raises(ConfigurationError):
        load_graph_file(write(tmp_path, shout=target))


def test_says_that_the_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"langgraph\.json"):
        load_graph_file(tmp_path / "langgraph.json")
