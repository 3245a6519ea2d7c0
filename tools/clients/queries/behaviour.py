"""How each client buys, added up in the database: one row for each client, however many transactions."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, case, func, select

from tools.clients.models import Client, Contract, ContractStatus, Transaction, TransactionKind
from tools.clients.permissions import Visibility
from tools.clients.queries.sales import filtered
from tools.clients.queries.sources import AnySelect, amounts_in, conditions_on, month_end, source_of
from tools.clients.records import SalesFilter, SalesGroup
from tools.clients.summaries import ClientMonth, DailyTotal, PurchaseMonth
from tools.periods import Period


class Purchases(NamedTuple):
    """On which days one client bought; returns do not count.

    Attributes:
        days: How many.
        first: The first of them; None without any.
        last: The last of them; None without any.
    """

    days: int
    first: date | None
    last: date | None

    def and_then(self, later: "Purchases") -> "Purchases":
        """Return these and those that came after all of them."""
        return Purchases(self.days + later.days, self.first or later.first, later.last or self.last)


NOTHING_BOUGHT = Purchases(0, None, None)


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
    found = client_purchases(connection, visibility, wanted)
    return [
        ClientBehaviour(client_id, *found.get(client_id, NOTHING_BOUGHT), net)
        for client_id, net in client_amounts(connection, visibility, wanted).items()
    ]


def client_purchases(
    connection: Connection, visibility: Visibility, wanted: SalesFilter
) -> dict[str, Purchases]:
    """Return on which days clients bought, by id; who bought nothing is left out."""
    if source_of(visibility, wanted, SalesGroup.CLIENT) is not ClientMonth or _narrows_sales(wanted):
        return _by_client(connection.execute(_bought(visibility, wanted)).all())
    before, whole, behind = _months_and_parts(wanted.period)
    found = _within_month(connection, visibility, wanted, before) if before else {}
    if wanted.period is None or whole:
        found = _one_after_the_other(found, _in_months(connection, visibility, wanted, whole))
    if behind:
        found = _one_after_the_other(found, _within_month(connection, visibility, wanted, behind))
    return found


def client_amounts(connection: Connection, visibility: Visibility, wanted: SalesFilter) -> dict[str, int]:
    """Return the net amount of each client with transactions, by id."""
    rows = connection.execute(amounts_in(visibility, wanted, (wanted.period,)))
    return {client_id: int(amount) for client_id, amount in rows.all()}


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
    rows = connection.execute(amounts_in(visibility, wanted, (now, before)))
    return [ClientChange(client_id, int(later), int(earlier)) for client_id, later, earlier in rows.all()]


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
        ),
        visibility,
        wanted,
    )
    return statement.group_by(Transaction.client_id)


def _months_and_parts(period: Period | None) -> tuple[Period | None, Period | None, Period | None]:
    """Return the days before the whole months of a period, these by their first days, and the days behind."""
    if period is None:
        return None, None, None
    first, last = period.start.replace(day=1), period.end.replace(day=1)
    begins_within, ends_within = period.start != first, period.end != month_end(last)
    if first == last:
        whole = not (begins_within or ends_within)
        return (None, Period(first, last), None) if whole else (period, None, None)
    before = behind = None
    if begins_within:
        before = Period(period.start, month_end(first))
        first = month_end(first) + timedelta(days=1)
    if ends_within:
        behind = Period(last, period.end)
        last = (last - timedelta(days=1)).replace(day=1)
    return before, Period(first, last) if first <= last else None, behind


def _in_months(
    connection: Connection, visibility: Visibility, wanted: SalesFilter, months: Period | None
) -> dict[str, Purchases]:
    """Return on which days of some months, or of all, clients bought."""
    statement = select(PurchaseMonth.client_id).where(*conditions_on(PurchaseMonth, visibility, wanted))
    if months:
        statement = statement.where(PurchaseMonth.month.between(months.start, months.end))
    sums = statement.add_columns(
        func.sum(PurchaseMonth.purchase_days),
        func.min(PurchaseMonth.first_day),
        func.max(PurchaseMonth.last_day),
    ).group_by(PurchaseMonth.client_id)
    found = _by_client(connection.execute(sums).all())
    shared = statement.add_columns(PurchaseMonth.month, PurchaseMonth.days).where(PurchaseMonth.is_shared)
    for client_id, days in _counted_twice(connection.execute(shared).all()).items():
        found[client_id] = found[client_id]._replace(days=found[client_id].days - days)
    return found


def _within_month(
    connection: Connection, visibility: Visibility, wanted: SalesFilter, part: Period
) -> dict[str, Purchases]:
    """Return on which days of a part of one month clients bought, from the bits of the month's days."""
    month = part.start.replace(day=1)
    statement = select(PurchaseMonth.client_id, PurchaseMonth.days).where(
        *conditions_on(PurchaseMonth, visibility, wanted), PurchaseMonth.month == month
    )
    asked = (1 << part.end.day) - (1 << (part.start.day - 1))
    bits: dict[str, int] = {}
    for client_id, days in connection.execute(statement).all():
        bits[client_id] = bits.get(client_id, 0) | (days & asked)
    days_of_month = [month + timedelta(days=place) for place in range(part.end.day)]
    return {
        client_id: Purchases(
            days.bit_count(),
            days_of_month[(days & -days).bit_length() - 1],
            days_of_month[days.bit_length() - 1],
        )
        for client_id, days in bits.items()
        if days
    }


def _one_after_the_other(earlier: dict[str, Purchases], later: dict[str, Purchases]) -> dict[str, Purchases]:
    both = {key: earlier[key].and_then(later[key]) for key in earlier.keys() & later.keys()}
    return {**earlier, **later, **both}


def _counted_twice(rows: Sequence[Row[Any]]) -> dict[str, int]:
    """Return by client on how many days too many its rows of one month add up to."""
    seen: dict[tuple[str, date], int] = {}
    twice: Counter[str] = Counter()
    for row in rows:
        before = seen.get((row.client_id, row.month), 0)
        twice[row.client_id] += (before & row.days).bit_count()
        seen[row.client_id, row.month] = before | row.days
    return twice


def _by_client(rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[str, Purchases]:
    return {
        client_id: Purchases(int(days), _day(first), _day(last))
        for client_id, days, first, last in rows
        if days
    }


def _day(value: Any) -> date | None:
    """Return a day; SQLite gives back a ``CASE`` over dates as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
