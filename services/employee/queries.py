"""What the employee service's lists are filtered and sorted by."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from services.employee.subjects import find_manager, find_scope
from services.paging import MAX_SORT_CHARS, SORT_TEXT, ListQuery
from tools.employees.directory import PEOPLE_ORDERS, Filters
from tools.employees.models import EmployeeStatus, Position
from tools.employees.publications import PUBLISHED_ORDERS
from tools.employees.store import EmployeeStore
from tools.keyset import Keyset

PERIOD_TEXT = (
    "2026-Q3, 2026-10, 2025, last_month, year_to_date, 2026-01-01..2026-03-31 …; "
    "the newest year to date when left out."
)


def _sort(orders: Keyset, example: str) -> Any:
    text = f"{SORT_TEXT} {', '.join(orders.names)}. Left out: {orders.default}."
    return Field(None, min_length=1, max_length=MAX_SORT_CHARS, description=text, examples=[example])


Department = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=80,
        description="A department's code, or its name in either language.",
        examples=["Sales", "영업부"],
    ),
]
Region = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=80,
        description="A region's code, or its name in either language.",
        examples=["Busan", "부산"],
    ),
]
Rank = Annotated[Position | None, Field(description="A rank.", examples=[Position.MANAGER])]
PeriodText = Annotated[
    str | None, Field(min_length=1, max_length=40, description=PERIOD_TEXT, examples=["2026-Q3"])
]


class EmployeesQuery(ListQuery):
    """Which employees."""

    name: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=80,
            description="An id, a name in Korean or Latin letters, or a part of one. The order, spaces, "
            "hyphens and the usual spellings do not matter, nor does a slip in a longer name.",
            examples=["김민수", "kim min-soo", "Gim Minsu"],
        ),
    ] = None
    department: Department = None
    region: Region = None
    position: Rank = None
    manager: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=80,
            description="Whom they report to directly: an id or a name.",
            examples=["E0001", "박지훈"],
        ),
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
    sort: str | None = _sort(PEOPLE_ORDERS, "-hire_date,name_ko")

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

    sort: str | None = _sort(PUBLISHED_ORDERS, "title")
