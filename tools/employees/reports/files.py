"""Where reports lie: a folder for each person, the file beside its metadata."""

import os
import re
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from narutalk.errors import NotFound
from narutalk.languages import Language
from tools.employees.reports.content import ReportContent
from tools.employees.reports.html import render_html
from tools.employees.reports.pdf import render_pdf
from tools.employees.reports.xlsx import render_xlsx

ReportFormat = Literal["html", "pdf", "xlsx"]

_WRITERS: dict[ReportFormat, Callable[[ReportContent], bytes]] = {
    "html": render_html,
    "pdf": render_pdf,
    "xlsx": render_xlsx,
}
MEDIA_TYPES: dict[ReportFormat, str] = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_ID = re.compile(r"r[0-9a-f]{32}")


class Report(BaseModel):
    """The metadata of a report.

    Attributes:
        id: Cannot be guessed.
        title: As in the file.
        period_start: ISO date.
        period_end: ISO date.
        size_bytes: Of the file.
    """

    id: str
    title: str
    format: ReportFormat
    language: Language
    period_start: str
    period_end: str
    made_at: datetime
    size_bytes: int

    @property
    def file_name(self) -> str:
        """The name a download gets."""
        subject = re.sub(r"[^\w가-힣-]+", "-", self.title).strip("-")
        return f"{subject}-{self.period_start}-{self.period_end}.{self.format}"


class ReportFiles:
    """Reports by owner; what is not the caller's does not exist.

    Args:
        folder: Holds one folder for each owner.
        now: The time of day, with its zone.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self.now = now

    def save(
        self, owner_id: str, content: ReportContent, file_format: ReportFormat, period: tuple[str, str]
    ) -> Report:
        """Write a report's file, then its metadata; a report without metadata does not exist."""
        body = _WRITERS[file_format](content)
        report = Report(
            id=f"r{uuid4().hex}",
            title=content.title,
            format=file_format,
            language=content.language,
            period_start=period[0],
            period_end=period[1],
            made_at=self.now(),
            size_bytes=len(body),
        )
        folder = self._owned(owner_id)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{report.id}.{file_format}").write_bytes(body)
        draft = folder / f"{report.id}.json.new"
        draft.write_text(report.model_dump_json(), encoding="utf-8")
        os.replace(draft, folder / f"{report.id}.json")
        return report

    def list(self, owner_id: str) -> list[Report]:
        """Return a person's reports, newest first."""
        found = [self._read(path) for path in self._owned(owner_id).glob("r*.json")]
        return sorted((report for report in found if report), key=lambda report: report.made_at, reverse=True)

    def get(self, owner_id: str, report_id: str) -> Report:
        """Return a report.

        Raises:
            NotFound: ``report_not_found``: absent, or somebody else's.
        """
        path = self._owned(owner_id) / f"{report_id}.json"
        report = self._read(path) if _ID.fullmatch(report_id) else None
        if report is None:
            raise NotFound("report")
        return report

    def path(self, owner_id: str, report: Report) -> Path:
        """Return where a report's file lies."""
        return self._owned(owner_id) / f"{report.id}.{report.format}"

    def _owned(self, owner_id: str) -> Path:
        """Return a person's folder; an id that is no safe file name is hashed."""
        safe = re.fullmatch(r"[A-Za-z0-9_-]{1,64}", owner_id)
        return self._folder / (owner_id if safe else f"~{sha256(owner_id.encode()).hexdigest()}")

    def _read(self, path: Path) -> Report | None:
        try:
            return Report.model_validate_json(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValidationError):
            return None
