"""How each client buys, added up in the database: one row for each client, however many transactions."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, select

from tools.clients.models import Client, Contract, ContractStatus, Transaction, TransactionKind
from tools.clients.permissions import Visibility
from tools.clients.queries.sales import filtered
from tools.clients.records import SalesFilter
from tools.periods import Period


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
    bought = case((Transaction.kind == TransactionKind.SALE, Transaction.date))
    statement = filtered(
        select(
            Transaction.client_id,
            func.count(func.distinct(bought)),
            func.min(bought),
            func.max(bought),
            func.sum(Transaction.amount_krw),
        ),
        visibility,
        wanted,
    )
    statement = statement.group_by(Transaction.client_id).order_by(Transaction.client_id)
    return [
        ClientBehaviour(row[0], row[1], _day(row[2]), _day(row[3]), int(row[4]))
        for row in connection.execute(statement)
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
    in_now, in_before = (Transaction.date.between(period.start, period.end) for period in (now, before))
    statement = filtered(
        select(Transaction.client_id, _sum_of(in_now), _sum_of(in_before)).where(in_now | in_before),
        visibility,
        wanted,
    )
    statement = statement.group_by(Transaction.client_id).order_by(Transaction.client_id)
    return [ClientChange(row[0], int(row[1]), int(row[2])) for row in connection.execute(statement)]


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
    bucket = case(
        *(
            (Transaction.date >= as_of - timedelta(days=oldest), position)
            for position, oldest in enumerate(ages_days)
        ),
        else_=len(ages_days),
    )
    statement = filtered(
        select(bucket, Transaction.payment_status, func.sum(Transaction.amount_krw), func.count()),
        visibility,
        wanted,
    )
    statement = statement.group_by(bucket, Transaction.payment_status).order_by(bucket)
    return [Receivable(row[0], row[1], int(row[2]), row[3]) for row in connection.execute(statement)]


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
    return {row[0]: ContractHold(row[1], bool(row[2])) for row in connection.execute(statement)}


def _sum_of(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, Transaction.amount_krw), else_=0))


def _day(value: Any) -> date | None:
    """Return a day; SQLite gives back a ``CASE`` over dates as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
