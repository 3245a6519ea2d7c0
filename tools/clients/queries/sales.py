"""Transactions: listed, and added up."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from tools.clients.models import Product, Transaction
from tools.clients.permissions import Visibility
from tools.clients.queries.sources import conditions_on, sums_of
from tools.clients.records import (
    Names,
    Page,
    ProductRecord,
    SalesFilter,
    SalesGroup,
    Total,
    TransactionRecord,
)
from tools.periods import Period

AnySelect = Select[*tuple[Any, ...]]
QUIET_DAYS = 3  # a weekend and a holiday


class Ranking(NamedTuple):
    """The first of some groups, and how many there are in all."""

    totals: list[Total]
    groups: int


def select_transactions(
    connection: Connection,
    visibility: Visibility,
    wanted: SalesFilter,
    *,
    limit: int | None = None,
) -> Page[TransactionRecord]:
    """Return transactions, the newest first, and how many fit."""
    statement = listed(visibility, wanted).order_by(Transaction.date.desc(), Transaction.id.desc())
    if limit is not None:
        statement = statement.limit(limit)
    records = read_transactions(connection.execute(statement).all())
    return Page(records, total_sales(connection, visibility, wanted).count)


def listed(visibility: Visibility, wanted: SalesFilter) -> AnySelect:
    """Return the statement that selects the transactions that fit, as `read_transactions` reads them."""
    return (
        select(*Transaction.__table__.columns, Product.name_en, Product.name_ko, Product.category)
        .join(Product, Product.code == Transaction.product_code)
        .where(*_conditions(visibility, wanted))
    )


def read_transactions(rows: Sequence[Row[Any]]) -> list[TransactionRecord]:
    """Return the records of what `listed` selects."""
    return [
        TransactionRecord(
            id=row.id,
            client_id=row.client_id,
            client_type=row.client_type,
            region_code=row.region_code,
            owner_id=row.owner_id,
            product_code=row.product_code,
            product=Names(en=row.name_en, ko=row.name_ko),
            category=row.category,
            date=row.date,
            kind=row.kind,
            quantity=row.quantity,
            unit_price_krw=row.unit_price_krw,
            amount_krw=row.amount_krw,
            payment_status=row.payment_status,
        )
        for row in rows
    ]


def total_sales(connection: Connection, visibility: Visibility, wanted: SalesFilter) -> Total:
    """Return the sum of the transactions that fit."""
    found = connection.execute(sums_of(visibility, wanted, None)).one()
    return Total(key="", amount_krw=int(found.amount), count=int(found.n), quantity=int(found.boxes))


def group_sales(
    connection: Connection,
    visibility: Visibility,
    wanted: SalesFilter,
    group: SalesGroup,
    *,
    limit: int | None = None,
    ascending: bool = False,
) -> list[Total]:
    """Return the sums by group: months in order, everything else the largest amount first.

    Args:
        connection: To the transaction database.
        visibility: Of the caller.
        wanted: Which transactions.
        group: What to group by.
        limit: The most groups to return; all without one.
        ascending: The smallest amount first.
    """
    statement = _ordered(visibility, wanted, group, ascending=ascending)
    if limit is not None:
        statement = statement.limit(limit)
    return [_total(row) for row in connection.execute(statement).all()]


def rank_sales(
    connection: Connection,
    visibility: Visibility,
    wanted: SalesFilter,
    group: SalesGroup,
    *,
    limit: int,
    ascending: bool = False,
) -> Ranking:
    """Return the first groups as `group_sales` orders them, and how many there are in all."""
    statement = _ordered(visibility, wanted, group, ascending=ascending)
    rows = connection.execute(statement.add_columns(func.count().over().label("groups")).limit(limit)).all()
    return Ranking([_total(row) for row in rows], rows[0].groups if rows else 0)


def _ordered(visibility: Visibility, wanted: SalesFilter, group: SalesGroup, *, ascending: bool) -> AnySelect:
    sums = sums_of(visibility, wanted, group).subquery("sums")
    amount = sums.c.amount
    order = sums.c.key if group is SalesGroup.MONTH else (amount if ascending else amount.desc())
    return select(sums).order_by(order, sums.c.key)


def _total(row: Row[Any]) -> Total:
    return Total(key=_key(row.key), amount_krw=int(row.amount), count=int(row.n), quantity=int(row.boxes))


def select_products(connection: Connection) -> list[ProductRecord]:
    """Return all products."""
    return [
        ProductRecord(
            code=row.code,
            name=Names(en=row.name_en, ko=row.name_ko),
            category=row.category,
            unit_price_krw=row.unit_price_krw,
        )
        for row in connection.execute(select(*Product.__table__.columns).order_by(Product.code))
    ]


def covered_days(connection: Connection) -> Period | None:
    """Return the days the transactions cover; None when there are none.

    They run from the first transaction to the last, and to the ends of those months where only a
    weekend or a holiday (up to `QUIET_DAYS`) lies between.
    """
    # Each by itself: SQLite reads one end of the index for it, but all of the index for both at once.
    ends = [select(end(Transaction.date)).scalar_subquery() for end in (func.min, func.max)]
    first, last = connection.execute(select(ends[0], ends[1])).one()
    if first is None:
        return None
    quiet = timedelta(days=QUIET_DAYS)
    month_end = last.replace(day=monthrange(last.year, last.month)[1])
    return Period(
        first.replace(day=1) if first.day <= QUIET_DAYS + 1 else first,
        month_end if month_end - last <= quiet else last,
    )


def filtered(statement: AnySelect, visibility: Visibility, wanted: SalesFilter) -> AnySelect:
    """Let a statement over transactions see only what the caller may, and what was asked for."""
    return statement.where(*_conditions(visibility, wanted))


def _conditions(visibility: Visibility, wanted: SalesFilter) -> list[ColumnElement[bool]]:
    conditions = conditions_on(Transaction, visibility, wanted)
    if wanted.period:
        conditions.append(Transaction.date.between(wanted.period.start, wanted.period.end))
    return conditions


def _key(value: Any) -> str:
    """Return a group's key; months come out of the query as numbers such as 202607."""
    return value if isinstance(value, str) else f"{int(value) // 100}-{int(value) % 100:02}"
