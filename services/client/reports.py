"""Makes reports on clients."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import ConfigDict, Field

from narutalk.languages import Language
from services.agent_server.auth import Caller
from services.agent_server.error_answers import ErrorAnswer
from services.client.requests import tool_errors_as_http
from services.client.resources import ClientResources, resources
from services.openapi import Responses
from services.reports import ReportInfo
from tools.clients.reports.drafts import draft_report
from tools.clients.reports.requests import ReportWanted
from tools.reports.files import ReportFormat

router = APIRouter(tags=["reports"])

REFUSED: Responses = {
    403: {"model": ErrorAnswer, "description": "`forbidden`: of no role that reads client data"}
}


class ReportRequest(ReportWanted):
    """What the report is about, and the format and language of its file."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"kind": "sales", "region": "Busan", "period": "2026-Q3", "format": "pdf"},
                {"kind": "receivables", "format": "xlsx", "language": "ko"},
            ]
        },
    )

    format: ReportFormat = Field(default="pdf")
    language: Language = Language.EN


@router.post("/reports", status_code=201, responses=REFUSED)
def make_report(
    opened: Annotated[ClientResources, Depends(resources)], caller: Caller, asked: ReportRequest
) -> ReportInfo:
    """Make a report on the clients that the caller may see."""
    with tool_errors_as_http():
        draft = draft_report(opened.store, caller, asked, asked.language)
    return ReportInfo.of(opened.reports.make(caller.user_id, caller.username, draft, asked.format))
