"""The client of the reports that the employee and the client service have made."""

from collections.abc import Mapping
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import quote

import httpx
import structlog
from pydantic import BaseModel, ValidationError

from django_admin.gateway.documents import OriginalFile, chunks_of, file_name_in
from narutalk.errors import DeadlineExceeded, NaruTalkError, NotFound, Unavailable, UpstreamFailed
from narutalk.identity import Identity, TokenSigner

logger = structlog.get_logger(__name__)

ReportService = Literal["employee", "client"]
ReportFormat = Literal["html", "pdf", "xlsx"]
REPORT_SERVICES: tuple[ReportService, ...] = ("employee", "client")


class ReportOut(BaseModel):
    """A report; its file is gone after ``expires_at``."""

    id: str
    kind: str
    title: str
    format: ReportFormat
    language: Literal["en", "ko"]
    period_start: date | None
    period_end: date | None
    made_at: datetime
    expires_at: datetime
    size_bytes: int
    file_name: str


class ReportsOut(BaseModel):
    """One page of a person's reports, the newest first."""

    reports: list[ReportOut]
    total: int
    limit: int
    offset: int
    next_offset: int | None


class ReportClient:
    """Reads and deletes a person's own reports; the services know whose they are.

    Every method raises `Unavailable` ``reports_unavailable`` when the service does not answer,
    `DeadlineExceeded` when it takes too long, `UpstreamFailed` ``reports_failed`` when it answers something
    unexpected, and `NotFound` ``report_not_found`` for a report that is absent, expired, or somebody else's.

    Args:
        http: By service, with its base URL; the caller closes them.
        signer: Signs for whom each call is made.
    """

    def __init__(self, http: Mapping[ReportService, httpx.AsyncClient], signer: TokenSigner) -> None:
        self._http = http
        self._signer = signer

    async def list(
        self, identity: Identity, service: ReportService, *, limit: int, offset: int
    ) -> ReportsOut:
        """Return one page of a person's reports of a service."""
        params = {"limit": limit, "offset": offset}
        response = await self._send(identity, service, "GET", "/reports", params=params)
        try:
            return ReportsOut.model_validate_json(await response.aread())
        except httpx.TransportError as error:
            raise _not_reached(error) from error
        except ValidationError as error:
            logger.warning("a service listed its reports unexpectedly", service=service, error=str(error))
            raise _failed() from error
        finally:
            await response.aclose()

    async def open_file(
        self,
        identity: Identity,
        service: ReportService,
        report_id: str,
        file_format: ReportFormat | None = None,
    ) -> OriginalFile:
        """Return a report's file on its way through: that which was asked for, or another format."""
        params = {"format": file_format} if file_format else {}
        response = await self._send(identity, service, "GET", _path(report_id), params=params)
        name = file_name_in(response.headers.get("Content-Disposition", "")) or report_id
        content_type = response.headers.get("Content-Type", "application/octet-stream")
        return OriginalFile(name, content_type, chunks_of(response))

    async def delete(self, identity: Identity, service: ReportService, report_id: str) -> None:
        """Delete a report."""
        await (await self._send(identity, service, "DELETE", _path(report_id))).aclose()

    async def _send(
        self, identity: Identity, service: ReportService, method: str, path: str, **request: Any
    ) -> httpx.Response:
        """Return the answer to a request that was granted, its body still to be read."""
        http = self._http[service]
        signed = {"Authorization": f"Bearer {self._signer.sign(identity)}"}
        try:
            response = await http.send(
                http.build_request(method, path, headers=signed, **request), stream=True
            )
            if response.is_success:
                return response
            await response.aclose()
        except httpx.TransportError as error:
            raise _not_reached(error) from error
        raise _refused(response.status_code)


def _path(report_id: str) -> str:
    return f"/reports/{quote(report_id, safe='')}"


def _refused(status: int) -> NaruTalkError:
    if status == HTTPStatus.NOT_FOUND:
        return NotFound("report")
    logger.warning("a service refused a report", status=status)
    busy = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE)
    return _unavailable() if status in busy else _failed()


def _not_reached(error: httpx.TransportError) -> NaruTalkError:
    logger.warning("a service of reports was not reached", reason=repr(error))
    if isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout):
        return DeadlineExceeded("The service took too long.")
    return _unavailable()


def _unavailable() -> Unavailable:
    return Unavailable("Reports cannot be reached at the moment.", code="reports_unavailable")


def _failed() -> UpstreamFailed:
    return UpstreamFailed("The service could not do this.", code="reports_failed")
