"""Trend, attrition, tenure and unusual attendance of the sample company, against polars on the same rows."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl
import pytest
from sqlalchemy import insert

from narutalk.clock import build_clock
from narutalk.db import build_engine, database_url, migrate
from narutalk.errors import TellTheModel
from narutalk.identity import Identity, Role
from narutalk.languages import Language
from narutalk.offline.planning import OfflineTool, plan
from tests.unit.tools.employees.sample import HR, TODAY, USER
from tools.employees.anomalies import MIN_COMPARED, unusual
from tools.employees.arguments import AnomaliesArgs, DevelopmentArgs, TurnoverArgs
from tools.employees.database import MIGRATIONS
from tools.employees.development_work import DevelopmentWork
from tools.employees.grouping import GroupBy
from tools.employees.models import Attendance, Department, Employee, MonthlySales, Region
from tools.employees.store import EmployeeStore
from tools.sample_company.generate import SampleData, generate

EN, KO = Language.EN, Language.KO


@pytest.fixture(scope="module")
def data() -> SampleData:
    return generate()


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory, data: SampleData) -> Iterator[DevelopmentWork]:
    engine = build_engine(database_url("", tmp_path_factory.mktemp("sample"), "employees"))
    migrate(engine, MIGRATIONS)
    tables: dict[Any, Any] = {
        Department: data.departments,
        Region: data.regions,
        Employee: data.employees,
        MonthlySales: data.monthly_sales,
        Attendance: data.attendance,
    }
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for table, rows in tables.items():
            connection.execute(insert(table), list(rows))
    yield DevelopmentWork(EmployeeStore(engine, build_clock(TODAY)))
    engine.dispose()


def _frame(rows: Any) -> pl.DataFrame:
    return pl.DataFrame(list(rows), infer_schema_length=None)


def test_attrition_by_department(work: DevelopmentWork, data: SampleData) -> None:
    people = _frame(data.employees)
    start, end = date(2025, 1, 1), date(2025, 12, 31)
    left_in = pl.col("left_date").is_between(start, end)
    hired, left = pl.col("hire_date"), pl.col("left_date")
    here = people.with_columns(
        ((hired < start) & (left.is_null() | (left >= start))).alias("s"),
        ((hired <= end) & (left.is_null() | (left > end))).alias("e"),
    )
    expected = here.group_by("department_code").agg(
        left_in.sum().alias("left"), ((pl.col("s").sum() + pl.col("e").sum()) / 2).alias("average")
    )

    found = work.turnover(USER, TurnoverArgs(period="2025", group_by=GroupBy.DEPARTMENT))

    for group in found.groups:
        row = expected.row(by_predicate=pl.col("department_code") == group.key, named=True)
        assert (group.left, group.average) == (row["left"], row["average"])
    assert found.total.left == expected["left"].sum() > 0
    assert found.total.rate == pytest.approx(int(expected["left"].sum()) / float(expected["average"].sum()))
    staff = here.filter(pl.col("e")).select((pl.lit(end) - pl.col("hire_date")).dt.total_days() / 365.25)
    assert found.tenure.mean_years == pytest.approx(staff.to_series().mean())
    assert found.tenure.median_years == pytest.approx(staff.to_series().median())
    assert f"{found.total.rate:.1%}" in found.to_markdown(KO)


def test_a_rate_of_few_people_says_so(work: DevelopmentWork) -> None:
    found = work.turnover(USER, TurnoverArgs(period="2025", department="Finance"))

    assert any(group.is_small for group in found.groups)
    assert "these rates say little" in found.to_markdown(EN)


def test_development_of_a_region(work: DevelopmentWork, data: SampleData) -> None:
    region = _frame(data.employees).filter(pl.col("region_code") == "BUS")["id"]
    monthly = (
        _frame(data.monthly_sales)
        .filter(pl.col("employee_id").is_in(region.implode()))
        .group_by("month")
        .agg(pl.col("amount_krw").sum(), pl.col("target_krw").sum())
        .sort("month")
    )

    found = work.development(USER, DevelopmentArgs(region="부산"))

    assert [point.amount_krw for point in found.figures.months] == monthly["amount_krw"].to_list()
    assert found.total.target_krw == monthly["target_krw"].sum()
    assert len(found.figures.seasons) == 12
    chart = found.to_chart(KO)
    assert chart is not None
    assert len(chart.spec["data"]["values"]) == monthly.height


def test_a_year_is_too_short_for_a_season(work: DevelopmentWork) -> None:
    told = work.development(USER, DevelopmentArgs(period="2025"))

    assert told.figures.seasons == []
    assert "Seasonality needs 24 months; there are 12." in told.to_markdown(EN)


def test_unusual_attendance_among_those_one_sees(work: DevelopmentWork, data: SampleData) -> None:
    rows = _frame(data.attendance).filter(pl.col("month").is_between(date(2025, 1, 1), date(2025, 12, 1)))
    late = rows.group_by("employee_id").agg(pl.col("late_days").sum())
    usual = late["late_days"].median()
    away = (late["late_days"] - usual).abs()
    spread = away.median() / 0.6745  # type: ignore[operator]
    expected = late.filter((pl.col("late_days") - usual) / spread > 3.5)["employee_id"].to_list()
    line = _below(data, "E0001")
    manager = Identity(
        user_id="m", username="m", roles=frozenset({Role.MANAGER}), groups=frozenset({"employee:E0001"})
    )

    everybody = work.anomalies(HR, AnomaliesArgs(period="2025"))
    theirs = work.anomalies(manager, AnomaliesArgs(period="2025"))

    assert everybody.compared == late.height
    assert sorted(e.person.id for e in everybody.found if e.measure == "late_days") == sorted(expected)
    assert theirs.compared == len(set(late["employee_id"]) & line)
    assert {entry.person.id for entry in theirs.found} <= line
    with pytest.raises(TellTheModel, match="not permitted"):
        work.anomalies(USER, AnomaliesArgs())


def test_nothing_is_unusual_among_few() -> None:
    alike = {f"E{n}": (1, 0, 0) for n in range(MIN_COMPARED - 2)}

    assert unusual({**alike, "X": (90, 0, 0)}) == []
    assert [entry.employee_id for entry in unusual({**alike, "Y": (1, 0, 0), "X": (90, 0, 0)})] == ["X"]
    spread = {f"E{n}": (n % 4, 0, 0) for n in range(12)}
    assert [entry.employee_id for entry in unusual({**spread, "X": (30, 0, 0)})] == ["X"]


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("퇴사율은?", "staff_turnover"),
        ("What was the attrition rate last year?", "staff_turnover"),
        ("작년 부서별 이직률 알려줘", "staff_turnover"),
        ("seasonality of sales in Busan", "sales_development"),
        ("부산 영업 실적에 계절성이 있어?", "sales_development"),
        ("Whose attendance was unusual in 2025?", "attendance_anomalies"),
        ("올해 근태 이상 징후 보여줘", "attendance_anomalies"),
        ("9월에 야근을 제일 많이 한 사람은?", "attendance_ranking"),
        ("지난달 지각이 많은 직원은?", "attendance_ranking"),
        ("지난달 지각이 많은 부서는?", "department_statistics"),
        ("How many people resigned last year?", "staff_turnover"),
        ("올해 새로 뽑은 물류부 인원은 몇 명이야?", "list_employees"),
        ("Did Lee Minho make his numbers last month?", "employee_sales"),
        ("Who came late most often in Logistics this year?", "attendance_ranking"),
        ("Which three people had the most sick days last year?", "attendance_ranking"),
    ],
)
def test_questions(offline_tools: list[OfflineTool], question: str, tool: str) -> None:
    assert [call.tool for call in plan(question, offline_tools).calls] == [tool]


def _below(data: SampleData, top: str) -> set[str]:
    found = {top}
    while True:
        more = {row["id"] for row in data.employees if row["manager_id"] in found} - found
        if not more:
            return found
        found |= more
