"""The sample company's records: the same everywhere, consistent, plausible, and loaded once."""

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, func, make_url, select, text

from narutalk.settings import Settings, load_settings
from tools.clients.database import build_transaction_engine
from tools.clients.models import Transaction
from tools.employees.database import build_employee_engine
from tools.employees.models import MonthlySales
from tools.sample_company.business_days import is_business_day
from tools.sample_company.company import FIRST_DAY, LAST_DAY, company_facts
from tools.sample_company.generate import Row, SampleData, generate
from tools.sample_company.load import load_sample_company
from tools.sample_company.names import romanise

DIGEST = "739061580c24a5dece6f58a579fea1bc613e917ad62ac74c0462a0111f6d9ece"
NET_SALES_KRW = 162451517600


@pytest.fixture(scope="module")
def data() -> SampleData:
    return generate()


@pytest.fixture(scope="module")
def people(data: SampleData) -> dict[str, Row]:
    return {row["id"]: row for row in data.employees}


def test_it_is_the_same_on_every_machine(data: SampleData) -> None:
    assert sum(row["amount_krw"] for row in data.transactions) == NET_SALES_KRW
    assert data.digest() == DIGEST


def test_counts(data: SampleData) -> None:
    assert len(data.employees) == 200
    assert len(data.clients) == 1_000
    assert len(data.products) == 24
    assert 48_000 < len(data.transactions) < 52_000
    assert 1_800 < len(data.contracts) < 2_300
    heads = Counter(row["department_code"] for row in data.employees)
    assert heads == {entry.code: entry.headcount for entry in company_facts().departments}
    assert Counter(row["status"] for row in data.employees) == {"active": 184, "left": 12, "on_leave": 4}


def test_names_are_unique_but_for_one_pair(data: SampleData) -> None:
    for column in ("name_ko", "name_en"):
        shared = [name for name, count in Counter(row[column] for row in data.employees).items() if count > 1]
        assert len(shared) == 1
        assert len({row[column] for row in data.clients}) == 1_000
    pair = [row for row in data.employees if row["name_en"] == "Park Jihun"]
    assert [row["name_ko"] for row in pair] == ["박지훈", "박지훈"]
    assert len({row["region_code"] for row in pair}) == 2
    assert len({row["email"] for row in data.employees}) == 200
    assert all(row["email"].endswith(".example") for row in data.employees)


@pytest.mark.parametrize(
    ("hangul", "latin"), [("민수", "Minsu"), ("지훈", "Jihun"), ("혜원", "Hyewon"), ("별빛", "Byeolbit")]
)
def test_names_are_romanised(hangul: str, latin: str) -> None:
    assert romanise(hangul) == latin


def test_everyone_reports_upward(data: SampleData, people: dict[str, Row]) -> None:
    ranks = {"associate": 0, "senior_associate": 1, "manager": 2, "senior_manager": 3, "director": 4}
    directors = [row for row in data.employees if row["position"] == "director"]
    assert Counter(row["department_code"] for row in directors) == {
        row["code"]: 1 for row in data.departments
    }
    for row in data.employees:
        if row["position"] == "director":
            assert row["manager_id"] is None
            continue
        leader = people[row["manager_id"]]
        assert ranks[leader["position"]] > ranks[row["position"]]
        assert (leader["department_code"], leader["status"]) == (row["department_code"], "active")
    heads = [
        row
        for row in data.employees
        if row["department_code"] == "SAL" and row["position"] == "senior_manager"
    ]
    assert {row["region_code"] for row in heads} == {entry.code for entry in company_facts().regions}
    assert date(2009, 1, 1) <= min(row["hire_date"] for row in data.employees)
    assert max(row["hire_date"] for row in data.employees) < LAST_DAY


def test_transactions_follow_their_clients_and_owners(data: SampleData, people: dict[str, Row]) -> None:
    clients = {row["id"]: row for row in data.clients}
    for row in data.transactions:
        client, owner = clients[row["client_id"]], people[row["owner_id"]]
        assert (row["region_code"], row["client_type"]) == (client["region_code"], client["client_type"])
        assert owner["region_code"] == client["region_code"]
        assert owner["hire_date"] <= row["date"] <= (owner["left_date"] or LAST_DAY)
        assert row["amount_krw"] == row["quantity"] * row["unit_price_krw"]
        assert (row["kind"] == "return") == (row["quantity"] < 0)
        assert FIRST_DAY <= row["date"] <= LAST_DAY
    assert all(is_business_day(day) for day in {row["date"] for row in data.transactions})
    latest = {
        row["client_id"]: row["owner_id"] for row in data.transactions if row["date"] >= date(2026, 10, 1)
    }
    assert all(clients[client_id]["owner_id"] == owner for client_id, owner in latest.items())
    returns = sum(row["kind"] == "return" for row in data.transactions)
    assert 0.015 < returns / len(data.transactions) < 0.025


def test_owners_are_active_people_in_sales_of_the_region(data: SampleData, people: dict[str, Row]) -> None:
    for client in data.clients:
        owner = people[client["owner_id"]]
        assert (owner["department_code"], owner["status"]) == ("SAL", "active")
        assert owner["region_code"] == client["region_code"]
        assert (client["owner_name_ko"], client["owner_name_en"]) == (owner["name_ko"], owner["name_en"])


