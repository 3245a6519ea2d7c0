"""Bodies of the client service's REST routes."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.client.queries import PERIOD_TEXT
from services.paging import Paged
from tools.clients.analyses import AnalysisType
from tools.clients.analysis import ChurnAnalysis, ContractAnalysis, GeneralAnalysis, SalesAnalysis
from tools.clients.records import ChangeRecord, ClientRecord, ContractRecord, Names, TransactionRecord


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


class AnalyzeRequest(BaseModel):
    """What to analyse.

    Attributes:
        client_id: Such as ``C0042``; all clients when left out.
        period: The last 12 months with data when left out; for contracts, the next 90 days.
    """

    model_config = ConfigDict(extra="forbid")

    client_id: str | None = Field(None, min_length=1, max_length=32, examples=["C0042"])
    analysis_type: AnalysisType
    period: str | None = Field(
        None, min_length=1, max_length=40, description=PERIOD_TEXT, examples=["2026-Q3"]
    )


class PeriodInfo(BaseModel):
    """The period that was analysed; ``assumed`` when the request named none."""

    start: date
    end: date
    assumed: bool


class ClientName(BaseModel):
    id: str
    name: Names


class AnalyzeResponse(BaseModel):
    """An analysis; ``client`` is None when it is of all clients."""

    analysis_type: AnalysisType
    client: ClientName | None
    period: PeriodInfo
    result: Annotated[
        GeneralAnalysis | SalesAnalysis | ChurnAnalysis | ContractAnalysis,
        Field(discriminator="analysis_type"),
    ]
