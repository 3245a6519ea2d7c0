"""`langgraph.json` is read as the langgraph CLI reads it, and what it says is done or refused."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.pregel import Pregel
from langgraph.store.memory import InMemoryStore

from narutalk.errors import ConfigurationError
from narutalk.settings import Settings
from services.agent_server.graphs.file import REFUSED, read_graph_file
from services.agent_server.graphs.importing import add_dependencies, import_graphs, set_environment
from services.agent_server.graphs.resources import ServerResources, build_graph

CODE = """
from langgraph.func import entrypoint
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

class State(TypedDict):
    text: str

builder = StateGraph(State)
builder.add_node("shout", lambda state: {"text": state["text"].upper()})
builder.add_edge(START, "shout")
builder.add_edge("shout", END)
compiled = builder.compile()

@entrypoint()
def function(state: State) -> State:
    return {"text": state["text"].upper()}

def needs_more(config, database):
    return builder

number = 7
"""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Forget what a test imports and sets: each has another folder of the same names."""
    path, modules, variables = [*sys.path], {*sys.modules}, {**os.environ}
    yield
    sys.path[:] = path
    for name in {*sys.modules} - modules:
        del sys.modules[name]
    for name in {*os.environ} - {*variables}:
        del os.environ[name]
    os.environ.update(variables)


def write(folder: Path, code: str = CODE, **content: Any) -> Path:
    (folder / "graphs.py").write_text(code)
    path = folder / "langgraph.json"
    path.write_text(json.dumps(content))
    return path


def import_one(path: Path) -> Any:
    file = read_graph_file(path)
    add_dependencies(file)
    return import_graphs(file)


@pytest.mark.parametrize("attribute", ["builder", "compiled", "function"])
@pytest.mark.parametrize("source", ["./graphs.py", "graphs"])
def test_graphs_and_builders_keep_their_state_in_the_servers_checkpointer(
    tmp_path: Path, attribute: str, source: str
) -> None:
    factories = import_one(write(tmp_path, dependencies=["."], graphs={"shout": f"{source}:{attribute}"}))
    saver = InMemorySaver()
    settings = Settings(_env_file=None, data_dir=tmp_path)
    resources = ServerResources(settings=settings, checkpointer=saver, store=InMemoryStore(), resources=None)
    graph = build_graph(factories["shout"], resources)
    config = cast(Any, {"configurable": {"thread_id": "t"}})
    assert isinstance(graph, Pregel)
    assert graph.invoke({"text": "hi"}, config) == {"text": "HI"}
    assert graph.get_state(config).values == {"text": "HI"}
    assert graph.checkpointer is saver


def test_a_file_is_imported_once_for_all_its_graphs(tmp_path: Path) -> None:
    code = f"{CODE}\nimport os\nos.environ['IMPORTS'] = os.environ.get('IMPORTS', '') + 'once '"
    path = write(tmp_path, code, graphs={"a": "./graphs.py:builder", "b": {"path": "./graphs.py:compiled"}})
    assert set(import_one(path)) == {"a", "b"}
    assert os.environ["IMPORTS"] == "once "


