"""The analyses of ``POST /analyze``: what each is asked with, and the figures it answers with."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from narutalk.events import Citation
from narutalk.identity import Identity
from services.client.queries import Category, GradeIs, Owner, PeriodText, Product, Region, Type
from services.client.requests import tool_errors_as_http
from tools.clients import arguments, insights
from tools.clients.analyses import AnalysisType
from tools.clients.analysis import ClientChurn
from tools.clients.measures import Concentration, Scores, Segment
from tools.clients.records import ClientRecord, ContractRecord, Names, Total
from tools.clients.results.developments import AgeBucket, ChangedClient
from tools.clients.results.risks import SegmentFigures
from tools.clients.results.sales import NamedTotal
from tools.clients.results.scope import Days, Scope
from tools.clients.store import ClientStore
from tools.series import SeriesFigures
from tools.tool import ToolResult

BASIC = Literal[AnalysisType.GENERAL, AnalysisType.SALES, AnalysisType.CHURN, AnalysisType.CONTRACTS]

OneClient = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=32,
        description="A client's id; all clients when left out.",
        examples=["C0042"],
    ),
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AnalyzeRequest(_Request):
    """In general, sales, who may leave and why (``churn``), or contracts; of one client, or of all.

    Attributes:
        period: The last 12 months with data when left out; for contracts, the next 90 days. Churn looks at
            all days.
    """

    analysis_type: BASIC
    client_id: OneClient = None
    period: PeriodText = None


class RfmRequest(_Request):
    """Clients by recency, frequency and money, in segments."""

    analysis_type: Literal["rfm"]
    period: PeriodText = None
    region: Region = None
    client_type: Type = None
    owner: Owner = None


class ConcentrationRequest(_Request):
    """How much of the sales lies with how few clients."""

    analysis_type: Literal["concentration"]
    period: PeriodText = None
    region: Region = None
    client_type: Type = None
    product: Product = None
    category: Category = None


class ReceivablesRequest(_Request):
    """What is unpaid, by age."""

    analysis_type: Literal["receivables"]
    client_id: OneClient = None
    region: Region = None
    client_type: Type = None
    owner: Owner = None


class TrendRequest(_Request):
    """Net sales by month with growth, trend and season; over all whole months unless a period is named."""

    analysis_type: Literal["trend"]
    client_id: OneClient = None
    period: PeriodText = None
    region: Region = None
    client_type: Type = None
    product: Product = None
    category: Category = None
    owner: Owner = None


class ChangesRequest(_Request):
    """Which clients bought less, or more, than in the period of the same length before."""

    analysis_type: Literal["changes"]
    direction: Literal["shrank", "grew"] = "shrank"
    period: PeriodText = None
    count: int = Field(10, ge=1, le=arguments.MAX_SHOWN, description="How many clients are told.")
    region: Region = None
    client_type: Type = None
    owner: Owner = None


class RisksRequest(_Request):
    """The active clients at high or medium risk of leaving, with their reasons, among some."""

    analysis_type: Literal["risks"]
    region: Region = None
    client_type: Type = None
    owner: Owner = None
    grade: GradeIs = None


class StoryRequest(_Request):
    """A client on one page."""

    analysis_type: Literal["story"]
    client_id: str = Field(min_length=1, max_length=32, description="A client's id.", examples=["C0042"])


InsightRequest = (
    RfmRequest
    | ConcentrationRequest
    | ReceivablesRequest
    | TrendRequest
    | ChangesRequest
    | RisksRequest
    | StoryRequest
)


class _Result(BaseModel):
    """What an analysis found; ``citations`` name the records that it was computed from."""

    citations: list[Citation] = []

    @classmethod
    def of(cls, found: ToolResult) -> Self:
        return cls(**cls.fields_of(found))

    @classmethod
    def fields_of(cls, found: Any) -> dict[str, Any]:
        """Return the fields of a tool's result; subclasses change what they tell in another form."""
        return {name: value for name, value in found if name in cls.model_fields}


class _ScopedResult(_Result):
    scope: Scope = Field(description="The period and the filters; without a period, all days there are.")


class ScoresInfo(BaseModel):
    """Recency, frequency and money, 1 (low) to 5 (high) each."""

    recency: int = Field(ge=1, le=5)
    frequency: int = Field(ge=1, le=5)
    money: int = Field(ge=1, le=5)

    @classmethod
    def of(cls, scores: Scores) -> "ScoresInfo":
        return cls(**scores._asdict())


class ScoredInfo(BaseModel):
    client_id: str
    name: Names
    scores: ScoresInfo
    segment: Segment
    net_krw: int
    last_purchase: date


