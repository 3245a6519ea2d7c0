"""A graph whose steps leave traces in a folder, for tests over several processes."""

import asyncio
from pathlib import Path
from typing import Any

import psycopg
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

STEPS = "steps.txt"
GO = "go"


class Steps(TypedDict, total=False):
    folder: str
    breaks: int
    done: str


def _step(name: str) -> Any:
    async def step(state: Steps, config: RunnableConfig) -> Steps:
        folder = Path(state["folder"])
        attempt = config["metadata"]["run_attempt"]
        with (folder / STEPS).open("a") as file:
            file.write(f"{name} {attempt}\n")
        if name == "second" and steps_of(folder).count(f"second {attempt}") <= state.get("breaks", 0):
            raise psycopg.OperationalError("consuming input failed: server closed the connection")
        while name == "second" and not (folder / GO).exists():
            await asyncio.sleep(0.02)
        return {"done": name}

    return step


def step_graph() -> StateGraph[Steps, Any, Steps, Steps]:
    """Return three steps; the second waits for a file, and fails at first as when its database broke off."""
    graph: StateGraph[Steps, Any, Steps, Steps] = StateGraph(Steps)
    graph.add_sequence([(name, _step(name)) for name in ("first", "second", "third")])
    graph.add_edge(START, "first")
    graph.add_edge("third", END)
    return graph


def steps_of(folder: Path) -> list[str]:
    """Return the steps that were begun, each with its attempt."""
    file = folder / STEPS
    return file.read_text().splitlines() if file.exists() else []