@pytest.mark.parametrize(
    ("code", "target", "reason"),
    [
        (CODE, "./graphs.py:number", "is a int: no graph"),
        (CODE, "./graphs.py:absent", r"has no 'absent'"),
        (CODE, "./absent.py:graph", r"absent\.py is no file"),
        (CODE, "no_such_package.graphs:graph", "No module named 'no_such_package'"),
        (CODE, "./graphs.py:needs_more", "needs 'database'"),
        ("import no_such_package", "./graphs.py:graph", r"no_such_package.*graphs\.py, line 1"),
        ("x = 1\nraise RuntimeError('no key')", "./graphs.py:graph", r"RuntimeError: no key.*line 2"),
        ("def broken(:", "./graphs.py:graph", "SyntaxError"),
    ],
)
def test_says_why_a_graph_cannot_be_imported(tmp_path: Path, code: str, target: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as raised:
        import_one(write(tmp_path, code, graphs={"shout": target}))
    assert raised.value.code == "graph_not_importable"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"graphs": {}}, "names no graph"),
        ({}, "graphs"),
        ({"graphs": {"a": "graphs.py"}}, r"neither \./file\.py:attribute nor"),
        ({"graphs": {"a": {"path": "./a.py:b", "colour": "red"}}}, r"`graphs\.a\.colour` is not known"),
        ({"graphs": {"a": "./a.py:b"}, "grpahs": {}}, r"`grpahs` is not known \(known: graphs"),
        ({"graphs": {"a": "./a.py:b"}, "env": 7}, "`env"),
        ({"graphs": {"a": "./a.py:b"}, "http": {"app": "./a.py:app"}}, r"`http\.app` is not known"),
        ({"graphs": {"a": "./a.py:b"}, "checkpointer": {"path": "./a.py:b"}}, r"checkpointer\.path"),
        *[({"graphs": {"a": "./a.py:b"}, key: {"x": 1}}, f"`{key}` cannot be honoured") for key in REFUSED],
    ],
)
def test_says_what_is_wrong_with_the_file(tmp_path: Path, content: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as raised:
        read_graph_file(write(tmp_path, **content))
    assert raised.value.code == "graph_file_invalid"


@pytest.mark.parametrize("text", ["{", "[]"])
def test_says_that_it_is_not_a_json_object(tmp_path: Path, text: str) -> None:
    (tmp_path / "langgraph.json").write_text(text)
    with pytest.raises(ConfigurationError, match="JSON"):
        read_graph_file(tmp_path / "langgraph.json")


def test_says_that_the_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"langgraph\.json: cannot be read: No such file"):
        read_graph_file(tmp_path / "langgraph.json")


def test_warns_about_what_has_no_effect(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        graphs={"a": "./a.py:b"},
        python_version="3.99",
        dockerfile_lines=["RUN true"],
        checkpointer={"ttl": {"default_ttl": 5}},
        http={"disable_mcp": True},
        store=None,
    )
    said = " ".join(read_graph_file(path).warnings)
    assert "`dockerfile_lines` has no effect: it is for building images." in said
    assert "`python_version` says 3.99" in said
    assert "`checkpointer.ttl`" in said
    assert "store" not in said


def test_env_is_set_where_the_environment_says_nothing(tmp_path: Path) -> None:
    os.environ["GIVEN"] = "outside"
    (tmp_path / "my.env").write_text("GIVEN=inside\nOTHER='two words'\n# a comment\n")
    set_environment(read_graph_file(write(tmp_path, graphs={"a": "./a.py:b"}, env="my.env")))
    assert (os.environ["GIVEN"], os.environ["OTHER"]) == ("outside", "two words")
    set_environment(read_graph_file(write(tmp_path, graphs={"a": "./a.py:b"}, env={"THIRD": "3"})))
    assert os.environ["THIRD"] == "3"


def test_says_that_the_env_file_is_missing(tmp_path: Path) -> None:
    file = read_graph_file(write(tmp_path, graphs={"a": "./a.py:b"}, env=".env"))
    with pytest.raises(ConfigurationError, match=r"\.env, which is no file"):
        set_environment(file)


def test_folders_are_importable_and_packages_are_checked(tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "helper_of_the_test.py").write_text("WORD = 'found'")
    code = "import helper_of_the_test\n" + CODE
    path = write(
        tmp_path,
        code,
        graphs={"shout": "./graphs.py:builder"},
        dependencies=["./library", "langgraph>=1", "git+https://example.com/x.git"],
    )
    warnings = add_dependencies(read_graph_file(path))
    assert ["git+https" in warning for warning in warnings] == [True]
    assert import_graphs(read_graph_file(path))


@pytest.mark.parametrize(
    ("dependency", "reason"),
    [
        ("./absent", "is no folder"),
        ("no-such-package", r"'no-such-package' is not installed"),
        ("langgraph<0.1", "is installed as"),
        ("./first", r"a package 'services', which NaruTalk's own hides\. Rename it"),
        ("./second", r"a package 'tools', which NaruTalk's own hides\. Put an __init__\.py into it"),
    ],
)
def test_says_which_dependency_is_missing(tmp_path: Path, dependency: str, reason: str) -> None:
    for package in ("first/services", "second/tools"):
        (tmp_path / package).mkdir(parents=True)
        (tmp_path / package / "mine.py").touch()
    file = read_graph_file(write(tmp_path, graphs={"a": "./a.py:b"}, dependencies=[dependency]))
    with pytest.raises(ConfigurationError, match=reason):
        add_dependencies(file)
