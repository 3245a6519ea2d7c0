"""Where reports lie: a folder for each person, the file beside its metadata, until their time is over."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Literal
from uuid import uuid4

from pydantic import BaseModel, TypeAdapter, ValidationError

from narutalk.errors import NotFound
from narutalk.languages import Language
from tools.reports.content import Draft, ReportContent
from tools.reports.html import render_html
from tools.reports.pdf import render_pdf
from tools.reports.xlsx import render_xlsx

ReportFormat = Literal["html", "pdf", "xlsx"]

MAX_KEPT = 200
"""Of one person; the oldest makes room for a new one."""
MAX_TITLE_IN_FILE_NAME = 80

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
_CONTENT: TypeAdapter[ReportContent] = TypeAdapter(ReportContent)
_ID = re.compile(r"r[0-9a-f]{32}")


class Report(BaseModel):
    """The metadata of a report.

    Attributes:
        id: Cannot be guessed.
        kind: What it is about, such as ``sales``.
        title: As in the file.
        format: Which file was asked for; the others are made when they are.
        period_start: ISO date; None, as `period_end`, where the figures are of one day.
        made_at: With the company's time zone, as `expires_at`.
        size_bytes: Of the file.
    """

    id: str
    kind: str
    title: str
    format: ReportFormat
    language: Language
    period_start: str | None
    period_end: str | None
    made_at: datetime
    expires_at: datetime
    size_bytes: int

    @property
    def file_name(self) -> str:
        """The name that a download of the file that was asked for gets."""
        return self.name_in(self.format)

    def name_in(self, file_format: ReportFormat) -> str:
        """Return the name that a download in some format gets."""
        subject = re.sub(r"[^\w-]+", "-", self.title)[:MAX_TITLE_IN_FILE_NAME].strip("-")
        days = [self.period_start or f"{self.made_at:%Y-%m-%d}", *filter(None, [self.period_end])]
        return f"{'-'.join([subject, *days])}.{file_format}"


class ReportFiles:
    """Reports by owner. What is not the caller's does not exist, nor does what has expired.

    Args:
        folder: Holds one folder for each owner.
        now: The time of day, with its zone.
        company: The company's name, for the title page.
        lifetime: How long a report is kept.
    """

    def __init__(
        self, folder: Path, now: Callable[[], datetime], *, company: str, lifetime: timedelta
    ) -> None:
        self._folder = folder
        self._now = now
        self._company = company
        self._lifetime = lifetime

    def make(self, owner_id: str, asked_by: str, draft: Draft, file_format: ReportFormat) -> Report:
        """Write a report's file and content, then its metadata; a report without metadata does not exist.

        Args:
            owner_id: Whose report it is.
            asked_by: The name of who asked for it, for the title page.
            draft: What it says.
            file_format: Of the file.
        """
        now = self._now()
        content = ReportContent(
            draft=draft,
            company=self._company,
            asked_by=asked_by,
            made_at=now,
            expires_at=now + self._lifetime,
        )
        body = _WRITERS[file_format](content)
        report = Report(
            id=f"r{uuid4().hex}",
            kind=draft.kind,
            title=draft.title,
            format=file_format,
            language=draft.language,
            period_start=draft.period.start.isoformat() if draft.period else None,
            period_end=draft.period.end.isoformat() if draft.period else None,
            made_at=content.made_at,
            expires_at=content.expires_at,
            size_bytes=len(body),
        )
        folder = self._owned(owner_id)
        folder.mkdir(parents=True, exist_ok=True)
        for oldest in self.list(owner_id)[MAX_KEPT - 1 :]:
            self._delete(folder, oldest.id)
        (folder / f"{report.id}.{file_format}").write_bytes(body)
        (folder / f"{report.id}.content").write_bytes(_CONTENT.dump_json(content))
        _write_whole(folder / f"{report.id}.json", report.model_dump_json().encode())
        return report

    def list(self, owner_id: str) -> list[Report]:
        """Return a person's reports, newest first; at most `MAX_KEPT`."""
        found = [self._read(path) for path in self._owned(owner_id).glob("r*.json")]
        return sorted((report for report in found if report), key=lambda report: report.made_at, reverse=True)

    def get(self, owner_id: str, report_id: str) -> Report:
        """Return a report.

        Raises:
            NotFound: ``report_not_found``: absent, expired, or somebody else's.
        """
        report = self._read(self._owned(owner_id) / f"{report_id}.json") if _ID.fullmatch(report_id) else None
        if report is None or not self.path(owner_id, report).is_file():
            raise NotFound("report")
        return report

    def path(self, owner_id: str, report: Report) -> Path:
        """Return where the file lies that was asked for."""
        return self._owned(owner_id) / f"{report.id}.{report.format}"

    def path_in(self, owner_id: str, report: Report, file_format: ReportFormat) -> Path:
        """Return where a report's file of some format lies; it is made when it is first asked for.

        All formats are made of the content that was kept, so that they say the same, of the same moment.

        Raises:
            NotFound: ``report_not_found``: the content was kept by another version of this program.
        """
        path = self._owned(owner_id) / f"{report.id}.{file_format}"
        if path.is_file():
            return path
        try:
            content = _CONTENT.validate_json(path.with_suffix(".content").read_bytes())
        except (FileNotFoundError, ValidationError) as error:
            raise NotFound("report") from error
        zone = self._now().tzinfo  # JSON knows the offset of a time, not the zone's name
        content = replace(
            content,
            made_at=content.made_at.astimezone(zone),
            expires_at=content.expires_at.astimezone(zone),
        )
        _write_whole(path, _WRITERS[file_format](content))
        return path

    def delete(self, owner_id: str, report_id: str) -> None:
        """Delete a report; raises as `get` does."""
        self._delete(self._owned(owner_id), self.get(owner_id, report_id).id)

    def sweep(self) -> int:
        """Delete the files of reports whose time is over, and of those that were never finished.

        Returns:
            How many reports were deleted.
        """
        return sum(self._delete(folder, report_id) for folder, report_id in self._over())

    def _over(self) -> Iterator[tuple[Path, str]]:
        now = self._now()
        for folder in self._folder.glob("*/"):
            for report_id in {path.name.partition(".")[0] for path in folder.glob("r*")}:
                metadata = folder / f"{report_id}.json"
                if metadata.exists():
                    if self._read(metadata) is None:
                        yield folder, report_id
                elif all(_age(path, now) > self._lifetime for path in folder.glob(f"{report_id}.*")):
                    yield folder, report_id

    def _delete(self, folder: Path, report_id: str) -> bool:
        # The metadata first: a report that is half deleted does not exist.
        paths = sorted(folder.glob(f"{report_id}.*"), key=lambda path: path.suffix != ".json")
        for path in paths:
            path.unlink(missing_ok=True)
        return bool(paths)

    def _owned(self, owner_id: str) -> Path:
        """Return a person's folder; an id that is no safe file name is hashed."""
        safe = re.fullmatch(r"[A-Za-z0-9_-]{1,64}", owner_id)
        return self._folder / (owner_id if safe else f"~{sha256(owner_id.encode()).hexdigest()}")

    def _read(self, path: Path) -> Report | None:
        """Return a report that still is; what cannot be read is none."""
        try:
            report = Report.model_validate_json(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValidationError):
            return None
        return report if report.expires_at > self._now() else None


def _write_whole(path: Path, body: bytes) -> None:
    """Write a file that is there with all that is in it, or not at all."""
    unfinished = path.with_name(f"{path.name}.{uuid4().hex}")
    unfinished.write_bytes(body)
    os.replace(unfinished, path)


def _age(path: Path, now: datetime) -> timedelta:
    try:
        return now - datetime.fromtimestamp(path.stat().st_mtime, tz=now.tzinfo)
    except FileNotFoundError:
        return timedelta(0)
