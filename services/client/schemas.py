"""Bodies of the client service's REST routes."""

from datetime import date
from typing import Annotated

from fastapi.openapi.models import Example
from pydantic import BaseModel, Field

from services.client.analyses import InsightResult
from services.paging import Paged
from tools.clients.analysis import ChurnAnalysis, ContractAnalysis, GeneralAnalysis, SalesAnalysis
from tools.clients.records import ChangeRecord, ClientRecord, ContractRecord, Names, TransactionRecord
from tools.clients.results.scope import Scope


class ClientPage(Paged):
    """Clients, the best grade first unless another order was asked for."""

    clients: list[ClientRecord]


class ChangePage(Paged):
    """Approved changes, the newest first."""

    changes: list[ChangeRecord]


class TransactionPage(Paged):
    """Transactions, the newest first unless another order was asked for."""

    transactions: list[TransactionRecord]
    net_amount_krw: int | None = Field(
        description="Of all that fit, returns deducted; null when they were not counted.",
        examples=[12_400_000],
    )


class ContractPage(Paged):
    """Contracts in the order in which they end, unless another was asked for."""

    contracts: list[ContractRecord]


class PeriodInfo(BaseModel):
    """The period that was analysed; ``assumed`` when the request named none."""

    start: date
    end: date
    assumed: bool


class ClientName(BaseModel):
    id: str
    name: Names


class AnalyzeResponse(BaseModel):
    """An analysis; ``client`` is null when it is of several, ``period`` when it is of all days there are."""

    analysis_type: str = Field(examples=["churn"])
    client: ClientName | None
    period: PeriodInfo | None
    result: Annotated[
        GeneralAnalysis | SalesAnalysis | ChurnAnalysis | ContractAnalysis | InsightResult,
        Field(discriminator="analysis_type"),
    ]

    @classmethod
    def of_insight(cls, result: InsightResult, client: ClientRecord | None) -> "AnalyzeResponse":
        """Return the answer of an analysis whose result tells its own period."""
        scope = getattr(result, "scope", None)
        days = scope.period if isinstance(scope, Scope) else None
        return cls(
            analysis_type=result.analysis_type,
            client=ClientName(id=client.id, name=client.name) if client else None,
            period=PeriodInfo(start=days.start, end=days.end, assumed=scope.is_default)
            if days and scope
            else None,
            result=result,
        )


ANALYSES: dict[str, Example] = {
    "churn": {"summary": "Who may leave, and why", "value": {"analysis_type": "churn"}},
    "sales": {
        "summary": "A client's sales",
        "value": {"analysis_type": "sales", "client_id": "C0042", "period": "2026-Q3"},
    },
    "rfm": {
        "summary": "Recency, frequency, money",
        "value": {"analysis_type": "rfm", "region": "부산", "period": "2026"},
    },
    "concentration": {
        "summary": "How concentrated sales are",
        "value": {"analysis_type": "concentration", "client_type": "pharmacy"},
    },
    "receivables": {"summary": "What is unpaid, by age", "value": {"analysis_type": "receivables"}},
    "trend": {
        "summary": "Trend and season",
        "value": {"analysis_type": "trend", "category": "vaccine"},
    },
    "changes": {
        "summary": "Who shrank",
        "value": {"analysis_type": "changes", "direction": "shrank", "owner": "김민수"},
    },
    "risks": {"summary": "Clients at risk", "value": {"analysis_type": "risks", "grade": "A"}},
    "story": {"summary": "A client on one page", "value": {"analysis_type": "story", "client_id": "C0042"}},
}
"""Requests of ``POST /analyze``, for OpenAPI."""
