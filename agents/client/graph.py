"""The client agent's graph."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph

from agents.agent import DEFAULT_LIMITS, build_agent
from agents.client.card import CARD
from agents.client.prompts import SYSTEM_PROMPT
from agents.turn import TurnLimits
from tools.adhoc.tool import build_sql_tool
from tools.clients.changes.ledger import ChangeLedger
from tools.clients.reports.tool import build_report_tool
from tools.clients.store import ClientStore
from tools.clients.tools import build_client_tools
from tools.explaining import build_explaining_tool
from tools.reports.files import ReportFiles


def build_graph(
    model: BaseChatModel,
    store: ClientStore,
    ledger: ChangeLedger,
    reports: ReportFiles,
    checkpointer: BaseCheckpointSaver[str] | None,
    limits: TurnLimits = DEFAULT_LIMITS,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return the agent that answers about clients, makes reports on them, and approved changes."""
    return build_agent(
        card=CARD,
        model=model,
        tools=[
            *build_client_tools(store, ledger),
            build_report_tool(store, reports),
            build_explaining_tool(),
            build_sql_tool("query_clients", store.sql_sources()),
        ],
        prompt=SYSTEM_PROMPT,
        checkpointer=checkpointer,
        limits=limits,
    )
