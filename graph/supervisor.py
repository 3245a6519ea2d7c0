"""Wires the supervisor's nodes and edges, and nothing else."""

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.store.base import BaseStore

from graph.history_nodes import FOLD, RECOLLECT, ROUTE, begin
from graph.memory.nodes import REMEMBER
from graph.nodes import ANSWER, GATHER, SupervisorNodes, dispatch
from graph.state import DelegationTask, SupervisorInput, SupervisorState

NAME = "supervisor"


def build_supervisor(
    nodes: SupervisorNodes,
    agents: list[str],
    checkpointer: BaseCheckpointSaver[str] | None,
    store: BaseStore | None = None,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return the graph: recall, route, delegate to agents side by side, gather what they found, answer.

    What needs another agent's result is sent when that is there.
    What is asked of the memory is done at once, and a question about the conversation itself is answered from
    it. After the answer the oldest turns are folded into the summary, when there are too many.

    An agent that waits for a person is sent to its own node again, where it waits; the turn gathers the
    others meanwhile, and answers when all have ended.

    Args:
        nodes: What the nodes do.
        agents: One node is made for each name.
        checkpointer: Keeps the conversations.
        store: Keeps what is remembered of each person; without one nothing is, and nothing is asked of it.
    """
    builder = StateGraph(SupervisorState, input_schema=SupervisorInput)
    builder.add_node("recall", nodes.memory.recall)
    builder.add_node(REMEMBER, nodes.memory.remember, destinations=(ROUTE, FOLD))
    builder.add_node(ROUTE, nodes.route)
    builder.add_node(GATHER, nodes.gather, destinations=(*agents, ANSWER))
    builder.add_node(ANSWER, nodes.answer)
    builder.add_edge(START, "recall")
    builder.add_node(RECOLLECT, nodes.history.recollect)
    builder.add_node(FOLD, nodes.history.fold)
    builder.add_conditional_edges("recall", begin, [REMEMBER, RECOLLECT, ROUTE])
    for agent in agents:
        builder.add_node(agent, nodes.delegate, input_schema=DelegationTask, destinations=(agent, GATHER))
    builder.add_conditional_edges(ROUTE, dispatch, [*agents, ANSWER])
    builder.add_edge(ANSWER, FOLD)
    builder.add_edge(RECOLLECT, FOLD)
    builder.add_edge(FOLD, END)
    return builder.compile(checkpointer=checkpointer, store=store, name=NAME)
