"""The employee service's REST routes. Plain functions: FastAPI runs them in its thread pool."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.agent_server.auth import Caller
from services.agent_server.error_answers import ErrorAnswer
from services.conditional import ConditionalRoute
from services.employee import examples
from services.employee.analyses import InsightResponse, insight
from services.employee.queries import (
    Department,
    EmployeesQuery,
    PeriodText,
    PublishedReportsQuery,
    Rank,
    Region,
)
from services.employee.resources import EmployeeResources, resources
from services.employee.schemas import (
    MAX_LIMIT,
    AnalyzeRequest,
    AnalyzeResponse,
    EmployeeDetail,
    EmployeePage,
    InsightType,
    PublishedReportPage,
    StatsResponse,
)
from services.employee.statistics import collect_stats
from services.employee.subjects import find_person, find_scope, find_subject, tool_errors_as_http
from services.imports import add_import_routes
from services.openapi import Responses, answered, paged
from services.paging import link_next
from tools.employees.analysis import analyse
from tools.employees.grouping import GroupBy
from tools.employees.publications import Publication
from tools.imports.catalogue import EMPLOYEE_KINDS

router = APIRouter(tags=["employees"], route_class=ConditionalRoute)

Resources = Annotated[EmployeeResources, Depends(resources)]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many reports a page has at most.")]
Offset = Annotated[int, Query(ge=0, le=1_000_000, description="How many reports to leave out first.")]
ANALYSIS_REFUSED: Responses = {
    403: {"model": ErrorAnswer, "description": "`forbidden`: attendance that this person may not see"}
}
EmployeePath = Annotated[str, Path(max_length=64, description="An employee's id.", examples=["E0042"])]
ReportPath = Annotated[
    str, Path(max_length=64, description="A report's id.", examples=["r0f8e4a1c2b3d4e5f60718293a4b5c6d7"])
]


@router.get("/employees", summary="List employees", responses=paged("employees", examples.PERSON))
def list_employees(
    opened: Resources,
    _caller: Caller,
    request: Request,
    response: Response,
    asked: Annotated[EmployeesQuery, Query()],
) -> EmployeePage:
    """List employees, by id."""
    page = opened.store.directory.page(asked.filter(opened.store), asked.page(), name=asked.name)
    link_next(request, response, page.next_cursor)
    return EmployeePage(
        employees=page.records, limit=asked.limit, next_cursor=page.next_cursor, total=page.total
    )


@router.get(
    "/employees/{employee_id}",
    summary="Read an employee",
    responses=answered(examples.PERSON | {"reports": []}),
)
def read_employee(opened: Resources, _caller: Caller, employee_id: EmployeePath) -> EmployeeDetail:
    """Return an employee's directory entry with their direct reports; 404 ``employee_not_found``."""
    person = find_person(opened.store, employee_id)
    return EmployeeDetail(**person.model_dump(), reports=opened.store.directory.reports_of(person.id))


@router.get("/stats", summary="Figures by group", responses=answered(examples.STATS))
def read_stats(
    opened: Resources,
    caller: Caller,
    group_by: Annotated[GroupBy, Query(description="What the figures are broken down by.")] = (
        GroupBy.DEPARTMENT
    ),
    department: Department = None,
    region: Region = None,
    position: Rank = None,
    period: PeriodText = None,
) -> StatsResponse:
    """Return headcount, sales and attendance by department, region or position."""
    scope = find_scope(opened.store, department, region, position)
    with tool_errors_as_http():
        return collect_stats(opened.store, caller, group_by, scope, period)


@router.post(
    "/analyze", summary="Analyse employees", responses=answered(examples.ANALYSIS) | ANALYSIS_REFUSED
)
def analyze(opened: Resources, caller: Caller, asked: AnalyzeRequest) -> AnalyzeResponse | InsightResponse:
    """Analyse a person, a department, a region or the whole company over a period.

    Attendance of one person, or of too few, is for those who may see it: 403 ``forbidden`` for others who ask
    for nothing else, and withheld otherwise.
    """
    if isinstance(asked.analysis_type, InsightType):
        return insight(opened.store, caller, asked)
    subject = find_subject(opened.store, asked.employee_id, asked.department, asked.region)
    with tool_errors_as_http():
        found = analyse(opened.store, caller, subject, asked.analysis_type, asked.period, asked.language)
    return AnalyzeResponse.of(found, asked.language)


@router.get(
    "/published-reports", summary="List published reports", responses=paged("reports", examples.PUBLICATION)
)
def list_published_reports(
    opened: Resources,
    _caller: Caller,
    request: Request,
    response: Response,
    asked: Annotated[PublishedReportsQuery, Query()],
) -> PublishedReportPage:
    """List the reports that were published for everyone, the newest first."""
    page = opened.publications.list(asked.page())
    link_next(request, response, page.next_cursor)
    return PublishedReportPage(
        reports=page.records, limit=asked.limit, next_cursor=page.next_cursor, total=page.total
    )


@router.get(
    "/published-reports/{report_id}",
    summary="Read a published report",
    responses=answered(examples.PUBLICATION),
)
def read_published_report(opened: Resources, _caller: Caller, report_id: ReportPath) -> Publication:
    """Return a report that was published for everyone; 404 ``report_not_found``."""
    return opened.publications.get(report_id)


add_import_routes(
    router, EMPLOYEE_KINDS, what="employees, their sales, targets and attendance", who="HR and administrators"
)
