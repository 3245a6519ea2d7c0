"""The reports that a service has made: listed, downloaded and deleted by their owners, and gone in time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime, timedelta
from typing import Annotated

import structlog
from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel

from narutalk.clock import COMPANY_TIME_ZONE
from narutalk.languages import Language
from narutalk.settings import Settings
from services.agent_server.auth import Caller
from services.agent_server.error_answers import ErrorAnswer
from tools.reports.files import MEDIA_TYPES, Report, ReportFiles, ReportFormat

MAX_LIMIT = 100
SWEEP_SECONDS = 3600.0
HEADERS = {
    "Cache-Control": "private, no-store",
    # A report that is opened in a browser runs nothing, whatever stands in it.
    "Content-Security-Policy": "default-src 'none'; font-src data:; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
}

log = structlog.get_logger(__name__)
router = APIRouter(tags=["reports"], responses={404: {"model": ErrorAnswer, "description": "No such report"}})


class ReportInfo(BaseModel):
    """A report's metadata, and where its file downloads; it is gone after ``expires_at``."""

    id: str
    kind: str
    title: str
    format: ReportFormat
    language: Language
    period_start: date | None
    period_end: date | None
    made_at: datetime
    expires_at: datetime
    size_bytes: int
    file_name: str
    url: str

    @classmethod
    def of(cls, report: Report) -> "ReportInfo":
        return cls(
            **report.model_dump(exclude={"period_start", "period_end"}),
            period_start=date.fromisoformat(report.period_start) if report.period_start else None,
            period_end=date.fromisoformat(report.period_end) if report.period_end else None,
            file_name=report.file_name,
            url=f"/reports/{report.id}",
        )


class ReportPage(BaseModel):
    """The caller's own reports, the newest first; ``next_offset`` is None on the last page."""

    reports: list[ReportInfo]
    total: int
    limit: int
    offset: int
    next_offset: int | None


@asynccontextmanager
async def open_reports(settings: Settings, service: str) -> AsyncIterator[ReportFiles]:
    """Open the folder of a service's reports, and delete what has expired, at once and every hour."""
    files = ReportFiles(
        settings.data_dir / "reports" / service,
        lambda: datetime.now(COMPANY_TIME_ZONE),
        company=settings.company_name,
        lifetime=timedelta(days=settings.report_retention_days),
    )
    task = asyncio.create_task(_sweep(files), name="report-sweep")
    try:
        yield files
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def report_files(request: Request) -> ReportFiles:
    """Return the service's reports; a dependency of the routes."""
    files: ReportFiles = request.app.state.server.resources.reports
    return files


Files = Annotated[ReportFiles, Depends(report_files)]


@router.get("/reports")
def list_reports(
    files: Files,
    caller: Caller,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 20,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> ReportPage:
    """List the caller's own reports, newest first."""
    reports = files.list(caller.user_id)
    shown = reports[offset : offset + limit]
    following = offset + len(shown)
    return ReportPage(
        reports=[ReportInfo.of(report) for report in shown],
        total=len(reports),
        limit=limit,
        offset=offset,
        next_offset=following if shown and following < len(reports) else None,
    )


@router.get("/reports/{report_id}", response_class=FileResponse)
def download_report(
    files: Files,
    caller: Caller,
    report_id: str,
    file_format: Annotated[ReportFormat | None, Query(alias="format")] = None,
) -> FileResponse:
    """Download one of the caller's reports; 404 ``report_not_found`` when it has expired.

    ``format`` is that of the file: left out, the one that was asked for. Each says the same.
    """
    report = files.get(caller.user_id, report_id)
    wanted = file_format or report.format
    return FileResponse(
        files.path_in(caller.user_id, report, wanted),
        media_type=MEDIA_TYPES[wanted],
        filename=report.name_in(wanted),
        headers=HEADERS,
    )


@router.delete("/reports/{report_id}", status_code=204)
def delete_report(files: Files, caller: Caller, report_id: str) -> Response:
    """Delete one of the caller's reports."""
    files.delete(caller.user_id, report_id)
    return Response(status_code=204)


async def _sweep(files: ReportFiles) -> None:
    while True:
        try:
            deleted = await to_thread.run_sync(files.sweep)
        except OSError as error:
            log.warning("expired reports could not be deleted", exc_info=error)
        else:
            if deleted:
                log.info("expired reports deleted", count=deleted)
        await asyncio.sleep(SWEEP_SECONDS)
