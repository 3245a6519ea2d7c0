"""The employee agent's tool that makes a report."""

from langchain_core.tools import BaseTool
from pydantic import Field

from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.offline.finders import choice
from narutalk.offline.hints import OfflineHints
from tools.employees.citing import cite
from tools.employees.hints import build_hints
from tools.employees.reports.drafts import draft_report
from tools.employees.reports.requests import ReportKind, ReportWanted
from tools.employees.store import EmployeeStore
from tools.reports.asking import FORMAT, LANGUAGE, asks_for_report, find_format, find_language
from tools.reports.files import ReportFiles, ReportFormat
from tools.reports.tool import MadeReport
from tools.tool import build_tool

EN, KO = Language.EN, Language.KO
SERVICE = "employee"
_TABLES = {
    ReportKind.SALES: ("Monthly sales", "monthly_sales"),
    ReportKind.ATTENDANCE: ("Attendance", "attendance"),
    ReportKind.REVIEWS: ("Performance reviews", "reviews"),
    ReportKind.TURNOVER: ("Employee directory", "employees"),
}
_KINDS = {
    ReportKind.ATTENDANCE.value: ("attendance", "overtime", "근태", "출근", "초과근무"),
    ReportKind.REVIEWS.value: ("performance reviews", "performance review", "reviews", "인사평가", "평가"),
    ReportKind.TURNOVER.value: (
        *("staff turnover", "staff", "attrition", "turnover", "tenure"),
        *("퇴사율", "이직률", "근속", "입퇴사", "직원 현황", "인원 현황"),
    ),
    ReportKind.SALES.value: ("sales performance", "performance", "sales", "매출 실적", "매출", "실적"),
}


class MakeReportArgs(ReportWanted):
    """Arguments of `make_employee_report`."""

    format: ReportFormat = Field(default="pdf", description=FORMAT)
    language: Language = Field(description=LANGUAGE)


def build_report_tool(store: EmployeeStore, files: ReportFiles) -> BaseTool:
    """Return the tool; the report is the caller's own."""

    def make(identity: Identity, wanted: MakeReportArgs) -> MadeReport:
        draft = draft_report(store, identity, wanted, wanted.language)
        report = files.make(identity.user_id, identity.username, draft, wanted.format)
        title, table = _TABLES[wanted.kind]
        made = MadeReport.of(SERVICE, report)
        return made.model_copy(update={"citations": [cite(title, table, draft.period_label)]})

    finders = build_hints(store.directory)["employee_sales"].finders
    return build_tool(
        make,
        name="make_employee_report",
        description="Make a report as a PDF, Excel or HTML file, with charts, for the person who asks: sales "
        "against target, attendance, reviews, or attrition and tenure, of an employee, a department, a "
        "region or the company. Use it only when a report or a file is asked for. Give the person the "
        "link exactly as it is returned.",
        args=MakeReportArgs,
        hints=OfflineHints(
            phrases={
                EN: [
                    "make a {kind} report {employee} {period} {format}",
                    "make me a report of {kind} {region} {period} {format}",
                    "prepare a report on {department} {period}",
                ],
                KO: [
                    "{employee} {period} {kind} 보고서 만들어 줘",
                    "{period} {region} {kind} 보고서를 {format} 만들어 줘",
                    "{department} {kind} 보고서 작성해 주세요",
                ],
            },
            finders={
                "language": find_language,
                "format": find_format,
                **finders,
                "kind": choice(_KINDS),
            },
            asked_for=asks_for_report,
        ),
    )
