"""The store over the whole sample company, against plain sums in Python."""

from collections import Counter, defaultdict
from datetime import date

import pytest

from narutalk.identity import Identity
from narutalk.languages import Language
from tools.clients import lookups
from tools.clients.arguments import GetUnpaid, ListClients, RankClients, RankProducts, SumSales
from tools.clients.records import ContractFilter
from tools.clients.store import ClientStore
from tools.periods import Period
from tools.sample_company.generate import Row, SampleData

QUARTER = Period(date(2026, 7, 1), date(2026, 9, 30))


def sums(rows: list[Row], key: str) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        found[row[key]] += row["amount_krw"]
    return found


def in_quarter(data: SampleData, **equal: str) -> list[Row]:
    return [
        row
        for row in data.transactions
        if row["date"] in QUARTER and all(row[column] == value for column, value in equal.items())
    ]


@pytest.mark.parametrize(
    ("group", "column"),
    [("region", "region_code"), ("type", "client_type"), ("product", "product_code"), ("owner", "owner_id")],
)
def test_totals_by_group(
    sample_store: ClientStore, sample_data: SampleData, someone: Identity, group: str, column: str
) -> None:
    found = lookups.sales_totals(
        sample_store, someone, SumSales.model_validate({"period": "2026-Q3", "group_by": group})
    )
    assert {entry.total.key: entry.total.amount_krw for entry in found.groups} == sums(
        in_quarter(sample_data), column
    )


def test_months(sample_store: ClientStore, sample_data: SampleData, someone: Identity) -> None:
    found = lookups.sales_totals(
        sample_store, someone, SumSales(period="2025", group_by="month", category="vaccine")
    )
    codes = {product["code"] for product in sample_data.products if product["category"] == "vaccine"}
    expected: Counter[str] = Counter()
    for row in sample_data.transactions:
        if row["date"].year == 2025 and row["product_code"] in codes:
            expected[f"{row['date']:%Y-%m}"] += row["amount_krw"]
    assert {entry.total.key: entry.total.amount_krw for entry in found.groups} == expected
    assert max(expected, key=lambda month: expected[month]) == "2025-10"
    assert len(found.to_markdown(Language.KO).splitlines()) < 20


def test_rankings(sample_store: ClientStore, sample_data: SampleData, someone: Identity) -> None:
    by_client = sums(in_quarter(sample_data, region_code="BUS"), "client_id")
    ranked = sorted(by_client, key=lambda client: (-by_client[client], client))
    top = lookups.top_clients(sample_store, someone, RankClients(period="2026-Q3", region="Busan", count=10))
    assert [entry.total.key for entry in top.entries] == ranked[:10]
    assert top.clients == len(ranked)
    by_product = sums(in_quarter(sample_data, client_type="clinic"), "product_code")
    wanted = RankProducts.model_validate(
        {"period": "2026-Q3", "client_type": "clinic", "order": "bottom", "count": 3}
    )
    bottom = lookups.top_products(sample_store, someone, wanted)
    assert [entry.total.key for entry in bottom.entries] == sorted(
        by_product, key=lambda code: by_product[code]
    )[:3]


def test_lists_and_unpaid(sample_store: ClientStore, sample_data: SampleData, someone: Identity) -> None:
    hospitals = lookups.list_clients(
        sample_store,
        someone,
        ListClients.model_validate({"client_type": "hospital", "region": "Seoul", "grade": "A"}),
    )
    assert hospitals.total == sum(
        (row["client_type"], row["region_code"], row["grade"]) == ("hospital", "SEO", "A")
        for row in sample_data.clients
    )
    unpaid = lookups.unpaid_transactions(sample_store, someone, GetUnpaid(region="부산", status="overdue"))
    assert [total.amount_krw for total in unpaid.sums.values()] == [
        sum(
            row["amount_krw"]
            for row in sample_data.transactions
            if row["region_code"] == "BUS" and row["payment_status"] == "overdue"
        )
    ]


def test_contracts_that_end(sample_store: ClientStore, sample_data: SampleData, someone: Identity) -> None:
    page = sample_store.contracts(someone, ContractFilter(ends_in=QUARTER, region_code="BUS"), limit=5)
    regions = {row["id"]: row["region_code"] for row in sample_data.clients}
    expected = [
        row
        for row in sample_data.contracts
        if row["end_date"] in QUARTER and regions[row["client_id"]] == "BUS"
    ]
    expected.sort(key=lambda row: (row["end_date"], row["id"]))
    assert page.total == len(expected)
    assert [contract.id for contract in page.records] == [row["id"] for row in expected[:5]]
