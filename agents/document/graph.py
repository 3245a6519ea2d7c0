"""The document agent's graph."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph

from agents.agent import DEFAULT_LIMITS, build_agent
from agents.document.card import CARD
from agents.document.prompts import SYSTEM_PROMPT
from agents.turn import TurnLimits
from tools.documents.library import DocumentLibrary
from tools.documents.tools import build_document_tools


def build_graph(
    model: BaseChatModel,
    library: DocumentLibrary,
    checkpointer: BaseCheckpointSaver[str] | None,
    limits: TurnLimits = DEFAULT_LIMITS,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return the agent that answers from the company's documents, with citations."""
    return build_agent(
        card=CARD,
        model=model,
        tools=build_document_tools(library),
        prompt=SYSTEM_PROMPT,
        checkpointer=checkpointer,
        limits=limits,
    )
