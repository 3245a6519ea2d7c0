"""Pages of transactions out of millions, with the sum of all that fit where they are few or it is asked for.

Without a limit of amounts the sum comes from a summary; with one it is added up. PostgreSQL has statistics of
how rare an amount is. For SQLite, some are counted first: where few rows fit, all of them are read by the
index of amounts and sorted; where many do, the newest that fit are soon found in the order of their dates.
"""

from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, literal_column, select

from tools.clients.models import Transaction
from tools.clients.permissions import Limits, Visibility
from tools.clients.queries.sales import AnySelect, filtered, listed, read_transactions, total_sales
from tools.clients.records import SalesFilter, TransactionRecord
from tools.keyset import COUNTED_UP_TO, Keyset, PageRequest

TRANSACTION_ORDERS = Keyset(
    {
        name: Transaction.__table__.c[name]
        for name in ("id", "date", "client_id", "product_code", "quantity", "amount_krw")
    },
    default="-date,-id",
)
MOST_BY_AMOUNT = 50_000
"""Of more rows SQLite does not read the index of amounts: then some fit in any order."""
_RARE: ColumnElement[float] = literal_column("0.000001")


class TransactionsListed(NamedTuple):
    """One page of transactions.

    Attributes:
        records: In order.
        next_cursor: Of the page behind it; None on the last.
        total: How many fit in all; None when they were not counted.
        net_amount_krw: Of all that fit, returns deducted; None when they were not counted.
    """

    records: list[TransactionRecord]
    next_cursor: str | None
    total: int | None
    net_amount_krw: int | None


class _Sum(NamedTuple):
    """How many transactions fit, and their net amount."""

    transactions: int
    net_krw: int


def list_transactions(
    connection: Connection, visibility: Visibility, wanted: SalesFilter, asked: PageRequest
) -> TransactionsListed:
    """Return a page of transactions."""
    if wanted.min_amount_krw is None and wanted.max_amount_krw is None:
        found = _told(_of_summary(connection, visibility, wanted), asked) if asked.most_counted != 0 else None
        statement = listed(visibility, wanted)
    else:
        found, statement = _by_amount(connection, visibility, wanted, asked)
    page = TRANSACTION_ORDERS.page(connection, statement, asked)
    total, net = found or (None, None)
    return TransactionsListed(read_transactions(page.rows), page.next_cursor, total, net)


def _told(found: _Sum, asked: PageRequest) -> _Sum | None:
    """Return what was found unless nobody asked, or it is more than they asked for."""
    most = asked.most_counted
    return found if most is None or 0 < most >= found.transactions else None


def _of_summary(connection: Connection, visibility: Visibility, wanted: SalesFilter) -> _Sum:
    total = total_sales(connection, visibility, wanted)
    return _Sum(total.count, total.amount_krw)


def _by_amount(
    connection: Connection, visibility: Visibility, wanted: SalesFilter, asked: PageRequest
) -> tuple[_Sum | None, AnySelect]:
    """Return the sum as it was asked for, and the statement that the page is read with."""
    most = None if asked.count else COUNTED_UP_TO
    if connection.dialect.name != "sqlite":
        amounts = filtered(select(Transaction.amount_krw), visibility, wanted)
        sum_ = _told(_sum_up_to(connection, amounts, most), asked) if asked.most_counted != 0 else None
        return sum_, listed(visibility, wanted)
    others = replace(wanted, min_amount_krw=None, max_amount_krw=None)
    conditions = _amounts(wanted)
    fewest = min(_of_summary(connection, visibility, others).transactions, MOST_BY_AMOUNT)
    of_amount = select(Transaction.amount_krw).where(*conditions)
    if _sum_up_to(connection, of_amount, fewest).transactions <= fewest:
        conditions = [func.likelihood(condition, _RARE) for condition in conditions]
    elif others != SalesFilter() or visibility.limits != Limits():
        conditions = _amounts(wanted, by_index=False)
    fitting = filtered(select(Transaction.id, Transaction.amount_krw), visibility, others).where(*conditions)
    found = _sum_up_to(connection, fitting.with_only_columns(Transaction.amount_krw), most)
    if found.transactions > COUNTED_UP_TO:
        statement = listed(visibility, others).where(*_amounts(wanted, by_index=False))
    else:  # a limit, even without an end, keeps SQLite from reading them in the order of the page
        ids = fitting.with_only_columns(Transaction.id).offset(0)
        statement = listed(visibility, SalesFilter()).where(Transaction.id.in_(ids))
    return _told(found, asked), statement


def _amounts(wanted: SalesFilter, *, by_index: bool = True) -> list[ColumnElement[bool]]:
    """Return the conditions on amounts; not by index, they are such that no index can serve them."""
    amount = Transaction.amount_krw if by_index else Transaction.amount_krw + literal_column("0")
    conditions = []
    if wanted.min_amount_krw is not None:
        conditions.append(amount >= wanted.min_amount_krw)
    if wanted.max_amount_krw is not None:
        conditions.append(amount <= wanted.max_amount_krw)
    return conditions


def _sum_up_to(connection: Connection, amounts: AnySelect, most: int | None) -> _Sum:
    """Return the sum of a statement's amounts; with more than ``most`` of them, of the first ones alone."""
    some = (amounts if most is None else amounts.limit(most + 1)).subquery()
    count, net = connection.execute(select(func.count(), func.coalesce(func.sum(some.c[0]), 0))).one()
    return _Sum(count, int(net))
