"""The employee service's REST routes. Plain functions: FastAPI runs them in its thread pool."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from services.agent_server.auth import Caller
from services.employee.resources import EmployeeResources, resources
from services.employee.schemas import (
    MAX_LIMIT,
    PERIOD_TEXT,
    AnalyzeRequest,
    AnalyzeResponse,
    EmployeeDetail,
    EmployeePage,
    PublishedReportPage,
    StatsResponse,
    next_offset,
)
from services.employee.statistics import collect_stats
from services.employee.subjects import find_person, find_scope, find_subject, tool_errors_as_http
from services.imports import (
    IMPORT_REFUSED,
    ImportHistory,
    ImportKinds,
    import_body,
    import_upload,
    importable,
    imported,
)
from tools.employees.analysis import analyse
from tools.employees.directory import Filters
from tools.employees.grouping import GroupBy
from tools.employees.models import EmployeeStatus, Position
from tools.employees.publications import Publication
from tools.imports.catalogue import EMPLOYEE_KINDS
from tools.imports.importer import ImportResult

router = APIRouter(tags=["employees"])

Resources = Annotated[EmployeeResources, Depends(resources)]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]
Department = Annotated[str | None, Query(min_length=1, max_length=80, examples=["Sales"])]
Region = Annotated[str | None, Query(min_length=1, max_length=80, examples=["Busan", "부산"])]
PeriodText = Annotated[
    str | None, Query(min_length=1, max_length=40, description=PERIOD_TEXT, examples=["2026-Q3"])
]


@router.get("/employees")
def list_employees(
    opened: Resources,
    _caller: Caller,
    name: Annotated[str | None, Query(min_length=1, max_length=80, examples=["김민수"])] = None,
    department: Department = None,
    region: Region = None,
    position: Position | None = None,
    status: EmployeeStatus | None = None,
    hired_from: date | None = None,
    hired_to: date | None = None,
    limit: Limit = 20,
    offset: Offset = 0,
) -> EmployeePage:
    """List employees by id; ``name`` is part of a name in either script, or a name as people write it."""
    scope = find_scope(opened.store, department, region, position)
    filters = Filters(
        department=scope.department.code if scope.department else None,
        region=scope.region.code if scope.region else None,
        position=position,
        status=status,
        hired_from=hired_from,
        hired_to=hired_to,
    )
    page = opened.store.directory.search(filters, name=name, limit=limit, offset=offset)
    return EmployeePage(
        employees=page.people,
        total=page.total,
        limit=limit,
        offset=offset,
        next_offset=next_offset(offset, len(page.people), page.total),
    )


@router.get("/employees/{employee_id}")
def read_employee(opened: Resources, _caller: Caller, employee_id: str) -> EmployeeDetail:
    """Return an employee's directory entry with their direct reports."""
    person = find_person(opened.store, employee_id)
    return EmployeeDetail(**person.model_dump(), reports=opened.store.directory.reports_of(person.id))


@router.get("/stats")
def read_stats(
    opened: Resources,
    caller: Caller,
    group_by: GroupBy = GroupBy.DEPARTMENT,
    department: Department = None,
    region: Region = None,
    position: Position | None = None,
    period: PeriodText = None,
) -> StatsResponse:
    """Return headcount, sales and attendance by department, region or position."""
    scope = find_scope(opened.store, department, region, position)
    with tool_errors_as_http():
        return collect_stats(opened.store, caller, group_by, scope, period)


@router.post("/analyze")
def analyze(opened: Resources, caller: Caller, asked: AnalyzeRequest) -> AnalyzeResponse:
    """Analyse a person, a department, a region or the whole company over a period."""
    subject = find_subject(opened.store, asked.employee_id, asked.department, asked.region)
    with tool_errors_as_http():
        found = analyse(opened.store, caller, subject, asked.analysis_type, asked.period, asked.language)
    return AnalyzeResponse.of(found, asked.language)


@router.get("/published-reports")
def list_published_reports(
    opened: Resources, _caller: Caller, limit: Limit = 20, offset: Offset = 0
) -> PublishedReportPage:
    """List the reports that were published for everyone, the newest first."""
    page = opened.publications.list(limit=limit, offset=offset)
    return PublishedReportPage(
        reports=page.reports,
        total=page.total,
        limit=limit,
        offset=offset,
        next_offset=next_offset(offset, len(page.reports), page.total),
    )


@router.get("/published-reports/{report_id}")
def read_published_report(opened: Resources, _caller: Caller, report_id: str) -> Publication:
    """Return a report that was published for everyone."""
    return opened.publications.get(report_id)


@router.post("/import", openapi_extra=import_body(EMPLOYEE_KINDS), responses=IMPORT_REFUSED)
async def import_data(request: Request, opened: Resources, caller: Caller) -> ImportResult:
    """Import employees, their sales, targets and attendance from a CSV or XLSX file: all of it or nothing.

    With ``dry_run`` only say what would happen. Rows that are wrong are listed in ``problems``, and then
    nothing is written. For HR and administrators; 403 ``import_forbidden`` for others.
    """
    return await import_upload(request, caller, opened.imports)


@router.get("/import/kinds", responses=IMPORT_REFUSED)
def import_kinds(opened: Resources, caller: Caller) -> ImportKinds:
    """What can be imported here, and what its columns are called. As for ``POST /import``: 403 for others."""
    return importable(caller, opened.imports)


@router.get("/imports", responses=IMPORT_REFUSED)
def import_history(
    opened: Resources, caller: Caller, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> ImportHistory:
    """The last imports, the newest first, whoever made them; for those who may import, 403 for others."""
    return imported(caller, opened.imports, limit=limit)
