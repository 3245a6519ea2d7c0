"""How each client buys, added up in the database: one row for each client, however many transactions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Row,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    union_all,
)

from tools.clients.models import Client, Contract, ContractStatus, Transaction, TransactionKind
from tools.clients.permissions import Visibility
from tools.clients.queries.sales import filtered
from tools.clients.queries.sources import AnySelect, Split, conditions_on, source_of, split_months, sums_of
from tools.clients.records import SalesFilter, SalesGroup
from tools.clients.summaries import ClientMonth, DailyTotal, PurchaseMonth
from tools.periods import Period

_NO_DAY = cast(null(), Date)


class ClientBehaviour(NamedTuple):
    """What one client bought.

    Attributes:
        client_id: Of the client.
        purchase_days: On how many days it bought; returns do not count.
        first: The first of them; None without any.
        last: The last of them; None without any.
        net_krw: Sales minus returns.
    """

    client_id: str
    purchase_days: int
    first: date | None
    last: date | None
    net_krw: int


class ClientChange(NamedTuple):
    """What one client bought in two periods, returns deducted."""

    client_id: str
    now_krw: int
    before_krw: int


class Receivable(NamedTuple):
    """What is unpaid of one age and payment status; ``bucket`` is the position in the list of ages."""

    bucket: int
    payment_status: str
    amount_krw: int
    transactions: int


class ContractHold(NamedTuple):
    """The last day of a client's active contracts, and whether one renews itself."""

    ends: date
    renews_itself: bool


def client_behaviour(
    connection: Connection, visibility: Visibility, wanted: SalesFilter
) -> list[ClientBehaviour]:
    """Return how each client with transactions bought, by id."""
    if source_of(visibility, wanted, SalesGroup.CLIENT) is not ClientMonth or _narrows_sales(wanted):
        return _read(connection, _bought(visibility, wanted).order_by(Transaction.client_id))
    split = split_months(wanted.period)
    if split.months is None and split.edges:
        return _read(connection, _bought(visibility, wanted).order_by(Transaction.client_id))
    purchases, sums = (_within(table, visibility, wanted, split) for table in (PurchaseMonth, ClientMonth))
    parts = [
        purchases.add_columns(
            func.sum(PurchaseMonth.purchase_days).label("days"),
            func.min(PurchaseMonth.first_day).label("first"),
            func.max(PurchaseMonth.last_day).label("last"),
            literal_column("0").label("net"),
        ).group_by(PurchaseMonth.client_id),
        sums.add_columns(literal_column("0"), _NO_DAY, _NO_DAY, func.sum(ClientMonth.amount_krw)).group_by(
            ClientMonth.client_id
        ),
        *(_bought(visibility, replace(wanted, period=edge)) for edge in split.edges),
    ]
    every = union_all(*parts).subquery("parts")
    statement = select(
        every.c.client_id,
        func.sum(every.c.days),
        func.min(every.c.first),
        func.max(every.c.last),
        func.sum(every.c.net),
    ).group_by(every.c.client_id)
    shared = purchases.add_columns(PurchaseMonth.month, PurchaseMonth.days).where(PurchaseMonth.is_shared)
    twice = _counted_twice(connection.execute(shared).all())
    return [
        entry._replace(purchase_days=entry.purchase_days - twice.get(entry.client_id, 0))
        for entry in _read(connection, statement.order_by(every.c.client_id))
    ]


def client_changes(
    connection: Connection, visibility: Visibility, wanted: SalesFilter, now: Period, before: Period
) -> list[ClientChange]:
    """Return what each client bought in two periods; clients without transactions in either are left out.

    Args:
        connection: To the transaction database.
        visibility: Of the caller.
        wanted: Which transactions; its period has no meaning here.
        now: The later period.
        before: The earlier one.
    """
    sums = [
        sums_of(visibility, replace(wanted, period=period), SalesGroup.CLIENT).subquery(name)
        for name, period in (("now", now), ("before", before))
    ]
    zero: ColumnElement[int] = literal_column("0")
    every = union_all(
        select(sums[0].c.key, sums[0].c.amount.label("now_krw"), zero.label("before_krw")),
        select(sums[1].c.key, zero, sums[1].c.amount),
    ).subquery("both")
    statement = (
        select(every.c.key, func.sum(every.c.now_krw), func.sum(every.c.before_krw))
        .group_by(every.c.key)
        .order_by(every.c.key)
    )
    return [ClientChange(row[0], int(row[1]), int(row[2])) for row in connection.execute(statement).all()]


