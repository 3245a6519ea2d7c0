"""Queries against figures added up by hand; see the table in `sample.py`."""

from datetime import date
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from narutalk.clock import build_clock
from narutalk.errors import RetryWithFix, TellTheModel
from narutalk.settings import Settings
from tests.unit.tools.employees.sample import ADMIN, HR, MANAGER, TODAY, USER
from tools.employees import migrate_employees
from tools.employees.directory import NAMES_LIFETIME_SECONDS, Directory, Filters, Order
from tools.employees.grouping import GroupBy
from tools.employees.models import Employee, EmployeeBase, EmployeeStatus, Position
from tools.employees.sales import RankBy
from tools.employees.store import EmployeeStore


@pytest.mark.parametrize(
    ("asked", "employee_id"),
    [
        ("이서연", "E0003"),
        ("이서연 씨", "E0003"),
        ("이서연님", "E0003"),
        ("이 서연", "E0003"),
        ("서연 이", "E0003"),
        ("서연", "E0003"),
        ("Lee Seo-yeon", "E0003"),
        ("lee seoyeon", "E0003"),
        ("Seo-yeon Lee", "E0003"),
        ("Seo yeon Lee", "E0003"),
        ("Lee, Seo-Yeon", "E0003"),
        ("Ms. Lee Seoyeon", "E0003"),
        ("Lee Seo-yeon's", "E0003"),
        ("Seoyeon", "E0003"),
        ("Lee Seoyeom", "E0003"),
        ("박지훈 부장님", "E0001"),
        ("E0004", "E0004"),
        ("e4", "E0004"),
        ("김민수 과장", "E0002"),
        ("김민수 사원", "E0007"),
    ],
)
def test_one_person_by_any_spelling(store: EmployeeStore, asked: str, employee_id: str) -> None:
    assert store.directory.one(asked).id == employee_id


def test_two_people_of_one_name_are_asked_back_with_what_tells_them_apart(store: EmployeeStore) -> None:
    with pytest.raises(TellTheModel) as refused:
        store.directory.one("Kim Minsu")

    message = refused.value.message
    assert "E0002" in message
    assert "Busan" in message
    assert "E0007" in message
    assert "Marketing" in message
    assert "영업부" in refused.value.details["ko"]


@pytest.mark.parametrize(("department", "region"), [("SAL", None), (None, "BUS")])
def test_department_or_region_tells_people_of_one_name_apart(
    store: EmployeeStore, department: str | None, region: str | None
) -> None:
    assert store.directory.one("김민수", department=department, region=region).id == "E0002"


@pytest.mark.parametrize("asked", ["Bob Miller", "홍길동", "E9999", "x"])
def test_nobody_of_that_name(store: EmployeeStore, asked: str) -> None:
    with pytest.raises(TellTheModel, match="There is no employee"):
        store.directory.one(asked)


def test_directory_entry_names_department_region_and_manager(store: EmployeeStore) -> None:
    person = store.directory.one("E0003")

    assert (person.department_en, person.region_ko, person.manager_en) == ("Sales", "부산", "Kim Minsu")
    assert person.hire_date == date(2025, 2, 3)


def test_reports_leave_out_those_who_left(store: EmployeeStore) -> None:
    assert [person.id for person in store.directory.reports_of("E0001")] == ["E0002", "E0004"]


def test_search_filters_pages_and_counts(store: EmployeeStore) -> None:
    search = store.directory.search

    assert search(Filters(), limit=2).total == 9
    assert [person.id for person in search(Filters(), limit=2).people] == ["E0001", "E0002"]
    assert [p.id for p in search(Filters(department="SAL", region="BUS")).people] == ["E0002", "E0003"]
    assert [p.id for p in search(Filters(status=EmployeeStatus.ON_LEAVE)).people] == ["E0005"]
    assert search(Filters(current=True)).total == 8
    hired = Filters(hired_from=date(2025, 1, 1), hired_to=date(2025, 12, 31))
    assert [p.id for p in search(hired).people] == ["E0003", "E0009"]
    seniors = search(Filters(department="SAL"), order=Order.SENIOR).people
    assert [p.position for p in seniors][:2] == [Position.DIRECTOR, Position.MANAGER]


def test_names_are_read_again_after_a_while(tmp_path: Path, engine: Engine) -> None:
    now = 0.0
    directory = Directory(engine, monotonic=lambda: now)
    assert "Newcomer Ann" not in directory.sentence_names()
    with Session(engine) as session, session.begin():
        session.execute(text("UPDATE employees SET name_en = 'Newcomer Ann' WHERE id = 'E0009'"))
    try:
        assert "Newcomer Ann" not in directory.sentence_names()
        now = NAMES_LIFETIME_SECONDS + 1
        assert "Newcomer Ann" in directory.sentence_names()
    finally:
        with Session(engine) as session, session.begin():
            session.execute(text("UPDATE employees SET name_en = 'Yoon Jaeho' WHERE id = 'E0009'"))


def test_sales_of_a_person_by_month(store: EmployeeStore) -> None:
    months = store.sales.by_month("E0002", store.sales.period("2026-Q3"))

    assert [(entry.month.month, entry.amount_krw) for entry in months] == [
        (7, 110_000),
        (8, 120_000),
        (9, 130_000),
    ]


