"""A small company whose figures can be added up by hand.

Sales in units of 1,000 KRW, as amount/target, in 2026:

    month    E0002 (Busan)  E0003 (Busan)  E0004 (Seoul)  E0006 (Seoul, left 2026-08-31)
    06       100/100        80/100         120/100        50/100
    07       110/100        90/100         130/100        60/100
    08       120/100        70/100         140/100        40/100
    09       130/100        60/100         150/100
    10       140/100        50/100         160/100
"""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from narutalk.db import migrate
from narutalk.identity import Identity, Role
from tools.employees.database import MIGRATIONS
from tools.employees.models import (
    Attendance,
    Department,
    Employee,
    EmployeeStatus,
    MonthlySales,
    Position,
    Region,
    Review,
    Salary,
)

TODAY = date(2026, 11, 22)

USER = Identity(user_id="u1", username="user")
MANAGER = Identity(
    user_id="u2", username="manager", roles=frozenset({Role.MANAGER}), groups=frozenset({"employee:E0001"})
)
HR = Identity(user_id="u3", username="hr", roles=frozenset({Role.HR}))
ADMIN = Identity(user_id="u4", username="admin", roles=frozenset({Role.ADMIN}))

DEPARTMENTS = (
    ("SAL", "Sales", "영업부"),
    ("MKT", "Marketing", "마케팅부"),
    ("LOG", "Logistics", "물류부"),
    ("QAD", "Quality Assurance", "품질보증부"),
    ("FIN", "Finance", "재무부"),
    ("HRD", "Human Resources", "인사부"),
    ("ITD", "Information Technology", "정보기술부"),
    ("CSD", "Customer Support", "고객지원부"),
)
REGIONS = (
    ("SEO", "Seoul", "서울"),
    ("GYE", "Gyeonggi", "경기"),
    ("BUS", "Busan", "부산"),
    ("DAE", "Daegu", "대구"),
    ("GWA", "Gwangju", "광주"),
    ("DJN", "Daejeon", "대전"),
)
ASSOCIATE, SENIOR, MANAGES, DIRECTS = (
    Position.ASSOCIATE,
    Position.SENIOR_ASSOCIATE,
    Position.MANAGER,
    Position.DIRECTOR,
)
# id, Korean name, Latin name, department, region, position, manager, hired, left, status
PEOPLE = (
    ("E0001", "박지훈", "Park Jihun", "SAL", "SEO", DIRECTS, None, "2012-03-02", None, "active"),
    ("E0002", "김민수", "Kim Minsu", "SAL", "BUS", MANAGES, "E0001", "2018-05-14", None, "active"),
    ("E0003", "이서연", "Lee Seo-yeon", "SAL", "BUS", ASSOCIATE, "E0002", "2025-02-03", None, "active"),
    ("E0004", "최유진", "Choi Yujin", "SAL", "SEO", SENIOR, "E0001", "2020-09-01", None, "active"),
    ("E0005", "정하늘", "Jung Haneul", "LOG", "SEO", SENIOR, None, "2019-01-07", None, "on_leave"),
    ("E0006", "강도현", "Kang Dohyeon", "SAL", "SEO", ASSOCIATE, "E0001", "2024-04-01", "2026-08-31", "left"),
    ("E0007", "김민수", "Kim Minsu", "MKT", "SEO", ASSOCIATE, None, "2024-07-15", None, "active"),
    ("E0008", "한소라", "Han Sora", "HRD", "SEO", MANAGES, None, "2016-11-01", None, "active"),
    ("E0009", "윤재호", "Yoon Jaeho", "LOG", "BUS", ASSOCIATE, "E0005", "2025-06-02", None, "active"),
)
SALES = {
    "E0002": (100, 110, 120, 130, 140),
    "E0003": (80, 90, 70, 60, 50),
    "E0004": (120, 130, 140, 150, 160),
    "E0006": (50, 60, 40),
}
MONTHS = tuple(date(2026, month, 1) for month in range(6, 11))
TARGET_KRW = 100_000


def fill(engine: Engine) -> None:
    """Migrate an empty database and put the company in."""
    migrate(engine, MIGRATIONS)
    with Session(engine) as session, session.begin():
        session.add_all(Department(code=code, name_en=en, name_ko=ko) for code, en, ko in DEPARTMENTS)
        session.add_all(Region(code=code, name_en=en, name_ko=ko) for code, en, ko in REGIONS)
        session.flush()
        for row in _people():
            session.add(row)
            session.flush()
        session.add_all(_figures())


def _people() -> Iterator[Employee]:
    manager_first = sorted(PEOPLE, key=lambda row: (row[6] is not None, row[6] or "", row[0]))
    for key, ko, en, department, region, position, manager, hired, left, status in manager_first:
        yield Employee(
            id=key,
            name_ko=ko,
            name_en=en,
            department_code=department,
            region_code=region,
            position=position,
            manager_id=manager,
            hire_date=date.fromisoformat(hired),
            left_date=date.fromisoformat(left) if left else None,
            status=EmployeeStatus(status),
            email=f"{key.lower()}@company.example",
        )


def _figures() -> Iterator[MonthlySales | Attendance | Review | Salary]:
    for employee_id, amounts in SALES.items():
        for month, amount in zip(MONTHS, amounts, strict=False):
            yield MonthlySales(
                employee_id=employee_id, month=month, amount_krw=amount * 1000, target_krw=TARGET_KRW
            )
    for month in MONTHS:
        for employee_id, late in (("E0002", 1), ("E0005", 2), ("E0009", 0)):
            yield Attendance(
                employee_id=employee_id,
                month=month,
                working_days=20,
                present_days=17,
                late_days=late,
                leave_days=2,
                sick_days=1,
                overtime_hours=5,
            )
    for half, score in (("2025-H2", 3.5), ("2026-H1", 4.5)):
        yield Review(
            employee_id="E0002",
            half=half,
            score=score,
            summary_en=f"Good half: {half}.",
            summary_ko=f"좋은 반기: {half}.",
        )
    for start, amount in (("2024-01-01", 62_000_000), ("2026-01-01", 66_000_000)):
        yield Salary(employee_id="E0002", effective_from=date.fromisoformat(start), annual_krw=amount)
