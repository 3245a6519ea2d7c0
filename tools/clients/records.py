"""What queries return: plain typed records, and the filters they take."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from narutalk.languages import Language
from tools.clients.models import (
    ChangeKind,
    ClientStatus,
    ClientType,
    ContractStatus,
    PaymentStatus,
    TransactionKind,
)
from tools.periods import Period


class Names(BaseModel):
    """A name in each language."""

    model_config = ConfigDict(frozen=True)

    en: str
    ko: str

    def in_language(self, language: Language) -> str:
        return self.ko if language is Language.KO else self.en


class Region(BaseModel):
    code: str
    name: Names


class ProductRecord(BaseModel):
    code: str
    name: Names
    category: str
    unit_price_krw: int


class ClientRecord(BaseModel):
    """A client; ``region`` is the region's name, the contact a person there (empty: nobody is known)."""

    id: str
    name: Names
    client_type: ClientType
    region_code: str
    region: Names
    grade: str
    owner_id: str
    owner: Names
    status: ClientStatus
    since: date
    phone: str
    address: str
    contact_name: str = ""
    contact_email: str = ""


class NoteRecord(BaseModel):
    """A note at a contract; ``written_at`` is in UTC."""

    id: str
    text: str
    author: str
    written_at: datetime


class ContractRecord(BaseModel):
    """A contract, with its latest notes, the newest first."""

    id: str
    client_id: str
    client: Names
    title: Names
    start_date: date
    end_date: date
    annual_value_krw: int
    payment_terms_days: int
    auto_renewal: bool
    status: ContractStatus
    notes: list[NoteRecord] = []


class ChangeRecord(BaseModel):
    """A change of client data that a person approved.

    Attributes:
        before: What changed, as it was, by column; the same columns as ``after``, but for a note.
        reason: The question it was asked for with.
        undoes: The change that this one took back.
        undone_by: The change that took this one back.
        made_at: In UTC.
    """

    id: str
    kind: ChangeKind
    client_id: str
    client: Names
    contract_id: str | None
    contract: Names | None
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    asked_by_id: str
    asked_by: str
    approved_by_id: str
    approved_by: str
    conversation_id: str | None
    run_id: str | None
    undoes: str | None
    undone_by: str | None
    made_at: datetime


class TransactionRecord(BaseModel):
    """A sale, or a return with a negative quantity and amount."""

    id: str
    client_id: str
    client_type: ClientType
    region_code: str
    owner_id: str
    product_code: str
    product: Names
    category: str
    date: date
    kind: TransactionKind
    quantity: int
    unit_price_krw: int
    amount_krw: int
    payment_status: PaymentStatus


class SalesGroup(StrEnum):
    """What totals can be grouped by."""

    REGION = "region"
    TYPE = "type"
    PRODUCT = "product"
    CATEGORY = "category"
    MONTH = "month"
    OWNER = "owner"
    CLIENT = "client"


class Total(BaseModel):
    """The transactions of one group added up.

    Attributes:
        key: The group's code or id, or a month such as ``2026-07``; empty for everything.
        amount_krw: Sales minus returns.
        count: Transactions, returns included.
        quantity: Boxes sold minus boxes returned.
    """

    key: str
    amount_krw: int
    count: int
    quantity: int


RecordT = TypeVar("RecordT")


class Page(NamedTuple, Generic[RecordT]):
    """Some of the records that fit a filter, and how many there are in all."""

    records: list[RecordT]
    total: int


@dataclass(frozen=True, kw_only=True)
class ClientFilter:
    """Which clients; a None says nothing. ``owner_ids`` and ``ids`` are any of."""

    client_type: ClientType | None = None
    region_code: str | None = None
    grade: str | None = None
    owner_ids: tuple[str, ...] | None = None
    status: ClientStatus | None = None
    since_from: date | None = None
    since_to: date | None = None
    ids: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class ContractFilter:
    """Which contracts; ``ends_in`` holds the last day of each, ``ids`` are any of, amounts are inclusive."""

    client_id: str | None = None
    ids: tuple[str, ...] | None = None
    status: ContractStatus | None = None
    ends_in: Period | None = None
    auto_renewal: bool | None = None
    region_code: str | None = None
    client_type: ClientType | None = None
    grade: str | None = None
    owner_id: str | None = None
    min_annual_value_krw: int | None = None
    max_annual_value_krw: int | None = None


@dataclass(frozen=True, kw_only=True)
class SalesFilter:
    """Which transactions; amounts are in KRW and inclusive, ``client_ids`` are any of."""

    client_id: str | None = None
    client_ids: tuple[str, ...] | None = None
    period: Period | None = None
    region_code: str | None = None
    client_type: ClientType | None = None
    owner_id: str | None = None
    product_code: str | None = None
    category: str | None = None
    kind: TransactionKind | None = None
    payment_statuses: tuple[PaymentStatus, ...] | None = None
    min_amount_krw: int | None = None
    max_amount_krw: int | None = None