def receivables(
    connection: Connection,
    visibility: Visibility,
    wanted: SalesFilter,
    as_of: date,
    ages_days: Sequence[int],
) -> list[Receivable]:
    """Return what is unpaid by age.

    Args:
        connection: To the transaction database.
        visibility: Of the caller.
        wanted: Which transactions; it names the payment statuses.
        as_of: The day up to which age is counted.
        ages_days: The oldest age of each bucket but the last, which is open, ascending.
    """
    is_daily = source_of(visibility, wanted, None) is DailyTotal
    table: type[DailyTotal | Transaction] = DailyTotal if is_daily else Transaction
    bucket = case(
        *((table.date >= as_of - timedelta(days=oldest), place) for place, oldest in enumerate(ages_days)),
        else_=len(ages_days),
    )
    count = func.sum(DailyTotal.transactions) if is_daily else func.count()
    statement = select(bucket, table.payment_status, func.sum(table.amount_krw), count).where(
        *conditions_on(table, visibility, wanted)
    )
    if wanted.period:
        statement = statement.where(table.date.between(wanted.period.start, wanted.period.end))
    statement = statement.group_by(bucket, table.payment_status).order_by(bucket)
    return [
        Receivable(row[0], row[1], int(row[2]), int(row[3])) for row in connection.execute(statement).all()
    ]


def contract_holds(
    connection: Connection, visibility: Visibility, client_id: str | None
) -> dict[str, ContractHold]:
    """Return by client until when active contracts hold it; clients without one are left out."""
    renews = func.max(case((Contract.auto_renewal, 1), else_=0))
    statement = (
        select(Contract.client_id, func.max(Contract.end_date), renews)
        .join(Client, Client.id == Contract.client_id)
        .where(visibility.clients, Contract.status == ContractStatus.ACTIVE)
        .group_by(Contract.client_id)
    )
    if client_id:
        statement = statement.where(Contract.client_id == client_id)
    return {row[0]: ContractHold(row[1], bool(row[2])) for row in connection.execute(statement).all()}


def _narrows_sales(wanted: SalesFilter) -> bool:
    """Whether only some of the sales of a client are asked for; purchase days are not kept for that."""
    return wanted.kind is not None or wanted.payment_statuses is not None


def _bought(visibility: Visibility, wanted: SalesFilter) -> AnySelect:
    """Return the statement that counts the transactions themselves."""
    bought = case((Transaction.kind == TransactionKind.SALE, Transaction.date))
    statement = filtered(
        select(
            Transaction.client_id,
            func.count(func.distinct(bought)).label("days"),
            func.min(bought).label("first"),
            func.max(bought).label("last"),
            func.sum(Transaction.amount_krw).label("net"),
        ),
        visibility,
        wanted,
    )
    return statement.group_by(Transaction.client_id)


def _within(
    table: type[PurchaseMonth | ClientMonth], visibility: Visibility, wanted: SalesFilter, split: Split
) -> AnySelect:
    """Return the statement for the client of each row of the whole months of a period."""
    statement: AnySelect = select(table.client_id).where(*conditions_on(table, visibility, wanted))
    if split.months:
        statement = statement.where(table.month.between(split.months.start, split.months.end))
    return statement


def _counted_twice(rows: Sequence[Row[Any]]) -> dict[str, int]:
    """Return by client on how many days too many its rows of one month add up to."""
    seen: dict[tuple[str, date], int] = {}
    twice: Counter[str] = Counter()
    for row in rows:
        before = seen.get((row.client_id, row.month), 0)
        twice[row.client_id] += (before & row.days).bit_count()
        seen[row.client_id, row.month] = before | row.days
    return twice


def _read(connection: Connection, statement: AnySelect) -> list[ClientBehaviour]:
    return [
        ClientBehaviour(row[0], int(row[1]), _day(row[2]), _day(row[3]), int(row[4]))
        for row in connection.execute(statement).all()
    ]


def _day(value: Any) -> date | None:
    """Return a day; SQLite gives back a ``CASE`` over dates as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
