"""Makes reports on employees."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import ConfigDict, Field

from services.agent_server.auth import Caller
from services.agent_server.error_answers import ErrorAnswer
from services.employee.resources import EmployeeResources, resources
from services.employee.schemas import SubjectRequest
from services.employee.subjects import find_person, tool_errors_as_http
from services.openapi import Responses
from services.reports import ReportInfo
from tools.employees.reports.drafts import draft_report
from tools.employees.reports.requests import ReportKind, ReportWanted
from tools.reports.files import ReportFormat

router = APIRouter(tags=["reports"])

REFUSED: Responses = {
    403: {"model": ErrorAnswer, "description": "`forbidden`: figures that this person may not see"}
}


class ReportRequest(SubjectRequest):
    """What the report is about, and the format of its file."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"kind": "sales", "department": "Sales", "period": "2026-Q3", "format": "pdf"},
                {"kind": "attendance", "region": "부산", "format": "xlsx", "language": "ko"},
            ]
        },
    )

    kind: ReportKind = ReportKind.SALES
    format: ReportFormat = Field(default="pdf")


@router.post("/reports", status_code=201, responses=REFUSED)
def make_report(
    opened: Annotated[EmployeeResources, Depends(resources)], caller: Caller, asked: ReportRequest
) -> ReportInfo:
    """Make a report of sales, attendance, reviews, or attrition and tenure, with the caller's rights."""
    person = find_person(opened.store, asked.employee_id) if asked.employee_id else None
    wanted = ReportWanted(
        kind=asked.kind,
        employee=person.id if person else None,
        department=asked.department,
        region=asked.region,
        period=asked.period,
    )
    with tool_errors_as_http():
        draft = draft_report(opened.store, caller, wanted, asked.language)
    return ReportInfo.of(opened.reports.make(caller.user_id, caller.username, draft, asked.format))
