"""Pages of transactions by amount against a list sorted in Python: few and many, on both databases."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import Engine, insert

from narutalk.settings import load_settings
from tests.unit.tools.clients.sample import TINY
from tools import keyset
from tools.clients.database import build_transaction_engine, migrate_clients
from tools.clients.models import PaymentStatus, Product, Transaction
from tools.clients.permissions import Limits, Visibility
from tools.clients.queries import transaction_pages
from tools.clients.queries.transaction_pages import list_transactions
from tools.clients.records import SalesFilter
from tools.keyset import PageRequest
from tools.periods import Period

Row = dict[str, Any]
FEW = 3
"""Stands for the thousands that are counted, and read by their amount."""
SUMMER = Period(date(2026, 6, 1), date(2026, 8, 31))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    url = SecretStr(request.getfixturevalue("postgres_url") if request.param == "postgresql" else "")
    config = load_settings(
        data_dir=tmp_path_factory.mktemp("pages"),
        client_database_url=url,
        transaction_database_url=url,
        _env_file=None,
    )
    migrate_clients(config)
    made = build_transaction_engine(config, read_only=False)
    with made.begin() as connection:
        connection.execute(insert(Product), TINY[Product])
    yield made
    made.dispose()


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyset, "COUNTED_UP_TO", FEW)
    monkeypatch.setattr(transaction_pages, "COUNTED_UP_TO", FEW)
    monkeypatch.setattr(transaction_pages, "MOST_BY_AMOUNT", FEW)


def _row(drawn: tuple[int, str, date, str]) -> Row:
    quantity, region, day, status = drawn
    return {
        "client_id": "C1",
        "client_type": "clinic",
        "region_code": region,
        "owner_id": "E1",
        "product_code": TINY[Product][0]["code"],
        "date": day,
        "kind": "sale" if quantity > 0 else "return",
        "quantity": quantity,
        "unit_price_krw": 100,
        "amount_krw": quantity * 100,
        "payment_status": status,
    }


_rows = st.lists(
    st.tuples(
        st.integers(-2, 6).filter(bool),
        st.sampled_from(["SEO", "BUS"]),
        st.sampled_from([date(2026, 5, 31), date(2026, 6, 1), date(2026, 7, 1)]),
        st.sampled_from(["paid", "overdue"]),
    ).map(_row),
    max_size=12,
)
_filters = st.builds(
    SalesFilter,
    min_amount_krw=st.sampled_from([None, -100, 200, 500, 900]),
    max_amount_krw=st.sampled_from([None, 300, 500]),
    period=st.sampled_from([None, SUMMER]),
    payment_statuses=st.sampled_from([None, (PaymentStatus.OVERDUE,)]),
)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=_rows,
    wanted=_filters,
    limits=st.sampled_from([Limits(), Limits(frozenset({"SEO"}))]),
    count=st.sampled_from([None, True, False]),
    sort=st.sampled_from([None, "amount_krw", "-quantity,date"]),
)
def test_pages_and_sums_are_those_of_the_rows(
    engine: Engine,
    rows: list[Row],
    wanted: SalesFilter,
    limits: Limits,
    count: bool | None,
    sort: str | None,
) -> None:
    named = [row | {"id": f"T{place:02}"} for place, row in enumerate(rows)]
    fit = [row for row in named if _fits(row, wanted, limits)]
    with engine.connect() as connection:
        if named:
            connection.execute(insert(Transaction).values(named))
        asked = PageRequest(limit=2, sort=sort, count=count)
        page = list_transactions(connection, Visibility.within(limits), wanted, asked)
        shown = [record.id for record in page.records]
        while page.next_cursor:
            later = PageRequest(limit=2, sort=sort, cursor=page.next_cursor)
            behind = list_transactions(connection, Visibility.within(limits), wanted, later)
            assert behind.total is None
            shown += [record.id for record in behind.records]
            page = page._replace(next_cursor=behind.next_cursor)
        connection.rollback()
    assert shown == [row["id"] for row in sorted(fit, key=_order(sort))]
    is_told = count or (count is None and len(fit) <= FEW)
    expected = (len(fit), sum(row["amount_krw"] for row in fit)) if is_told else (None, None)
    assert (page.total, page.net_amount_krw) == expected


def _fits(row: Row, wanted: SalesFilter, limits: Limits) -> bool:
    least, most = wanted.min_amount_krw, wanted.max_amount_krw
    return (
        (least is None or row["amount_krw"] >= least)
        and (most is None or row["amount_krw"] <= most)
        and (wanted.period is None or row["date"] in wanted.period)
        and (wanted.payment_statuses is None or row["payment_status"] in wanted.payment_statuses)
        and (limits.regions is None or row["region_code"] in limits.regions)
    )


def _order(sort: str | None) -> Any:
    if sort is None:
        return lambda row: (-row["date"].toordinal(), -int(row["id"][1:]))
    if sort == "amount_krw":
        return lambda row: (row["amount_krw"], row["id"])
    return lambda row: (-row["quantity"], row["date"], row["id"])
