"""The sums that stand ready are those of the transactions, whatever is written; and how they come and go."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, delete, insert, inspect, select, text, update
from sqlalchemy.orm import DeclarativeBase

from narutalk.db import migrate
from narutalk.settings import load_settings
from tests.postgres import make_database
from tests.unit.tools.clients.sample import TINY
from tools.clients.database import TRANSACTION_MIGRATIONS, build_transaction_engine, migrate_clients
from tools.clients.models import PaymentStatus, Product, Transaction, TransactionKind
from tools.clients.permissions import Limits, Visibility
from tools.clients.queries.behaviour import (
    ClientBehaviour,
    client_behaviour,
    client_changes,
    client_purchases,
    receivables,
)
from tools.clients.queries.sales import group_sales, rank_sales, total_sales
from tools.clients.records import SalesFilter, SalesGroup
from tools.clients.summaries import ClientMonth, ClientProductMonth, DailyTotal, ProductMonth, PurchaseMonth
from tools.periods import Period

Row = dict[str, Any]
SUMMARIES: dict[type[DeclarativeBase], tuple[str, ...]] = {
    DailyTotal: ("date", "region_code", "client_type", "kind", "payment_status"),
    ProductMonth: ("product_code", "month", "region_code", "client_type", "kind", "payment_status"),
    ClientMonth: ("client_id", "month", "region_code", "client_type", "owner_id", "kind", "payment_status"),
    ClientProductMonth: (
        *("product_code", "month", "client_id", "region_code", "client_type", "owner_id"),
        *("kind", "payment_status"),
    ),
}
CELL = ("client_id", "month", "region_code", "client_type", "owner_id")
PRODUCTS = [row["code"] for row in TINY[Product]][:2]
CATEGORY_OF = {row["code"]: row["category"] for row in TINY[Product]}


@contextmanager
def _made(folder: Path, url: str = "") -> Iterator[Engine]:
    """Make a transaction database with products alone."""
    config = load_settings(
        data_dir=folder,
        client_database_url=SecretStr(url),
        transaction_database_url=SecretStr(url),
        _env_file=None,
    )
    migrate_clients(config)
    engine = build_transaction_engine(config, read_only=False)
    with engine.begin() as connection:
        connection.execute(insert(Product), TINY[Product])
    try:
        yield engine
    finally:
        engine.dispose()


# Few values, so that rows meet in one key; days at both ends of months.
_rows = st.fixed_dictionaries(
    {
        "client_id": st.sampled_from(["C1", "C2"]),
        "client_type": st.sampled_from(["clinic", "pharmacy"]),
        "region_code": st.sampled_from(["SEO", "BUS"]),
        "owner_id": st.sampled_from(["E1", "E2"]),
        "product_code": st.sampled_from(PRODUCTS),
        "date": st.sampled_from(
            [date(2024, 2, 1), date(2024, 2, 2), date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 31)]
        ),
        "quantity": st.integers(-3, 5).filter(bool),
        "unit_price_krw": st.integers(0, 3),
        "payment_status": st.sampled_from(["paid", "unpaid", "overdue"]),
    }
).map(lambda row: row | {"kind": "sale" if row["quantity"] > 0 else "return"} | _amount(row))
_ids = st.lists(st.integers(0, 7), min_size=1, max_size=4, unique=True)
_writes = st.one_of(
    st.tuples(st.just("insert"), st.lists(_rows, min_size=1, max_size=5)),
    st.tuples(st.just("update"), st.tuples(_ids, _rows)),
    st.tuples(st.just("move"), st.sampled_from(["owner_id", "payment_status", "date"])),
    st.tuples(st.just("delete"), _ids),
)


def _amount(row: Row) -> Row:
    return {"amount_krw": row["quantity"] * row["unit_price_krw"]}


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with _made(tmp_path_factory.mktemp("summaries")) as engine:
        yield engine


@pytest.fixture(scope="module")
def postgres(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with _made(tmp_path_factory.mktemp("summaries"), postgres_url) as engine:
        yield engine


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_writes, min_size=1, max_size=8))
def test_summaries_are_the_sums_on_sqlite(sqlite: Engine, writes: list[tuple[str, Any]]) -> None:
    _write_and_compare(sqlite, writes)


@pytest.mark.slow
@settings(max_examples=150)
@given(st.lists(_writes, min_size=1, max_size=8))
def test_summaries_are_the_sums_on_postgres(postgres: Engine, writes: list[tuple[str, Any]]) -> None:
    _write_and_compare(postgres, writes)


def _write_and_compare(engine: Engine, writes: list[tuple[str, Any]]) -> None:
    with engine.connect() as connection:
        for number, (kind, said) in enumerate(writes):
            _WRITES[kind](connection, number, said)
            _compare(connection)
        connection.rollback()


def _insert(connection: Connection, number: int, rows: list[Row]) -> None:
    named = [row | {"id": f"T{number}-{place}"} for place, row in enumerate(rows)]
    connection.execute(insert(Transaction).values(named))  # all of them in one statement


def _update(connection: Connection, _number: int, said: tuple[list[int], Row]) -> None:
    places, values = said
    connection.execute(
        update(Transaction).where(Transaction.id.in_(_chosen(connection, places))).values(values)
    )


def _move(connection: Connection, _number: int, column: str) -> None:
    """Let every row have what another one had: each key is left and entered in one statement."""
    moved = {
        "owner_id": "CASE owner_id WHEN 'E1' THEN 'E2' ELSE 'E1' END",
        "payment_status": "CASE payment_status WHEN 'paid' THEN 'overdue' ELSE 'paid' END",
        "date": "CASE WHEN date = '2024-02-01' THEN '2024-02-29' ELSE '2024-02-01' END",
    }
    if column == "date" and connection.dialect.name == "postgresql":
        moved["date"] = f"CAST({moved['date']} AS date)"
    connection.execute(text(f"UPDATE transactions SET {column} = {moved[column]}"))


def _delete(connection: Connection, _number: int, places: list[int]) -> None:
    connection.execute(delete(Transaction).where(Transaction.id.in_(_chosen(connection, places))))


_WRITES: Mapping[str, Callable[[Connection, int, Any], None]] = {
    "insert": _insert,
    "update": _update,
    "move": _move,
    "delete": _delete,
}


def _chosen(connection: Connection, places: list[int]) -> list[str]:
    ids = list(connection.scalars(select(Transaction.id).order_by(Transaction.id)))
    return [ids[place] for place in places if place < len(ids)]


def _compare(connection: Connection) -> None:
    rows = [
        {**row, "month": row["date"].replace(day=1)}
        for row in connection.execute(select(*Transaction.__table__.columns)).mappings()
    ]
    for table, key in SUMMARIES.items():
        found = connection.execute(select(*table.__table__.columns)).mappings()
        assert {
            _of(row, key): (row["amount_krw"], row["transactions"], row["quantity"]) for row in found
        } == _sums(rows, key)
    purchases = connection.execute(select(*PurchaseMonth.__table__.columns)).mappings()
    assert {_of(row, CELL): _days_told(row) for row in purchases} == _days(rows)


def _sums(rows: Iterable[Mapping[str, Any]], key: tuple[str, ...]) -> dict[Any, tuple[int, ...]]:
    sums: dict[Any, tuple[int, ...]] = {}
    for row in rows:
        amount, count, quantity = sums.get(_of(row, key), (0, 0, 0))
        sums[_of(row, key)] = (amount + row["amount_krw"], count + 1, quantity + row["quantity"])
    return sums


def _days(rows: Iterable[Mapping[str, Any]]) -> dict[Any, Any]:
    days: defaultdict[Any, set[date]] = defaultdict(set)
    for row in rows:
        if row["kind"] == "sale":
            days[_of(row, CELL)].add(row["date"])
    buyers = Counter((cell[:2], day) for cell, its in days.items() for day in its)
    return {
        cell: (sorted(its), len(its), min(its), max(its), any(buyers[cell[:2], day] > 1 for day in its))
        for cell, its in days.items()
    }


def _days_told(row: Mapping[str, Any]) -> Any:
    days = [row["month"].replace(day=bit + 1) for bit in range(31) if row["days"] >> bit & 1]
    return (days, row["purchase_days"], row["first_day"], row["last_day"], row["is_shared"])


def _of(row: Mapping[str, Any], key: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(row[name] for name in key)


_limits = st.builds(
    Limits,
    st.none() | st.just(frozenset({"SEO"})),
    st.none() | st.just("E1"),
)
_days_of = st.dates(date(2024, 1, 25), date(2024, 4, 5))
_periods = st.none() | st.tuples(_days_of, _days_of).map(lambda ends: Period(min(ends), max(ends)))
_filters = st.builds(
    SalesFilter,
    period=_periods,
    client_id=st.sampled_from([None, None, "C1"]),
    region_code=st.sampled_from([None, None, "BUS"]),
    owner_id=st.sampled_from([None, None, "E2"]),
    product_code=st.sampled_from([None, None, PRODUCTS[0]]),
    category=st.sampled_from([None, None, CATEGORY_OF[PRODUCTS[1]]]),
    kind=st.sampled_from([None, None, TransactionKind.SALE]),
    payment_statuses=st.sampled_from([None, None, (PaymentStatus.OVERDUE, PaymentStatus.UNPAID)]),
)
_many_rows = st.lists(_rows, min_size=1, max_size=14)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_many_rows, _limits, _filters, _periods)
def test_analyses_add_up_the_rows_on_sqlite(
    sqlite: Engine, rows: list[Row], limits: Limits, wanted: SalesFilter, other: Period | None
) -> None:
    _ask_and_compare(sqlite, rows, limits, wanted, other)


@pytest.mark.slow
@settings(max_examples=150)
@given(_many_rows, _limits, _filters, _periods)
def test_analyses_add_up_the_rows_on_postgres(
    postgres: Engine, rows: list[Row], limits: Limits, wanted: SalesFilter, other: Period | None
) -> None:
    _ask_and_compare(postgres, rows, limits, wanted, other)


def _ask_and_compare(
    engine: Engine, rows: list[Row], limits: Limits, wanted: SalesFilter, other: Period | None
) -> None:
    visibility = Visibility.within(limits)
    with engine.connect() as connection:
        _insert(connection, 0, rows)
        fit = [row for row in rows if _fits(row, limits, wanted)]
        total = total_sales(connection, visibility, wanted)
        assert (total.amount_krw, total.count) == (sum(row["amount_krw"] for row in fit), len(fit))
        for group, key in GROUPED.items():
            amounts: Counter[str] = Counter()
            for row in fit:
                amounts[key(row)] += row["amount_krw"]
            found = group_sales(connection, visibility, wanted, group)
            assert {entry.key: entry.amount_krw for entry in found} == dict(amounts)
            ranking = rank_sales(connection, visibility, wanted, group, limit=2, ascending=True)
            assert ranking.groups == len(amounts)
            assert ranking.totals == group_sales(
                connection, visibility, wanted, group, limit=2, ascending=True
            )
        behaviour = client_behaviour(connection, visibility, wanted)
        assert behaviour == _behaviour(fit)
        assert client_purchases(connection, visibility, wanted) == {
            entry.client_id: entry[1:4] for entry in behaviour if entry.purchase_days
        }
        now, before = wanted.period or Period(date(2024, 2, 2), date(2024, 3, 1)), other or ALL_DAYS
        changed = client_changes(connection, visibility, wanted, now, before)
        assert {entry.client_id: (entry.now_krw, entry.before_krw) for entry in changed} == _changes(
            [row for row in rows if _fits(row, limits, replace(wanted, period=None))], now, before
        )
        owed = receivables(connection, visibility, wanted, date(2024, 3, 31), (30, 60))
        assert sum(entry.amount_krw for entry in owed) == total.amount_krw
        connection.rollback()


ALL_DAYS = Period(date(2024, 1, 1), date(2024, 12, 31))
GROUPED: Mapping[SalesGroup, Callable[[Row], str]] = {
    SalesGroup.REGION: lambda row: row["region_code"],
    SalesGroup.TYPE: lambda row: row["client_type"],
    SalesGroup.PRODUCT: lambda row: row["product_code"],
    SalesGroup.CATEGORY: lambda row: CATEGORY_OF[row["product_code"]],
    SalesGroup.OWNER: lambda row: row["owner_id"],
    SalesGroup.CLIENT: lambda row: row["client_id"],
    SalesGroup.MONTH: lambda row: f"{row['date']:%Y-%m}",
}


def _fits(row: Row, limits: Limits, wanted: SalesFilter) -> bool:
    equal = ("client_id", "region_code", "owner_id", "product_code", "kind")
    return (
        (limits.regions is None or row["region_code"] in limits.regions)
        and limits.owner_id in (None, row["owner_id"])
        and all(getattr(wanted, name) in (None, row[name]) for name in equal)
        and wanted.category in (None, CATEGORY_OF[row["product_code"]])
        and (wanted.payment_statuses is None or row["payment_status"] in wanted.payment_statuses)
        and (wanted.period is None or row["date"] in wanted.period)
    )


def _behaviour(rows: list[Row]) -> list[ClientBehaviour]:
    told = []
    for client_id in sorted({row["client_id"] for row in rows}):
        its = [row for row in rows if row["client_id"] == client_id]
        days = {row["date"] for row in its if row["kind"] == "sale"}
        net = sum(row["amount_krw"] for row in its)
        told.append(
            ClientBehaviour(client_id, len(days), min(days, default=None), max(days, default=None), net)
        )
    return told


def _changes(rows: list[Row], now: Period, before: Period) -> dict[str, tuple[int, int]]:
    sums: dict[str, tuple[int, int]] = {}
    for row in rows:
        in_now, in_before = row["date"] in now, row["date"] in before
        if in_now or in_before:
            mine = sums.get(row["client_id"], (0, 0))
            amount = row["amount_krw"]
            sums[row["client_id"]] = (mine[0] + in_now * amount, mine[1] + in_before * amount)
    return sums


def test_the_migration_sums_up_what_is_there_and_goes_back_on_sqlite(tmp_path: Path) -> None:
    _migrate_there_and_back(tmp_path, "")


@pytest.mark.slow
def test_the_migration_sums_up_what_is_there_and_goes_back_on_postgres(
    postgres_server: str, tmp_path: Path
) -> None:
    _migrate_there_and_back(tmp_path, make_database(postgres_server, "summaries_there_and_back"))


def _migrate_there_and_back(folder: Path, url: str) -> None:
    with _made(folder, url) as engine:
        with engine.begin() as connection:
            connection.execute(insert(Transaction), TINY[Transaction])
        before = set(inspect(engine).get_table_names())
        _downgrade(engine, "0002")
        assert not {table.__tablename__ for table in (*SUMMARIES, PurchaseMonth)} & set(
            inspect(engine).get_table_names()
        )
        with engine.begin() as connection:
            connection.execute(delete(Transaction).where(Transaction.id == TINY[Transaction][0]["id"]))
        migrate(engine, TRANSACTION_MIGRATIONS)
        assert set(inspect(engine).get_table_names()) == before
        with engine.begin() as connection:
            _compare(connection)
            connection.execute(delete(Transaction))
            _compare(connection)


def _downgrade(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(TRANSACTION_MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        config.attributes["version_table"] = f"alembic_{TRANSACTION_MIGRATIONS.parent.name}"
        command.downgrade(config, revision)
