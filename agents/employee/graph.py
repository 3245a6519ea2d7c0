"""The employee agent's graph."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph

from agents.agent import DEFAULT_LIMITS, build_agent
from agents.employee.card import CARD
from agents.employee.prompts import SYSTEM_PROMPT
from agents.turn import TurnLimits
from tools.adhoc.tool import build_sql_tool
from tools.employees.publications import Publications
from tools.employees.publishing import build_publishing_tool
from tools.employees.reports.tool import build_report_tool
from tools.employees.store import EmployeeStore
from tools.employees.tools import build_employee_tools
from tools.explaining import build_explaining_tool
from tools.reports.files import ReportFiles


def build_graph(
    model: BaseChatModel,
    store: EmployeeStore,
    publications: Publications,
    reports: ReportFiles,
    checkpointer: BaseCheckpointSaver[str] | None,
    limits: TurnLimits = DEFAULT_LIMITS,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return the agent that answers about employees, their sales and attendance, and makes reports."""
    return build_agent(
        card=CARD,
        model=model,
        tools=[
            *build_employee_tools(store),
            build_publishing_tool(store, publications),
            build_report_tool(store, reports),
            build_explaining_tool(),
            build_sql_tool("query_employees", store.sql_sources()),
        ],
        prompt=SYSTEM_PROMPT,
        checkpointer=checkpointer,
        limits=limits,
    )
