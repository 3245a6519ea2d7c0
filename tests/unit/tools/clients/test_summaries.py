"""The sums that stand ready are those of the transactions, whatever is written; and how they come and go."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, delete, insert, select, text, update
from sqlalchemy.orm import DeclarativeBase

from narutalk.settings import load_settings
from tests.unit.tools.clients.sample import TINY
from tools.clients.database import build_transaction_engine, migrate_clients
from tools.clients.models import Product, Transaction
from tools.clients.summaries import ClientMonth, DailyTotal, ProductMonth, PurchaseMonth

Row = dict[str, Any]
SUMMARIES: dict[type[DeclarativeBase], tuple[str, ...]] = {
    DailyTotal: ("date", "region_code", "client_type", "kind", "payment_status"),
    ProductMonth: ("product_code", "month", "region_code", "client_type", "kind", "payment_status"),
    ClientMonth: ("client_id", "month", "region_code", "client_type", "owner_id", "kind", "payment_status"),
}
CELL = ("client_id", "month", "region_code", "client_type", "owner_id")
PRODUCTS = [row["code"] for row in TINY[Product]][:2]


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
