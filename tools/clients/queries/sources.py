"""Where sums come from: the summary that knows all that is asked, or the transactions.

A summary by months answers the whole months of a period; the days before and behind them come from the
transactions, in one statement. Where more than half of a month is asked for, the whole month counts, less
the days that are not.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, extract, func, literal, literal_column, select, union_all
from sqlalchemy.orm import DeclarativeBase

from tools.clients.models import Product, Transaction
from tools.clients.permissions import Visibility
from tools.clients.records import SalesFilter, SalesGroup
from tools.clients.summaries import ClientMonth, ClientProductMonth, DailyTotal, ProductMonth
from tools.periods import Period

AnySelect = Select[*tuple[Any, ...]]

_OF_CLIENTS = (SalesGroup.CLIENT, SalesGroup.OWNER)
_OF_PRODUCTS = (SalesGroup.PRODUCT, SalesGroup.CATEGORY)
_DAY = timedelta(days=1)
_COLUMNS = {
    SalesGroup.REGION: "region_code",
    SalesGroup.TYPE: "client_type",
    SalesGroup.PRODUCT: "product_code",
    SalesGroup.OWNER: "owner_id",
    SalesGroup.CLIENT: "client_id",
}
_MONTHLY = (ClientMonth, ProductMonth, ClientProductMonth)


class Edge(NamedTuple):
    """Some days of one month: to be added to its whole months, or, when ``sign`` is -1, taken away."""

    days: Period
    sign: int


class Split(NamedTuple):
    """A period, split; ``None`` for nothing, and for all days where no period was asked for.

    Attributes:
        months: From the first day of the first whole month to the first day of the last.
        edges: What to add and to take away then: at most half a month at each end.
    """

    months: Period | None
    edges: tuple[Edge, ...]


class _Piece(NamedTuple):
    """Some days of one table.

    Attributes:
        table: A summary, or the transactions.
        days: Which; of months, their first days. None for all.
        sign: -1 when they are to be taken away.
    """

    table: type[DeclarativeBase]
    days: Period | None
    sign: int = 1


def sums_of(visibility: Visibility, wanted: SalesFilter, group: SalesGroup | None) -> AnySelect:
    """Return the statement for ``key``, ``amount``, ``n`` and ``boxes`` of each group that has transactions.

    Args:
        visibility: Of the caller.
        wanted: Which transactions.
        group: What to group by; None for one group, which is there even without transactions.
    """
    parts = [
        _part(piece, visibility, wanted, group, _measures(piece))
        for piece in _pieces(visibility, wanted, group)
    ]
    if len(parts) == 1:
        return parts[0]
    every = union_all(*parts).subquery("parts")
    sums = (func.sum(every.c[name]).label(name) for name in ("amount", "n", "boxes"))
    statement = select(every.c.key, *sums).group_by(every.c.key)
    # Of a group that is in the days taken away alone nothing is left.
    return statement if group is None else statement.having(func.sum(every.c.n) > 0)


def amounts_in(visibility: Visibility, wanted: SalesFilter, periods: Sequence[Period | None]) -> AnySelect:
    """Return the statement for the id of each client with transactions in one of some periods, in order, and
    its net amount in each.

    It adds up amounts alone, and all periods at once, in less time than `sums_of` for each.

    Args:
        visibility: Of the caller.
        wanted: Which transactions; its period has no meaning here.
        periods: They may overlap; None for all days.
    """
    group, names = SalesGroup.CLIENT, [f"amount_{place}" for place in range(len(periods))]
    pieces = [
        (place, piece)
        for place, period in enumerate(periods)
        for piece in _pieces(visibility, replace(wanted, period=period), group)
    ]
    takes_away = any(piece.sign < 0 for _, piece in pieces)
    parts = []
    for place, piece in pieces:
        measures = _measures(piece)
        columns: dict[str, ColumnElement[Any]] = {name: literal_column("0") for name in names}
        columns[names[place]] = measures["amount"]
        if takes_away:
            columns["n"] = measures["n"]
        parts.append(_part(piece, visibility, wanted, group, columns))
    every = (union_all(*parts) if len(parts) > 1 else parts[0]).subquery("parts")
    if len(parts) == 1:
        return select(every.c.key, *(every.c[name] for name in names)).order_by(every.c.key)
    statement = select(every.c.key, *(func.sum(every.c[name]).label(name) for name in names))
    if takes_away:
        statement = statement.having(func.sum(every.c.n) > 0)
    return statement.group_by(every.c.key).order_by(every.c.key)


def split_months(period: Period | None) -> Split:
    """Return the whole months of a period, and how it differs from them at its ends."""
    if period is None:
        return Split(None, ())
    first, last = period.start.replace(day=1), period.end.replace(day=1)
    if first == last:
        return Split(*_at_both_ends(period))
    edges = []
    days_before, ends = period.start - first, month_end(first)
    if days_before and days_before * 2 <= ends - first + _DAY:
        edges.append(Edge(Period(first, period.start - _DAY), -1))
    elif days_before:
        edges.append(Edge(Period(period.start, ends), 1))
        first = ends + _DAY
    ends = month_end(last)
    days_behind = ends - period.end
    if days_behind and days_behind * 2 <= ends - last + _DAY:
        edges.append(Edge(Period(period.end + _DAY, ends), -1))
    elif days_behind:
        edges.append(Edge(Period(last, period.end), 1))
        last = _before(last).replace(day=1)
    return Split(Period(first, last) if first <= last else None, tuple(edges))


def month_end(day: date) -> date:
    """Return the last day of the month of a day."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def _at_both_ends(period: Period) -> tuple[Period | None, tuple[Edge, ...]]:
    """Split a period within one month."""
    first, last = period.start.replace(day=1), month_end(period.start)
    if (period.end - period.start + _DAY) * 2 < last - first + _DAY:
        return None, (Edge(period, 1),)
    outside = ((first, period.start - _DAY), (period.end + _DAY, last))
    return Period(first, first), tuple(Edge(Period(*days), -1) for days in outside if days[0] <= days[1])


