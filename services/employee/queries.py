"""What the employee service's lists are filtered and sorted by."""

from datetime import date
from typing import Annotated

from pydantic import Field

from services.employee.subjects import find_manager, find_scope
from services.paging import ListQuery, sorted_by, text_filter
from tools.employees.directory import PEOPLE_ORDERS, Filters
from tools.employees.models import EmployeeStatus, Position
from tools.employees.publications import PUBLISHED_ORDERS
from tools.employees.store import EmployeeStore

PERIOD_TEXT = (
    "2026-Q3, 2026-10, 2025, last_month, year_to_date, 2026-01-01..2026-03-31 …; "
    "the newest year to date when left out."
)


Department = Annotated[
    str | None,
    text_filter("A department's code, or its name in either language.", "Sales", "영업부"),
]
Region = Annotated[
    str | None,
    text_filter("A region's code, or its name in either language.", "Busan", "부산"),
]
Rank = Annotated[Position | None, Field(description="A rank.", examples=[Position.MANAGER])]
PeriodText = Annotated[str | None, text_filter(PERIOD_TEXT, "2026-Q3", longest=40)]


class EmployeesQuery(ListQuery):
    """Which employees."""

    name: Annotated[
        str | None,
        text_filter(
            "An id, a name in Korean or Latin letters, or a part of one. The order, spaces, "
            "hyphens and the usual spellings do not matter, nor does a slip in a longer name.",
            "김민수",
            "kim min-soo",
            "Gim Minsu",
        ),
    ] = None
    department: Department = None
    region: Region = None
    position: Rank = None
    manager: Annotated[
        str | None,
        text_filter("Whom they report to directly: an id or a name.", "E0001", "박지훈"),
    ] = None
    status: Annotated[EmployeeStatus | None, Field(description="All, those who left too, when left out.")] = (
        None
    )
    hired_from: Annotated[
        date | None, Field(description="Hired on this day, or later.", examples=["2025-01-01"])
    ] = None
    hired_to: Annotated[
        date | None, Field(description="Hired on this day, or earlier.", examples=["2025-12-31"])
    ] = None
    sort: str | None = sorted_by(PEOPLE_ORDERS, "-hire_date,name_ko")

    def filter(self, store: EmployeeStore) -> Filters:
        scope = find_scope(store, self.department, self.region, self.position)
        return Filters(
            department=scope.department.code if scope.department else None,
            region=scope.region.code if scope.region else None,
            position=self.position,
            manager_id=find_manager(store, self.manager),
            status=self.status,
            hired_from=self.hired_from,
            hired_to=self.hired_to,
        )


class PublishedReportsQuery(ListQuery):
    """Which published reports."""

    sort: str | None = sorted_by(PUBLISHED_ORDERS, "title")
