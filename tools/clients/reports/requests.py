"""What can be asked of a report on clients."""

from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import BaseModel, Field

from narutalk.identity import Identity
from narutalk.languages import Language
from tools.clients.arguments import CATEGORY, CLIENT, OWNER, PERIOD, PRODUCT, REGION
from tools.clients.models import ClientType
from tools.clients.permissions import limits_of
from tools.clients.records import ClientRecord, SalesFilter
from tools.clients.results.scope import Scope
from tools.clients.scoping import Wanted, scoped
from tools.clients.store import ClientStore
from tools.clients.wording import TYPES, category
from tools.periods import Period
from tools.reports.content import Figure


class ReportKind(StrEnum):
    """What a report is about."""

    SALES = "sales"
    CONCENTRATION = "concentration"
    CHURN = "churn"
    RECEIVABLES = "receivables"
    CONTRACTS = "contracts"
    STORY = "story"


class ReportWanted(BaseModel):
    """What a report is about, and of which clients; a filter that a kind does not know is not taken."""

    kind: ReportKind | None = Field(
        None,
        description="sales: by month, product, region and type, with the period before; concentration: how "
        "much lies with how few clients; churn: who may leave and why; receivables: what is unpaid, by age; "
        "contracts: renewals that are due; story: one client on a page. Left out: the story of the client "
        "named, else sales.",
    )
    client: str | None = Field(None, description=CLIENT, min_length=1, max_length=120)
    period: str | None = Field(
        None, description=f"{PERIOD} For contracts: when they end; the next 90 days.", max_length=40
    )
    region: str | None = Field(None, description=REGION, max_length=80)
    client_type: ClientType | None = None
    product: str | None = Field(None, description=PRODUCT, max_length=80)
    category: str | None = Field(None, description=CATEGORY, max_length=80)
    owner: str | None = Field(None, description=OWNER, max_length=80)

    @property
    def chosen(self) -> ReportKind:
        """The kind, when it is left out too. The sales of one client are a part of its story."""
        if self.client and self.kind in (None, ReportKind.SALES):
            return ReportKind.STORY
        return self.kind or ReportKind.SALES

    def only(self, *names: str) -> dict[str, Any]:
        """Return those of the filters."""
        return self.model_dump(include=set(names))


class Request(NamedTuple):
    """A request whose names are resolved.

    Attributes:
        sales: Which transactions; its period is that of the report.
        scope: The same in words.
    """

    store: ClientStore
    identity: Identity
    language: Language
    wanted: ReportWanted
    client: ClientRecord | None
    sales: SalesFilter
    scope: Scope

    def say(self, english: str, korean: str) -> str:
        """Return the text in the language of the report."""
        return korean if self.language is Language.KO else english

    @property
    def period(self) -> Period:
        """The days of the figures; all there are where nobody chose some."""
        today = self.store.today()
        return self.sales.period or self.store.covered() or Period(today, today)


def resolve(store: ClientStore, identity: Identity, wanted: ReportWanted, language: Language) -> Request:
    """Return what a request means.

    Raises:
        Forbidden: The caller may not read client data.
        RetryWithFix: A region, product, category or period that does not exist.
        TellTheModel: No client or owner, or several, can be meant.
    """
    client = store.resolve_client(identity, wanted.client) if wanted.client else None
    filters = wanted.only("region", "client_type", "product", "category", "owner")
    upcoming = wanted.chosen is ReportKind.CONTRACTS
    named = Wanted(**filters, period=None if upcoming else wanted.period)
    sales, scope = scoped(store, identity, named, default_period=not upcoming)
    return Request(store, identity, language, wanted, client, sales, scope)


def filters_told(request: Request) -> tuple[Figure, ...]:
    """Return what the report is narrowed down to, by name."""
    language, scope = request.language, request.scope
    kind = TYPES[scope.client_type][language] if scope.client_type else None
    named = (
        (request.say("Client", "거래처"), request.client and called(request.client, language)),
        (request.say("Region", "지역"), scope.region and scope.region.in_language(language)),
        (request.say("Client type", "거래처 유형"), kind),
        (request.say("Product", "제품"), scope.product and scope.product.in_language(language)),
        (request.say("Category", "제품군"), scope.category and category(scope.category, language)),
        (request.say("Owner", "담당자"), scope.owner and scope.owner.in_language(language)),
    )
    return tuple(Figure(label, value) for label, value in named if value)


def rights_told(request: Request) -> tuple[str, ...]:
    """Return which clients the caller sees; the others are withheld, also from sums."""
    limits = limits_of(request.identity)
    if limits.regions is None and limits.owner_id is None:
        return (
            request.say(
                "Made with the right to see the clients of all regions; nothing is withheld.",
                "모든 지역의 거래처를 볼 수 있는 권한으로 작성되었으며 비공개 항목이 없습니다.",
            ),
        )
    lines = []
    if limits.regions is not None:
        names = request.store.catalogue(request.identity).regions
        shown = ", ".join(
            names[code].in_language(request.language) if code in names else code
            for code in sorted(limits.regions)
        )
        lines.append(
            request.say(
                f"Only clients and transactions of these regions are shown: {shown}. All others are "
                "withheld, also from sums and ranks.",
                f"다음 지역의 거래처와 거래만 담겼습니다: {shown}. "
                "다른 지역은 합계와 순위에서도 제외되었습니다.",
            )
        )
    if limits.owner_id is not None:
        lines.append(
            request.say(
                "Only clients that the requester looks after are shown; all others are withheld, also from "
                "sums and ranks.",
                "요청자가 담당하는 거래처만 담겼으며 다른 거래처는 합계와 순위에서도 제외되었습니다.",
            )
        )
    return tuple(lines)


def called(client: ClientRecord, language: Language) -> str:
    """Return a client's name and id."""
    return f"{client.name.in_language(language)} ({client.id})"