def conditions_on(
    table: type[DeclarativeBase], visibility: Visibility, wanted: SalesFilter
) -> list[ColumnElement[bool]]:
    """Return what the caller may see and asked for, but for the days, as conditions on a table.

    Raises:
        KeyError: The table does not know a column that the caller's limits, or the filter, are about.
    """
    columns = table.__table__.c
    equal = {
        "client_id": wanted.client_id,
        "region_code": wanted.region_code,
        "client_type": wanted.client_type,
        "owner_id": wanted.owner_id,
        "product_code": wanted.product_code,
        "kind": wanted.kind,
    }
    conditions = [visibility.on(table), *(columns[n] == v for n, v in equal.items() if v is not None)]
    if wanted.client_ids is not None:
        conditions.append(columns["client_id"].in_(wanted.client_ids))
    if wanted.category is not None:
        of_category = select(Product.code).where(Product.category == wanted.category)
        conditions.append(columns["product_code"].in_(of_category))
    if wanted.payment_statuses is not None:
        conditions.append(columns["payment_status"].in_(wanted.payment_statuses))
    if wanted.min_amount_krw is not None:
        conditions.append(_single(table).amount_krw >= wanted.min_amount_krw)
    if wanted.max_amount_krw is not None:
        conditions.append(_single(table).amount_krw <= wanted.max_amount_krw)
    return conditions


def source_of(visibility: Visibility, wanted: SalesFilter, group: SalesGroup | None) -> type[DeclarativeBase]:
    """Return the smallest table that knows all that is asked."""
    of_clients = any(
        said is not None
        for said in (wanted.client_id, wanted.client_ids, wanted.owner_id, visibility.limits.owner_id)
    )
    of_products = (wanted.product_code or wanted.category) is not None
    of_amounts = wanted.min_amount_krw is not None or wanted.max_amount_krw is not None
    if of_amounts or (of_clients and (of_products or group in _OF_PRODUCTS)):
        return Transaction  # of few clients an index finds them
    if of_products and group in _OF_CLIENTS:
        return ClientProductMonth
    of_clients, of_products = of_clients or group in _OF_CLIENTS, of_products or group in _OF_PRODUCTS
    if of_clients:
        return ClientMonth
    return ProductMonth if of_products else DailyTotal


def _pieces(visibility: Visibility, wanted: SalesFilter, group: SalesGroup | None) -> list[_Piece]:
    """Return what adds up to a period."""
    table, period = source_of(visibility, wanted, group), wanted.period
    if table not in _MONTHLY or period is None:
        return [_Piece(table, period)]
    split = split_months(period)
    pieces = [_Piece(Transaction, edge.days, edge.sign) for edge in split.edges]
    return [*pieces, _Piece(table, split.months)] if split.months else pieces


def _measures(piece: _Piece) -> dict[str, ColumnElement[Any]]:
    """Return the sums of a piece by name, with the other sign when it is to be taken away."""
    columns = piece.table.__table__.c
    sums = {
        "amount": _sum(columns["amount_krw"]),
        "n": func.count() if piece.table is Transaction else _sum(columns["transactions"]),
        "boxes": _sum(columns["quantity"]),
    }
    return sums if piece.sign > 0 else {name: -column for name, column in sums.items()}


def _part(
    piece: _Piece,
    visibility: Visibility,
    wanted: SalesFilter,
    group: SalesGroup | None,
    sums: Mapping[str, ColumnElement[Any]],
) -> AnySelect:
    """Return the statement for ``key`` and some sums of a piece."""
    columns = piece.table.__table__.c
    key = _key(piece.table, group)
    statement = select(
        (literal("") if key is None else key).label("key"),
        *(column.label(name) for name, column in sums.items()),
    ).select_from(piece.table)
    if group is SalesGroup.CATEGORY:
        statement = statement.join(Product, Product.code == columns["product_code"])
    statement = statement.where(*conditions_on(piece.table, visibility, wanted))
    if piece.days:
        day = columns["month" if piece.table in _MONTHLY else "date"]
        statement = statement.where(day.between(piece.days.start, piece.days.end))
    return statement if key is None else statement.group_by(key)


def _key(table: type[DeclarativeBase], group: SalesGroup | None) -> ColumnElement[Any] | None:
    columns = table.__table__.c
    if group is None:
        return None
    if group is SalesGroup.CATEGORY:
        return Product.__table__.c.category
    if group is SalesGroup.MONTH:
        day = columns["month" if table in _MONTHLY else "date"]
        return extract("year", day) * 100 + extract("month", day)
    return columns[_COLUMNS[group]]


def _single(table: type[DeclarativeBase]) -> type[Transaction]:
    if table is not Transaction:
        raise KeyError("amount_krw of one transaction")
    return Transaction


def _sum(column: ColumnElement[int]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column), literal_column("0"))


def _before(day: date) -> date:
    """Return the last day of the month before."""
    return day.replace(day=1) - _DAY