def test_monthly_sales_are_the_exact_sums(data: SampleData) -> None:
    sums: dict[tuple[str, date], int] = defaultdict(int)
    for row in data.transactions:
        sums[row["owner_id"], row["date"].replace(day=1)] += row["amount_krw"]
    monthly = {(row["employee_id"], row["month"]): row["amount_krw"] for row in data.monthly_sales}
    assert {key: amount for key, amount in monthly.items() if amount} == {
        key: amount for key, amount in sums.items() if amount
    }
    attained = [row["amount_krw"] / row["target_krw"] for row in data.monthly_sales]
    assert sum(0.7 <= share <= 1.3 for share in attained) / len(attained) > 0.8


def test_seasons_growth_and_churn(data: SampleData) -> None:
    category = {row["code"]: row["category"] for row in data.products}
    by_month: dict[str, Counter[int]] = defaultdict(Counter)
    by_year: Counter[int] = Counter()
    for row in data.transactions:
        by_month[category[row["product_code"]]][row["date"].month] += row["amount_krw"]
        by_year[row["date"].year] += row["amount_krw"]
    assert {month for month, _ in by_month["vaccine"].most_common(3)} == {9, 10, 11}
    assert by_month["respiratory"][1] > 1.4 * by_month["respiratory"][7]
    assert by_year[2025] > by_year[2024]
    last = {row["client_id"]: row["date"] for row in data.transactions if row["kind"] == "sale"}
    inactive = [row["id"] for row in data.clients if row["status"] == "inactive"]
    assert len(inactive) == 38
    assert max(last[client_id] for client_id in inactive) < date(2026, 2, 1)


def test_contracts_are_consistent(data: SampleData) -> None:
    assert [row["id"] for row in data.contracts[:2]] == ["K00001", "K00002"]
    for row in data.contracts:
        assert row["start_date"] < row["end_date"]
        status = row["status"]
        if status == "active":
            assert row["start_date"] <= LAST_DAY < row["end_date"]
        elif status == "pending":
            assert row["start_date"] > LAST_DAY
        else:
            assert row["end_date"] <= LAST_DAY
    assert Counter(row["status"] for row in data.contracts)["pending"] > 10
    chains: dict[str, list[Row]] = defaultdict(list)
    for row in data.contracts:
        chains[row["client_id"]].append(row)
    for chain in chains.values():
        assert all(one["end_date"] < other["start_date"] for one, other in pairwise(chain))
    soon = [row for row in data.contracts if date(2026, 11, 1) <= row["end_date"] <= date(2027, 1, 31)]
    assert len(soon) > 50


def test_attendance_reviews_and_salaries(data: SampleData, people: dict[str, Row]) -> None:
    for row in data.attendance:
        assert row["present_days"] + row["leave_days"] + row["sick_days"] == row["working_days"] > 0
        assert 0 <= row["late_days"] <= row["present_days"]
        person = people[row["employee_id"]]
        assert person["hire_date"].replace(day=1) <= row["month"] <= (person["left_date"] or LAST_DAY)
    away = {row["id"] for row in data.employees if row["status"] == "on_leave"}
    october = [
        row for row in data.attendance if row["employee_id"] in away and row["month"] == date(2026, 10, 1)
    ]
    assert len(october) == 4
    assert all(row["present_days"] == 0 for row in october)
    assert all(1 <= row["score"] <= 5 for row in data.reviews)
    assert {row["half"] for row in data.reviews} == {
        "2023-H2", "2024-H1", "2024-H2", "2025-H1", "2025-H2", "2026-H1"
    }  # fmt: skip
    assert {row["employee_id"] for row in data.salaries} == set(people)
    means = defaultdict(list)
    for row in data.salaries:
        means[people[row["employee_id"]]["position"]].append(row["annual_krw"])
    order = ["associate", "senior_associate", "manager", "senior_manager", "director"]
    averages = [sum(means[position]) / len(means[position]) for position in order]
    assert averages == sorted(averages)


def check_loaded(settings: Settings, data: SampleData) -> None:
    summary = load_sample_company(settings)
    assert summary.rows["transactions"] == len(data.transactions)
    assert summary.rows["clients"] == 1_000
    assert summary.documents == 60
    engines = build_transaction_engine(settings), build_employee_engine(settings)
    with engines[0].connect() as sales, engines[1].connect() as employees:
        sold = sales.scalar(select(func.sum(Transaction.amount_krw)))
        credited = employees.scalar(select(func.sum(MonthlySales.amount_krw)))
    for engine in engines:
        engine.dispose()
    assert sold == credited == NET_SALES_KRW
    assert load_sample_company(settings).rows == {}


def test_it_loads_once_into_sqlite(tmp_path: Path, data: SampleData) -> None:
    check_loaded(load_settings(data_dir=tmp_path, _env_file=None), data)


@pytest.mark.slow
def test_it_loads_once_into_one_postgresql_database(
    tmp_path: Path, data: SampleData, postgres_url: str
) -> None:
    """All three URLs name the same database: no two tables have the same name."""
    admin = create_engine(
        make_url(postgres_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE sample_company"))
    admin.dispose()
    url = SecretStr(
        make_url(postgres_url).set(database="sample_company").render_as_string(hide_password=False)
    )
    settings = load_settings(
        data_dir=tmp_path,
        employee_database_url=url,
        client_database_url=url,
        transaction_database_url=url,
        _env_file=None,
    )
    check_loaded(settings, data)
