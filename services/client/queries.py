"""What the client service's lists are filtered and sorted by."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from narutalk.identity import Identity
from services.client.requests import find_category, find_owner, find_period, find_product, find_region
from services.paging import ListQuery, sorted_by, text_filter
from tools.clients.arguments import Grade
from tools.clients.changes.ledger import CHANGE_ORDERS
from tools.clients.models import ClientStatus, ClientType, ContractStatus, PaymentStatus, TransactionKind
from tools.clients.queries.clients import CLIENT_ORDERS
from tools.clients.queries.contracts import CONTRACT_ORDERS
from tools.clients.queries.transaction_pages import TRANSACTION_ORDERS
from tools.clients.records import ClientFilter, ContractFilter, SalesFilter
from tools.clients.store import ClientStore
from tools.clients.wording import CATEGORIES

MAX_KRW = 10**12
PERIOD_TEXT = "2026-Q3, 2026-10, 2025, last_month, next_90_days, year_to_date, 2026-01-01..2026-03-31 …"


def _krw(what: str) -> Any:
    return Field(ge=-MAX_KRW, le=MAX_KRW, description=f"{what}, in KRW, inclusive.", examples=[1_000_000])


Region = Annotated[
    str | None,
    text_filter("A region's code or name.", "Busan", "부산"),
]
Owner = Annotated[
    str | None,
    text_filter(
        "The employee who looks after the client: a name in either script, or an id.", "김민수", "E0042"
    ),
]
ClientId = Annotated[str | None, text_filter("A client's id.", "C0042", longest=32)]
Type = Annotated[ClientType | None, Field(description="The kind of client.", examples=[ClientType.HOSPITAL])]
GradeIs = Annotated[Grade | None, Field(description="The client's grade; A is the best.", examples=["A"])]
PeriodText = Annotated[str | None, text_filter(PERIOD_TEXT, "2026-Q3", longest=40)]
Product = Annotated[
    str | None,
    text_filter("A product's code or name.", "Cardivel", "CV-010"),
]
Category = Annotated[
    str | None,
    text_filter(f"A product category: {', '.join(CATEGORIES)}.", "vaccine", longest=24),
]


class ClientsQuery(ListQuery):
    """Which clients."""

    name: Annotated[
        str | None,
        text_filter(
            "An id, a name in Korean or Latin letters, or a part of one. Spaces, hyphens and the "
            "usual spellings do not matter, nor does a slip in a longer name.",
            "한빛",
            "Hanbit",
            "han-bitt",
            shortest=2,
        ),
    ] = None
    client_type: Type = None
    region: Region = None
    grade: GradeIs = None
    owner: Owner = None
    status: Annotated[ClientStatus | None, Field(description="Whether it buys from us.")] = None
    since_from: Annotated[
        date | None, Field(description="A client since this day, or later.", examples=["2020-01-01"])
    ] = None
    since_to: Annotated[
        date | None, Field(description="A client since this day, or earlier.", examples=["2024-12-31"])
    ] = None
    sort: str | None = sorted_by(CLIENT_ORDERS, "-since,name_ko")

    def filter(self, store: ClientStore, caller: Identity) -> ClientFilter:
        region_code = find_region(store, caller, self.region)
        owner_id = find_owner(store, caller, self.owner, region_code)
        return ClientFilter(
            client_type=self.client_type,
            region_code=region_code,
            grade=self.grade,
            owner_ids=(owner_id,) if owner_id else None,
            status=self.status,
            since_from=self.since_from,
            since_to=self.since_to,
            ids=store.search_names(caller, self.name) if self.name else None,
        )


class ChangesQuery(ListQuery):
    """Which of a client's changes."""

    sort: str | None = sorted_by(CHANGE_ORDERS, "made_at")


class TransactionsQuery(ListQuery):
    """Which transactions."""

    client_id: ClientId = None
    period: PeriodText = None
    product: Product = None
    category: Category = None
    region: Region = None
    client_type: Type = None
    owner: Owner = None
    kind: Annotated[TransactionKind | None, Field(description="Sales or returns.")] = None
    payment_status: Annotated[
        PaymentStatus | None, Field(description="`unpaid` is not yet due, `overdue` past it.")
    ] = None
    min_amount_krw: Annotated[int | None, _krw("The lowest amount; of returns it is negative")] = None
    max_amount_krw: Annotated[int | None, _krw("The highest amount")] = None
    sort: str | None = sorted_by(TRANSACTION_ORDERS, "-amount_krw,date")

    def filter(self, store: ClientStore, caller: Identity) -> SalesFilter:
        region_code = find_region(store, caller, self.region)
        return SalesFilter(
            client_id=self.client_id,
            period=find_period(store, self.period),
            region_code=region_code,
            client_type=self.client_type,
            owner_id=find_owner(store, caller, self.owner, region_code),
            product_code=find_product(store, caller, self.product),
            category=find_category(self.category),
            kind=self.kind,
            payment_statuses=(self.payment_status,) if self.payment_status else None,
            min_amount_krw=self.min_amount_krw,
            max_amount_krw=self.max_amount_krw,
        )


class ContractsQuery(ListQuery):
    """Which contracts."""

    client_id: ClientId = None
    status: Annotated[ContractStatus | None, Field(description="What became of it.")] = None
    period: Annotated[
        str | None,
        text_filter(f"When it ends: {PERIOD_TEXT}", "next_90_days", longest=40),
    ] = None
    auto_renewal: Annotated[bool | None, Field(description="Whether it renews itself.")] = None
    region: Region = None
    client_type: Type = None
    grade: GradeIs = None
    owner: Owner = None
    min_annual_value_krw: Annotated[int | None, _krw("The lowest value of a year")] = None
    max_annual_value_krw: Annotated[int | None, _krw("The highest value of a year")] = None
    sort: str | None = sorted_by(CONTRACT_ORDERS, "-annual_value_krw")

    def filter(self, store: ClientStore, caller: Identity) -> ContractFilter:
        region_code = find_region(store, caller, self.region)
        return ContractFilter(
            client_id=self.client_id,
            status=self.status,
            ends_in=find_period(store, self.period),
            auto_renewal=self.auto_renewal,
            region_code=region_code,
            client_type=self.client_type,
            grade=self.grade,
            owner_id=find_owner(store, caller, self.owner, region_code),
            min_annual_value_krw=self.min_annual_value_krw,
            max_annual_value_krw=self.max_annual_value_krw,
        )
