"""Averages of salaries: for HR, computed another way, and withheld over few people."""

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import mean, median

import pytest

from narutalk.clock import build_clock
from narutalk.errors import TellTheModel
from narutalk.identity import Identity, Role
from narutalk.languages import Language
from narutalk.settings import load_settings
from tools.employees.arguments import SalaryStatisticsArgs
from tools.employees.database import build_employee_engine
from tools.employees.development_work import DevelopmentWork
from tools.employees.grouping import GroupBy
from tools.employees.models import Position
from tools.employees.store import EmployeeStore
from tools.sample_company.load import load_sample_company

TODAY = date(2026, 11, 16)
HR = Identity(user_id="9", username="hr", roles=frozenset({Role.HR}))
SALARIES = """SELECT annual_krw FROM salaries JOIN employees ON id = employee_id
              WHERE status != 'left' AND department_code = ? AND effective_from = (
                SELECT max(effective_from) FROM salaries AS newer
                WHERE newer.employee_id = employees.id AND effective_from <= '2026-11-16')"""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("salaries")
    load_sample_company(load_settings(data_dir=folder, _env_file=None), documents=False)
    return folder


@pytest.fixture(scope="module")
def work(data_dir: Path) -> Iterator[DevelopmentWork]:
    engine = build_employee_engine(load_settings(data_dir=data_dir, _env_file=None))
    yield DevelopmentWork(EmployeeStore(engine, build_clock(TODAY)))
    engine.dispose()


def earned(data_dir: Path, department: str) -> list[int]:
    with sqlite3.connect(data_dir / "employees.db") as connection:
        rows = connection.execute(SALARIES, (department,)).fetchall()
    connection.close()
    return [row[0] for row in rows]


def test_a_department_has_the_mean_and_median_of_its_people(work: DevelopmentWork, data_dir: Path) -> None:
    marketing = earned(data_dir, "MKT")
    found = work.salaries(HR, SalaryStatisticsArgs(statistic="mean", department="Marketing")).total
    assert (found.people, found.mean_krw) == (len(marketing), round(mean(marketing)))
    assert found.median_krw == round(median(marketing))


def test_groups_are_those_of_each_alone(work: DevelopmentWork) -> None:
    result = work.salaries(HR, SalaryStatisticsArgs(statistic="mean", group_by=GroupBy.DEPARTMENT))
    alone = {
        group.name_en: work.salaries(
            HR, SalaryStatisticsArgs(statistic="mean", department=group.name_en)
        ).total.mean_krw
        for group in result.groups
    }
    assert alone == {group.name_en: group.mean_krw for group in result.groups}
    assert sum(group.people for group in result.groups) == result.total.people == 188
    assert "| 부서 | 평균 연봉 | 중앙값 | 인원 |" in result.to_markdown(Language.KO)


def test_few_people_are_withheld(work: DevelopmentWork) -> None:
    args = SalaryStatisticsArgs(statistic="mean", department="Marketing", position=Position.DIRECTOR)
    result = work.salaries(HR, args)
    assert (result.total.people, result.total.mean_krw) == (1, None)
    assert "withheld" in result.to_markdown(Language.EN)
    assert "KRW" not in result.to_markdown(Language.EN)


@pytest.mark.parametrize("role", [Role.USER, Role.MANAGER, Role.REVIEWER])
def test_others_are_refused(work: DevelopmentWork, role: Role) -> None:
    somebody = Identity(
        user_id="7", username="minsu", roles=frozenset({role}), groups=frozenset({"employee:E0015"})
    )
    with pytest.raises(TellTheModel, match="not permitted"):
        work.salaries(somebody, SalaryStatisticsArgs(statistic="mean"))