def test_sales_total_and_attainment_by_region(store: EmployeeStore) -> None:
    used = store.sales.period("2026-Q3")

    groups = store.sales.by_group(GroupBy.REGION, Filters(), used)

    # Seoul: 130+140+150 of E0004 and 60+40 of E0006; five months of targets. Busan: 360 + 220, six months.
    assert [(g.name_en, g.amount_krw, g.target_krw, g.people) for g in groups] == [
        ("Busan", 580_000, 600_000, 2),
        ("Seoul", 520_000, 500_000, 2),
    ]
    assert groups[1].attainment_percent == pytest.approx(104.0)
    assert store.sales.total(Filters(), used).amount_krw == 1_100_000


def test_sales_by_position_and_in_total(store: EmployeeStore) -> None:
    used = store.sales.period("2026-10")

    by_position = store.sales.by_group(GroupBy.POSITION, Filters(), used)

    assert [(group.key, group.amount_krw) for group in by_position] == [
        ("senior_associate", 160_000),
        ("manager", 140_000),
        ("associate", 50_000),
    ]
    assert store.sales.total(Filters(department="MKT"), used).people == 0


@pytest.mark.parametrize(
    ("by", "lowest", "ids"),
    [
        (RankBy.AMOUNT, False, ["E0004", "E0002", "E0003"]),
        (RankBy.AMOUNT, True, ["E0006", "E0003", "E0002"]),
        (RankBy.ATTAINMENT, False, ["E0004", "E0002", "E0003"]),
        (RankBy.ATTAINMENT, True, ["E0006", "E0003", "E0002"]),
    ],
)
def test_ranking(store: EmployeeStore, by: RankBy, lowest: bool, ids: list[str]) -> None:
    ranked = store.sales.ranking(Filters(), store.sales.period("2026-Q3"), by=by, lowest=lowest, count=3)

    assert [entry.person.id for entry in ranked] == ids
    assert [entry.rank for entry in ranked] == [1, 2, 3]


def test_headcount_now_and_on_a_day(store: EmployeeStore) -> None:
    count = store.headcount

    assert count.total(Filters()) == 8
    assert [(g.name_en, g.people) for g in count.by_group(GroupBy.REGION, Filters())] == [
        ("Seoul", 5),
        ("Busan", 3),
    ]
    assert count.total(Filters(), on=date(2024, 12, 31)) == 7
    assert count.total(Filters(department="SAL"), on=date(2026, 8, 30)) == 5
    assert count.total(Filters(department="SAL"), on=date(2026, 8, 31)) == 4


def test_attendance_by_group(store: EmployeeStore) -> None:
    used = store.attendance.period("2026-Q3")

    groups = store.attendance.by_group(HR, GroupBy.DEPARTMENT, Filters(), used)

    assert [(g.key, g.people, g.working_days, g.late_days) for g in groups] == [
        ("LOG", 2, 120, 6),
        ("SAL", 1, 60, 3),
    ]


def test_no_period_means_the_newest_year_to_date(store: EmployeeStore) -> None:
    used = store.sales.period(None)

    assert (used.start, used.end, used.assumed) == (date(2026, 1, 1), date(2026, 10, 31), True)


def test_no_period_before_the_data_ends_means_until_the_last_full_month(engine: Engine) -> None:
    store = EmployeeStore(engine, build_clock(date(2026, 8, 15)))

    assert store.sales.period(None).end == date(2026, 7, 31)


def test_a_period_that_is_none_can_be_mended(store: EmployeeStore) -> None:
    with pytest.raises(RetryWithFix):
        store.sales.period("whenever")


def test_only_hr_and_administrators_see_salaries(store: EmployeeStore) -> None:
    for identity in (HR, ADMIN):
        assert store.confidential.salaries(identity, "E0002")[0].annual_krw == 66_000_000
    for identity in (USER, MANAGER):
        with pytest.raises(TellTheModel, match="not permitted to see salaries"):
            store.confidential.salaries(identity, "E0002")


def test_only_managers_hr_and_administrators_see_reviews_and_attendance(store: EmployeeStore) -> None:
    used = store.attendance.period("2026-Q3")
    for identity in (MANAGER, HR, ADMIN):
        assert [review.score for review in store.confidential.reviews(identity, "E0002")] == [4.5, 3.5]
        assert len(store.attendance.by_month(identity, "E0002", used)) == 3
    with pytest.raises(TellTheModel, match="not permitted"):
        store.confidential.reviews(USER, "E0002")
    with pytest.raises(TellTheModel, match="not permitted"):
        store.attendance.by_month(USER, "E0002", used)


def test_migrations_make_what_the_models_say(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _parents: kind != "table" or name in _tables()},
        )
        assert compare_metadata(context, EmployeeBase.metadata) == []


def test_migrating_by_settings_makes_the_file_and_may_run_twice(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new", today=TODAY)

    migrate_employees(settings)
    migrate_employees(settings)

    assert (tmp_path / "new" / "employees.db").exists()


def _tables() -> set[str]:
    assert Employee.__tablename__ in EmployeeBase.metadata.tables
    return set(EmployeeBase.metadata.tables)
