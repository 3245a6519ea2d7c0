"""The client database (clients, contracts) and the transaction database (products, transactions).

Money is in minor units of the row's currency, which is the company's: whole won. Days are days in the
company's time zone (`narutalk.clock`).

The two may live on different servers, so nothing joins across them: a transaction
carries the client's region and type as they were at the time of the sale.
"""

import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from tools.imports.record import Booked, ImportRecord, one_of

ID_CHARS = 32


class ClientBase(DeclarativeBase):
    """The metadata of `clients.db`."""


class TransactionBase(DeclarativeBase):
    """The metadata of `transactions.db`."""


class ClientType(StrEnum):
    HOSPITAL = "hospital"
    CLINIC = "clinic"
    PHARMACY = "pharmacy"
    WHOLESALER = "wholesaler"


class ClientStatus(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"


class ContractStatus(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"
    TERMINATED = "terminated"


class TransactionKind(StrEnum):
    SALE = "sale"
    RETURN = "return"


class PaymentStatus(StrEnum):
    PAID = "paid"
    UNPAID = "unpaid"
    OVERDUE = "overdue"


class ChangeKind(StrEnum):
    UPDATE_CLIENT = "update_client"
    ADD_NOTE = "add_contract_note"
    RENEW = "renew_contract"
    CLOSE = "close_contract"
    UNDO = "undo_change"


class ClientRegion(ClientBase):
    """What the region codes of clients and transactions stand for."""

    __tablename__ = "client_regions"

    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    name_en: Mapped[str] = mapped_column(String(80), unique=True)
    name_ko: Mapped[str] = mapped_column(String(80), unique=True)


class Client(ClientBase):
    __tablename__ = "clients"
    __table_args__ = (
        CheckConstraint("grade IN ('A', 'B', 'C', 'D')", name="grade_known"),
        one_of("client_type", ClientType, name="client_type_known"),
        one_of("status", ClientStatus, name="client_status_known"),
        Index("ix_clients_region_type", "region_code", "client_type"),
    )

    id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)  # such as "C0042"
    name_ko: Mapped[str] = mapped_column(String(80), index=True)
    name_en: Mapped[str] = mapped_column(String(120), index=True)
    client_type: Mapped[ClientType] = mapped_column(String(16))
    region_code: Mapped[str] = mapped_column(ForeignKey("client_regions.code"))
    grade: Mapped[str] = mapped_column(String(1))
    owner_id: Mapped[str] = mapped_column(
        String(ID_CHARS), index=True
    )  # the employee who looks after the client
    owner_name_ko: Mapped[str] = mapped_column(String(40))
    owner_name_en: Mapped[str] = mapped_column(String(80))
    status: Mapped[ClientStatus] = mapped_column(String(12))
    since: Mapped[datetime.date]
    phone: Mapped[str] = mapped_column(String(24))
    address: Mapped[str] = mapped_column(String(160))
    contact_name: Mapped[str] = mapped_column(String(80), server_default="")  # at the client; empty: unknown
    contact_email: Mapped[str] = mapped_column(String(120), server_default="")

    contracts: Mapped[list["Contract"]] = relationship(back_populates="client")


class Contract(Booked, ClientBase):
    __tablename__ = "contracts"
    __table_args__ = (
        CheckConstraint("end_date > start_date", name="ends_after_start"),
        CheckConstraint("annual_value_krw > 0", name="value_positive"),
        CheckConstraint("payment_terms_days >= 0", name="terms_not_negative"),
        one_of("status", ContractStatus, name="contract_status_known"),
        Booked.check("contracts"),
        Index("ix_contracts_status_end", "status", "end_date"),
        Index("ix_contracts_end_id", "end_date", "id"),
    )

    id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)  # such as "K00042"
    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id"), index=True)
    title_ko: Mapped[str] = mapped_column(String(160))
    title_en: Mapped[str] = mapped_column(String(160))
    start_date: Mapped[datetime.date]
    end_date: Mapped[datetime.date]
    annual_value_krw: Mapped[int] = mapped_column(BigInteger)
    payment_terms_days: Mapped[int]
    auto_renewal: Mapped[bool]
    status: Mapped[ContractStatus] = mapped_column(String(12))

    client: Mapped[Client] = relationship(back_populates="contracts")


