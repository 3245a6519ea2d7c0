"""How each client buys, added up in the database: one row for each client, however many transactions."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, select, true

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
    return _bought_in_months(connection, visibility, wanted)


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
    connection: Connection, visibility: Visibility, client_ids: Sequence[str]
) -> dict[str, ContractHold]:
    """Return by client until when active contracts hold it; clients without one are left out."""
    renews = func.max(case((Contract.auto_renewal, 1), else_=0))
    statement = (
        select(Contract.client_id, func.max(Contract.end_date), renews)
        .join(Client, Client.id == Contract.client_id)
        .where(
            visibility.clients,
            Contract.status == ContractStatus.ACTIVE,
            Contract.client_id.in_(client_ids),
        )
        .group_by(Contract.client_id)
    )
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


class _Twice(NamedTuple):
    """Days of a client that a row of a month has and one before it, too, as bits."""

    client_id: str
    month: date
    days: int


class _CutMonth(NamedTuple):
    """A month in which a period begins, or ends, after its first day or before its last.

    Attributes:
        month: Its first day.
        days: Its days, each in the place of its bit in `PurchaseMonth.days`.
        asked: The bits of those days that are in the period.
    """

    month: date
    days: Sequence[date]
    asked: int


def _cut_months(period: Period | None) -> list[_CutMonth]:
    """Return the one or two months of a period that are not whole, in order."""
    if period is None:
        return []
    cuts = []
    for month in sorted({period.start.replace(day=1), period.end.replace(day=1)}):
        days = [month.replace(day=day) for day in range(1, month_end(month).day + 1)]
        asked = sum(1 << place for place, day in enumerate(days) if day in period)
        if asked.bit_count() < len(days):
            cuts.append(_CutMonth(month, days, asked))
    return cuts


def _bought_in_months(
    connection: Connection, visibility: Visibility, wanted: SalesFilter
) -> dict[str, Purchases]:
    """Return on which days clients bought, from the summary of months, which is read once."""
    month, period, cuts = PurchaseMonth.month, wanted.period, _cut_months(wanted.period)
    fits = select(PurchaseMonth.client_id).where(*conditions_on(PurchaseMonth, visibility, wanted))
    if period:
        fits = fits.where(month.between(period.start.replace(day=1), period.end.replace(day=1)))
    is_whole = and_(true(), *(month != cut.month for cut in cuts))
    first: ColumnElement[Any] = PurchaseMonth.__table__.c.first_day
    last: ColumnElement[Any] = PurchaseMonth.__table__.c.last_day
    sums = fits.add_columns(
        func.sum(PurchaseMonth.purchase_days),
        func.min(case((is_whole, first)) if cuts else first),
        func.max(case((is_whole, last)) if cuts else last),
        *(func.sum(case((month == cut.month, PurchaseMonth.days), else_=0)) for cut in cuts),
    ).group_by(PurchaseMonth.client_id)
    rows = connection.execute(sums).all()
    shared = fits.add_columns(month, PurchaseMonth.days).where(PurchaseMonth.is_shared)
    twice = _counted_twice(connection.execute(shared).all())
    return _without_days_outside(rows, cuts, twice) if cuts or twice else _by_client(rows)


def _without_days_outside(
    rows: Sequence[Row[*tuple[Any, ...]]], cuts: Sequence[_CutMonth], twice: Sequence[_Twice]
) -> dict[str, Purchases]:
    """Return purchases without the days of cut months that were not asked for, and each day once.

    Args:
        rows: By client the days of all months, the first and the last of whole months, and the sum of the
            bits of each cut month.
        cuts: These months.
        twice: From `_counted_twice`.
    """
    days_twice: Counter[str] = Counter()
    bits_twice: Counter[tuple[str, date]] = Counter()
    for client_id, month, bits in twice:
        days_twice[client_id] += bits.bit_count()
        bits_twice[client_id, month] += bits
    found = {}
    for client_id, count, first_day, last_day, *sums in rows:
        days, first, last = int(count) - days_twice[client_id], _day(first_day), _day(last_day)
        for cut, added_up in zip(cuts, sums, strict=True):
            bits = int(added_up) - bits_twice[client_id, cut.month]
            asked = bits & cut.asked
            days += asked.bit_count() - bits.bit_count()
            if asked:
                earliest = cut.days[(asked & -asked).bit_length() - 1]
                latest = cut.days[asked.bit_length() - 1]
                first, last = min(first or earliest, earliest), max(last or latest, latest)
        if days:
            found[client_id] = Purchases(days, first, last)
    return found


def _counted_twice(rows: Sequence[Row[*tuple[Any, ...]]]) -> list[_Twice]:
    """Return what too much the rows of clients and months with days of each other add up to."""
    seen: Counter[tuple[str, date]] = Counter()
    twice = []
    for client_id, month, days in rows:
        before = seen[client_id, month]
        if before & days:
            twice.append(_Twice(client_id, month, before & days))
        seen[client_id, month] = before | days
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
