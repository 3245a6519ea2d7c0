"""Sums of the transactions that stand ready, in the transaction database.

Triggers keep them exact in the transaction that writes (`transaction_db/migrations`, revisions 0003 and
0004), whoever writes: nobody else may. They hold what an analysis groups or filters by, so that it reads
thousands of rows where there are millions. See docs/adr/0033.
"""

import datetime

from sqlalchemy import BigInteger, Boolean, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tools.clients.models import ID_CHARS, ClientType, PaymentStatus, TransactionBase, TransactionKind


class _Key:
    """What every summary can be filtered by."""

    region_code: Mapped[str] = mapped_column(String(8), primary_key=True)
    client_type: Mapped[ClientType] = mapped_column(String(16), primary_key=True)


class _Sums:
    """What is added up of the transactions of one key; a key without any has no row.

    Attributes:
        amount_krw: Sales minus returns.
        transactions: How many, returns included.
        quantity: Boxes sold minus boxes returned.
    """

    kind: Mapped[TransactionKind] = mapped_column(String(8), primary_key=True)
    payment_status: Mapped[PaymentStatus] = mapped_column(String(8), primary_key=True)
    amount_krw: Mapped[int] = mapped_column(BigInteger)
    transactions: Mapped[int]
    quantity: Mapped[int] = mapped_column(BigInteger)


class DailyTotal(_Key, _Sums, TransactionBase):
    """The sums of each day."""

    __tablename__ = "daily_totals"
    __table_args__ = ({"sqlite_with_rowid": False},)

    date: Mapped[datetime.date] = mapped_column(primary_key=True)


class ProductMonth(_Key, _Sums, TransactionBase):
    """The sums of each product in each month, told by its first day."""

    __tablename__ = "product_months"
    __table_args__ = ({"sqlite_with_rowid": False},)

    product_code: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)
    month: Mapped[datetime.date] = mapped_column(primary_key=True)


class ClientMonth(_Key, _Sums, TransactionBase):
    """The sums of each client and owner in each month, told by its first day."""

    __tablename__ = "client_months"
    __table_args__ = (
        Index("ix_client_months_owner_month", "owner_id", "month"),
        Index("ix_client_months_status", "payment_status", "client_id"),
        {"sqlite_with_rowid": False},
    )

    client_id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)
    month: Mapped[datetime.date] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)


class ClientProductMonth(_Key, _Sums, TransactionBase):
    """The sums of each client's purchases of each product in each month, told by its first day.

    Clients order few products again and again, so that it has a row for several transactions.
    """

    __tablename__ = "client_product_months"
    __table_args__ = ({"sqlite_with_rowid": False},)

    product_code: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)
    month: Mapped[datetime.date] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)
    owner_id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)


class PurchaseMonth(_Key, TransactionBase):
    """On which days of a month a client bought, in one region, as one type, of one owner.

    Attributes:
        month: Its first day.
        days: A bit for each day with a sale, the lowest for the first of the month.
        purchase_days: How many bits are set.
        first_day: The first of those days.
        last_day: The last of them.
        is_shared: Another row of the client and month has one of these days, too: added up, that day
            counts twice.
    """

    __tablename__ = "purchase_months"
    __table_args__ = (
        Index("ix_purchase_months_owner", "owner_id"),
        Index("ix_purchase_months_shared", "is_shared"),
        {"sqlite_with_rowid": False},
    )

    client_id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)
    month: Mapped[datetime.date] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)
    days: Mapped[int]
    purchase_days: Mapped[int]
    first_day: Mapped[datetime.date]
    last_day: Mapped[datetime.date]
    is_shared: Mapped[bool] = mapped_column(Boolean)
