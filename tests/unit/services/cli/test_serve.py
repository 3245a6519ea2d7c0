"""What `narutalk serve` refuses, before it serves anything."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from narutalk.errors import ConfigurationError, Unauthenticated
from services.agent_server.local_caller import LOCAL_IDENTITY, LocalCaller, require_loopback
from services.cli import app

GRAPH = """
from langgraph.graph import END, START, StateGraph
builder = StateGraph(dict)
builder.add_node("stay", lambda state: state)
builder.add_edge(START, "stay")
builder.add_edge("stay", END)
"""


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Forget what is imported; let logs stay where pytest captures them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("services.serve.configure_logging", lambda *_: None)
    path, modules = [*sys.path], {*sys.modules}
    yield
    sys.path[:] = path
    for name in {*sys.modules} - modules:
        del sys.modules[name]


def run(*arguments: str, graph: str = "./graphs.py:builder") -> tuple[int, str]:
    """Run the command in the current folder, and return its exit code and what it said."""
    Path("graphs.py").write_text(GRAPH)
    Path("langgraph.json").write_text(json.dumps({"graphs": {"stay": graph}}))
    done = CliRunner().invoke(app, ["serve", "--data-dir", "data", *arguments])
    return done.exit_code, " ".join(done.output.split())


def test_a_missing_file() -> None:
    code, said = run("elsewhere.json", "--no-auth")
    assert code == 1
    assert "elsewhere.json: cannot be read: No such file or directory" in said


def test_a_graph_that_cannot_be_imported() -> None:
    code, said = run("--no-auth", graph="./graphs.py:absent")
    assert code == 1
    assert "graph 'stay': ./graphs.py has no 'absent'" in said


def test_a_port_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, said = run("--no-auth", "--port", str(taken.getsockname()[1]))
    assert code == 1
    assert "is taken: Address already in use. Choose another with --port." in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.invalid"])
def test_no_authentication_on_an_address_that_others_reach(host: str) -> None:
    code, said = run("--no-auth", "--host", host)
    assert code == 1
    assert (
        f"--no-auth works only on a loopback address, such as 127.0.0.1 or localhost; {host} is none." in said
    )
    assert not Path("data").exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.9"])
def test_loopback_addresses_are_told(host: str) -> None:
    require_loopback(host)


def test_no_authentication_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARUTALK_ENV", "production")
    code, said = run("--no-auth")
    assert code == 1
    assert "--no-auth is not for NARUTALK_ENV=production" in said


def test_production_needs_the_managers_public_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARUTALK_ENV", "production")
    code, said = run()
    assert code == 1
    assert "NARUTALK_MANAGER_PUBLIC_KEY" in said


def test_settings_of_the_files_env_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ)
    Path("graphs.py").write_text(GRAPH)
    content = {"graphs": {"stay": "./graphs.py:builder"}, "env": {"NARUTALK_ENV": "production"}}
    Path("other.json").write_text(json.dumps(content))
    try:
        code, said = run("other.json")
    finally:
        del os.environ["NARUTALK_ENV"]
    assert code == 1
    assert "NARUTALK_MANAGER_PUBLIC_KEY" in said


@pytest.mark.parametrize("name", ["Router", "a-b", "x" * 31, ""])
def test_a_name_that_is_no_name_of_tables(name: str) -> None:
    code, said = run("--no-auth", "--name", name)
    assert code == 2
    assert "Lower-case letters" in said


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "127.0.0.1:2024"},
        {"host": "localhost"},
        {"host": "[::1]:2024", "origin": "http://localhost:3000"},
        {"host": "127.0.0.1", "origin": "https://chat.example.com"},
    ],
)
def test_callers_of_this_machine_are_the_local_user(headers: dict[str, str]) -> None:
    caller = LocalCaller(frozenset({"https://chat.example.com"}))
    assert caller.identify(headers) == LOCAL_IDENTITY


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "evil.example.com"},
        {"host": "127.0.0.1.evil.example.com"},
        {"host": "127.0.0.1", "origin": "https://evil.example.com"},
        {"host": "127.0.0.1", "origin": "null"},
        {"host": "127.0.0.1", "x-forwarded-for": "192.0.2.1"},
    ],
)
def test_others_are_refused_whatever_brings_them_here(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated):
        LocalCaller(frozenset({"https://chat.example.com"})).identify(headers)


def test_an_unknown_host_is_said_so() -> None:
    with pytest.raises(ConfigurationError):
        require_loopback("example.invalid")
