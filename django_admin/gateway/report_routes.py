"""Reports over the API: a person lists, downloads and deletes their own."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from ninja import Field, Query, Router

from django_admin.accounts.scopes import Scope
from django_admin.gateway.all_reports import AllReportsOut, list_all_reports
from django_admin.gateway.auth import caller_identity, open_to
from django_admin.gateway.conversations import DEFAULT_PAGE, MAX_OFFSET, PageLimit
from django_admin.gateway.reports import ReportFormat, ReportService, ReportsOut
from django_admin.gateway.state import gateway_of

router = Router(tags=["reports"])

Offset = Annotated[int, Field(ge=0, le=MAX_OFFSET)]


@router.get(
    "/reports",
    response=AllReportsOut,
    auth=open_to(Scope.REPORTS_READ),
    summary="List your reports of all services, the newest first",
    description="A service that does not answer is named in `unavailable`; when none does, the answer is the "
    "error.",
)
async def list_reports_of_all(
    request: HttpRequest, limit: PageLimit = DEFAULT_PAGE, offset: Offset = 0
) -> AllReportsOut:
    reports = gateway_of(request).reports
    return await list_all_reports(reports, await caller_identity(request), limit=limit, offset=offset)


@router.get(
    "/reports/{service}",
    response=ReportsOut,
    auth=open_to(Scope.REPORTS_READ),
    summary="List your reports, the newest first",
    description="`service` is `employee` or `client`: who made them.",
)
async def list_reports(
    request: HttpRequest, service: ReportService, limit: PageLimit = DEFAULT_PAGE, offset: Offset = 0
) -> ReportsOut:
    return await gateway_of(request).reports.list(
        await caller_identity(request), service, limit=limit, offset=offset
    )


@router.get(
    "/reports/{service}/{report_id}",
    auth=open_to(Scope.REPORTS_READ),
    summary="Download a report",
    description="`format` is that of the file: left out, the one that was asked for; each says the same. "
    "Answers `404 report_not_found` where there is none, where it has expired, or where it is somebody "
    "else's.",
)
async def download_report(
    request: HttpRequest,
    service: ReportService,
    report_id: str,
    file_format: Annotated[ReportFormat | None, Query(alias="format")] = None,
) -> StreamingHttpResponse:
    file = await gateway_of(request).reports.open_file(
        await caller_identity(request), service, report_id, file_format
    )
    # Always a download, so that nothing in it runs here.
    disposition = content_disposition_header(as_attachment=True, filename=file.name) or "attachment"
    headers = {
        "Content-Disposition": disposition,
        "Content-Security-Policy": "sandbox; default-src 'none'; font-src data:; style-src 'unsafe-inline'",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(file.chunks, content_type=file.content_type, headers=headers)


@router.delete(
    "/reports/{service}/{report_id}",
    response={204: None},
    auth=open_to(Scope.REPORTS_WRITE),
    summary="Delete a report",
    description="Answers `404 report_not_found` as the download does.",
)
async def delete_report(request: HttpRequest, service: ReportService, report_id: str) -> HttpResponse:
    await gateway_of(request).reports.delete(await caller_identity(request), service, report_id)
    return HttpResponse(status=204)
