"""Bodies of the client service's REST routes."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tools.clients.analyses import AnalysisType
from tools.clients.analysis import ChurnAnalysis, ContractAnalysis, GeneralAnalysis, SalesAnalysis
from tools.clients.records import ChangeRecord, ClientRecord, ContractRecord, Names, TransactionRecord

PERIOD_TEXT = "2026-Q3, 2026-10, 2025, last_month, next_90_days, year_to_date, 2026-01-01..2026-03-31 …"
MAX_LIMIT = 100


class Paged(BaseModel):
    """What every page tells.

    Attributes:
        total: How many fit in all.
        next_offset: Of the next page; None on the last.
    """

    total: int
    limit: int
    offset: int
    next_offset: int | None


class ClientPage(Paged):
    clients: list[ClientRecord]


class ChangePage(Paged):
    """Approved changes, the newest first."""

    changes: list[ChangeRecord]


class TransactionPage(Paged):
    """Transactions, the newest first; ``net_amount_krw`` is of all that fit, returns deducted."""

    transactions: list[TransactionRecord]
    net_amount_krw: int


class ContractPage(Paged):
    """Contracts in the order in which they end."""

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


def next_offset(offset: int, shown: int, total: int) -> int | None:
    """Return where the next page starts; None on the last."""
    return offset + shown if shown and offset + shown < total else None