class ContractNote(ClientBase):
    """What somebody noted down at a contract.

    Attributes:
        id: Of the change that added it.
        digest: The SHA-256 of the text: the same note stands at a contract once.
        written_at: In UTC.
    """

    __tablename__ = "contract_notes"
    __table_args__ = (UniqueConstraint("contract_id", "digest", name="uq_contract_notes_text"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    contract_id: Mapped[str] = mapped_column(ForeignKey("contracts.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    author: Mapped[str] = mapped_column(String(160))
    written_at: Mapped[datetime.datetime]


class Change(ClientBase):
    """One change of client data that a person approved; written with it, in one transaction, and kept.

    Attributes:
        id: The key of the approved call (`narutalk.idempotency`): the same call changes nothing twice.
        before: What changed, as it was, by column.
        after: The same, as it is since.
        reason: The question it was asked for with.
        undoes: The change that this one took back; each is taken back once.
        made_at: In UTC.
    """

    __tablename__ = "client_changes"
    __table_args__ = (
        Index("ix_client_changes_client_made", "client_id", "made_at"),
        Index("ix_client_changes_approver_made", "approved_by_id", "made_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[ChangeKind] = mapped_column(String(20))
    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id"))
    contract_id: Mapped[str | None] = mapped_column(ForeignKey("contracts.id"))
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text)
    asked_by_id: Mapped[str] = mapped_column(String(64))
    asked_by: Mapped[str] = mapped_column(String(160))
    approved_by_id: Mapped[str] = mapped_column(String(64))
    approved_by: Mapped[str] = mapped_column(String(160))
    conversation_id: Mapped[str | None] = mapped_column(String(64))
    run_id: Mapped[str | None] = mapped_column(String(64))
    undoes: Mapped[str | None] = mapped_column(ForeignKey("client_changes.id"), unique=True)
    made_at: Mapped[datetime.datetime]


class Product(Booked, TransactionBase):
    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("unit_price_krw >= 0", name="price_not_negative"),
        Booked.check("products"),
    )

    code: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)
    name_en: Mapped[str] = mapped_column(String(160), unique=True)
    name_ko: Mapped[str] = mapped_column(String(160), unique=True)
    category: Mapped[str] = mapped_column(String(24), index=True)
    unit_price_krw: Mapped[int]


class Transaction(Booked, TransactionBase):
    """A sale or a return; the amount of a return is negative."""

    __tablename__ = "transactions"
    __table_args__ = (
        CheckConstraint("amount_krw = quantity * unit_price_krw", name="amount_adds_up"),
        CheckConstraint("(kind = 'return') = (quantity < 0)", name="returns_are_negative"),
        CheckConstraint("quantity <> 0", name="quantity_not_zero"),
        CheckConstraint("unit_price_krw >= 0", name="unit_price_not_negative"),
        one_of("kind", TransactionKind, name="transaction_kind_known"),
        one_of("payment_status", PaymentStatus, name="payment_status_known"),
        Booked.check("transactions"),
        Index("ix_transactions_date_id", "date", "id"),
        Index("ix_transactions_client_date_id", "client_id", "date", "id"),
        Index("ix_transactions_product_date_id", "product_code", "date", "id"),
        Index("ix_transactions_owner_date_id", "owner_id", "date", "id"),
        Index("ix_transactions_region_date_id", "region_code", "date", "id"),
        Index("ix_transactions_status_date_id", "payment_status", "date", "id"),
        Index("ix_transactions_amount_date_id", "amount_krw", "date", "id"),
    )

    id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)  # such as "T000042"
    client_id: Mapped[str] = mapped_column(String(ID_CHARS))
    client_type: Mapped[ClientType] = mapped_column(String(16))
    region_code: Mapped[str] = mapped_column(String(8))
    owner_id: Mapped[str] = mapped_column(String(ID_CHARS))
    product_code: Mapped[str] = mapped_column(ForeignKey("products.code"))
    date: Mapped[datetime.date]
    kind: Mapped[TransactionKind] = mapped_column(String(8))
    quantity: Mapped[int]
    unit_price_krw: Mapped[int]
    amount_krw: Mapped[int] = mapped_column(BigInteger)
    payment_status: Mapped[PaymentStatus] = mapped_column(String(8))

    product: Mapped[Product] = relationship()


class ClientImport(ImportRecord, ClientBase):
    """What was imported into the client database."""

    __tablename__ = "client_imports"


class TransactionImport(ImportRecord, TransactionBase):
    """What was imported into the transaction database."""

    __tablename__ = "transaction_imports"