class RfmAnalysis(_ScopedResult):
    """Clients by segment, and those with the highest scores."""

    analysis_type: Literal["rfm"] = "rfm"
    clients: int
    segments: list[SegmentFigures]
    best: list[ScoredInfo]

    @classmethod
    def fields_of(cls, found: Any) -> dict[str, Any]:
        best = [ScoredInfo(**{**dict(one), "scores": ScoresInfo.of(one.scores)}) for one in found.best]
        return {**super().fields_of(found), "best": best}


class LargestClient(BaseModel):
    """A client's net sales, and the share of all sales with it and those before it, 0 to 1."""

    name: Names
    net_krw: int
    running_share: float


class ConcentrationAnalysis(_ScopedResult):
    """How concentrated sales are; ``figures`` is null without sales."""

    analysis_type: Literal["concentration"] = "concentration"
    figures: Concentration | None
    top: list[LargestClient]

    @classmethod
    def fields_of(cls, found: Any) -> dict[str, Any]:
        top = [LargestClient(name=name, net_krw=krw, running_share=share) for name, krw, share in found.top]
        return {**super().fields_of(found), "top": top}


class ReceivablesAnalysis(_ScopedResult):
    """What is unpaid by days since the sale, counted to ``as_of``."""

    analysis_type: Literal["receivables"] = "receivables"
    as_of: date
    buckets: list[AgeBucket]


class TrendAnalysis(_ScopedResult):
    """Net sales by month with growth, trend and season."""

    analysis_type: Literal["trend"] = "trend"
    figures: SeriesFigures


class ChangesAnalysis(_ScopedResult):
    """The clients that changed most, of ``changed`` in this direction and ``clients`` in all."""

    analysis_type: Literal["changes"] = "changes"
    before: Days
    direction: Literal["shrank", "grew"]
    clients: int
    changed: int
    entries: list[ChangedClient]


class RisksAnalysis(_Result):
    """Of ``judged`` active clients how many are at which risk, and those at high or medium risk."""

    analysis_type: Literal["risks"] = "risks"
    as_of: date | None
    judged: int
    counts: dict[str, int]
    clients: list[ClientChurn]


class StoryAnalysis(_ScopedResult):
    """A client on one page.

    Attributes:
        total: In the period of ``scope``; ``before`` in the period of the same length before it.
        rank: By net sales, from 1, among ``buyers``; null when it bought nothing.
        series: Of all months with data.
        churn: Null when it is not judged.
    """

    analysis_type: Literal["story"] = "story"
    client: ClientRecord
    total: Total
    before: Total
    growth: float | None
    rank: int | None
    buyers: int
    scores: ScoresInfo | None
    segment: Segment | None
    products: list[NamedTotal]
    series: SeriesFigures
    churn: ClientChurn | None
    contracts: list[ContractRecord]
    unpaid_krw: int
    overdue_krw: int

    @classmethod
    def fields_of(cls, found: Any) -> dict[str, Any]:
        scores = ScoresInfo.of(found.scores) if found.scores else None
        return {**super().fields_of(found), "scores": scores}


InsightResult = (
    RfmAnalysis
    | ConcentrationAnalysis
    | ReceivablesAnalysis
    | TrendAnalysis
    | ChangesAnalysis
    | RisksAnalysis
    | StoryAnalysis
)


def insight(store: ClientStore, caller: Identity, asked: InsightRequest) -> InsightResult:
    """Return the analysis that a request asks for, by the work that the agents' tools do.

    Raises:
        NotFound: ``client_not_found``.
        InvalidInput: A name or a period that does not exist, or is not clear.
    """
    look_up, args, result = _INSIGHTS[asked.analysis_type]
    given = asked.model_dump(exclude={"analysis_type", "client_id"}, exclude_none=True)
    client_id: str | None = getattr(asked, "client_id", None)
    if client_id:
        given["client"] = store.client(caller, client_id).id
    with tool_errors_as_http():
        return result.of(look_up(store, caller, args(**given)))


_INSIGHTS: dict[str, tuple[Callable[[ClientStore, Identity, Any], ToolResult], Any, type[InsightResult]]] = {
    "rfm": (insights.rfm_segments, arguments.ScoreClients, RfmAnalysis),
    "concentration": (insights.sales_concentration, arguments.MeasureConcentration, ConcentrationAnalysis),
    "receivables": (insights.receivables_ageing, arguments.AgeReceivables, ReceivablesAnalysis),
    "trend": (insights.sales_trend, arguments.FollowSales, TrendAnalysis),
    "changes": (insights.client_changes, arguments.CompareClients, ChangesAnalysis),
    "risks": (insights.clients_at_risk, arguments.GetRisks, RisksAnalysis),
    "story": (insights.client_story, arguments.TellStory, StoryAnalysis),
}
