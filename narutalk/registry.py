"""The processes of NaruTalk and the agents among them. A new agent is one line here."""

from enum import StrEnum
from typing import NamedTuple

from narutalk.languages import Language

GENERAL_INTENT = "general"
WORKER = "worker"  # the process of the manager's background tasks, which nobody calls
CHROMA = "chroma"  # the vector store, as a process of its own where several instances share it


class Service(NamedTuple):
    """One process.

    Attributes:
        name: What settings, logs and URLs call it.
        port_offset: Its port is ``--port`` plus this.
        intent: The intent that leads to it; None for a process that is no agent.
        titles: What people read, by language.
        topics: What it can be asked about, by language; offered when a question is unclear.
        explains: Whether it can say how it computed its last answer.
    """

    name: str
    port_offset: int
    intent: str | None = None
    titles: dict[Language, str] = {}  # noqa: RUF012  (a NamedTuple's default, never written to)
    topics: dict[Language, str] = {}  # noqa: RUF012
    explains: bool = False


class ServiceName(StrEnum):
    """The processes that are no agents."""

    MANAGER = "manager"
    ROUTER = "router"


CORE = (Service(ServiceName.MANAGER, 0), Service(ServiceName.ROUTER, 1))

AGENTS = (
    Service(
        "document",
        2,
        "document_search",
        {Language.EN: "Documents", Language.KO: "문서"},
        {
            Language.EN: "policies, procedures and product sheets",
            Language.KO: "규정, 절차, 제품 설명서",
        },
    ),
    Service(
        "employee",
        3,
        "employee_analysis",
        {Language.EN: "Employees", Language.KO: "직원"},
        {
            Language.EN: "employees, their sales, targets and attendance",
            Language.KO: "직원과 실적, 목표, 근태",
        },
        explains=True,
    ),
    Service(
        "client",
        4,
        "client_info",
        {Language.EN: "Clients", Language.KO: "거래처"},
        {
            Language.EN: "clients, their transactions and contracts",
            Language.KO: "거래처와 거래 내역, 계약",
        },
        explains=True,
    ),
)

SERVICES = CORE + AGENTS


def agent_for_intent(intent: str) -> str | None:
    """Return the name of the agent an intent leads to, or None for ``general`` and unknown ones."""
    return next((agent.name for agent in AGENTS if agent.intent == intent), None)


def agent(name: str) -> Service:
    """Return a registered agent; KeyError when there is none of that name."""
    return {agent.name: agent for agent in AGENTS}[name]
