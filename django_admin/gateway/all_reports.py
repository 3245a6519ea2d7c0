"""A person's reports of all services in one list."""

import asyncio

from pydantic import BaseModel

from django_admin.gateway.reports import REPORT_SERVICES, ReportClient, ReportOut, ReportService
from narutalk.errors import DeadlineExceeded, NaruTalkError, Unavailable, UpstreamFailed
from narutalk.identity import Identity

AT_ONCE, MAX_OF_A_SERVICE = 100, 1_000
"""A service keeps fewer of a person."""


class ReportOfService(ReportOut):
    """A report, and the service that made it."""

    service: ReportService


class AllReportsOut(BaseModel):
    """One page of a person's reports of all services, the newest first.

    Attributes:
        unavailable: The services that did not answer; theirs are not among the reports, nor in ``total``.
    """

    reports: list[ReportOfService]
    total: int
    limit: int
    offset: int
    next_offset: int | None
    unavailable: list[ReportService]


async def list_all_reports(
    client: ReportClient, identity: Identity, *, limit: int, offset: int
) -> AllReportsOut:
    """Return one page of a person's reports of all services.

    Raises:
        NaruTalkError: No service answered; as `ReportClient` raises it.
    """
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(_every(client, identity, service)) for service in REPORT_SERVICES]
    answers = dict(zip(REPORT_SERVICES, (task.result() for task in asked), strict=True))
    failures = {service: kept for service, kept in answers.items() if isinstance(kept, NaruTalkError)}
    if len(failures) == len(REPORT_SERVICES):
        raise next(iter(failures.values()))
    reports = [
        ReportOfService(service=service, **report.model_dump())
        for service, kept in answers.items()
        if not isinstance(kept, NaruTalkError)
        for report in kept
    ]
    reports.sort(key=lambda report: (report.made_at, report.id, report.service), reverse=True)
    shown = reports[offset : offset + limit]
    following = offset + len(shown)
    return AllReportsOut(
        reports=shown,
        total=len(reports),
        limit=limit,
        offset=offset,
        next_offset=following if shown and following < len(reports) else None,
        unavailable=list(failures),
    )


async def _every(
    client: ReportClient, identity: Identity, service: ReportService
) -> list[ReportOut] | NaruTalkError:
    """Return a person's reports of a service, or why there are none."""
    reports: list[ReportOut] = []
    offset: int | None = 0
    try:
        while offset is not None and len(reports) < MAX_OF_A_SERVICE:
            page = await client.list(identity, service, limit=AT_ONCE, offset=offset)
            reports += page.reports
            offset = page.next_offset
    except (Unavailable, DeadlineExceeded, UpstreamFailed) as error:
        return error
    return reports
