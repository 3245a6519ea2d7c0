"""Reports that are published for everyone: written once for each approved call, and read."""

import json
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Engine, Row, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import sessionmaker

from narutalk.errors import NotFound
from narutalk.identity import Identity
from narutalk.languages import Language
from tools.changing import ApprovedCall
from tools.employees.analysis import Analysis
from tools.employees.models import EmployeeBase, PublishedReport
from tools.employees.refusals import refusal
from tools.keyset import Keyset, Listed, PageRequest, counted


class Publication(BaseModel):
    """A published report; ``published_at`` is in UTC."""

    id: str
    title: str
    language: Language
    period_start: date
    period_end: date
    text: str
    figures: dict[str, Any]
    published_by: str
    published_at: datetime


_PUBLISHED = EmployeeBase.metadata.tables[PublishedReport.__tablename__]
PUBLISHED_ORDERS = Keyset(
    {name: _PUBLISHED.c[name] for name in ("id", "published_at", "title")}, default="-published_at,id"
)


class Publications:
    """The published reports. It checks no rights: the tool does, and everyone may read them.

    Args:
        engine: Over the employee database, to be written to; the caller disposes of it.
    """

    def __init__(self, engine: Engine) -> None:
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    def publish(
        self, title: str, analysis: Analysis, language: Language, identity: Identity, call: ApprovedCall
    ) -> Publication:
        """Publish an analysis; when the call's key is known, return what was published then.

        Raises:
            TellTheModel: ``report_published``: somebody published the same.
        """
        report = PublishedReport(
            id=call.key,
            digest=_digest(title, analysis),
            title=title,
            language=language,
            period_start=analysis.used.start,
            period_end=analysis.used.end,
            text=analysis.text,
            figures=analysis.model_dump(mode="json"),
            reason=call.question,
            asked_by_id=call.asked_by_id,
            published_by_id=identity.user_id,
            published_by=identity.username,
            published_at=datetime.now(UTC).replace(tzinfo=None),
        )
        try:
            with self._sessions.begin() as session:
                session.add(report)
        except IntegrityError as error:
            if known := self.find(call.key):
                return known
            raise published_already() from error
        return _publication(report)

    def find(self, report_id: str) -> Publication | None:
        """Return a published report; None when there is none."""
        with self._sessions() as session:
            report = session.get(PublishedReport, report_id)
        return _publication(report) if report else None

    def get(self, report_id: str) -> Publication:
        """Return a published report.

        Raises:
            NotFound: ``report_not_found``.
        """
        found = self.find(report_id)
        if found is None:
            raise NotFound("report")
        return found

    def is_published(self, title: str, analysis: Analysis) -> bool:
        """Whether a report that says the same is there."""
        with self._sessions() as session:
            same = select(PublishedReport.id).where(PublishedReport.digest == _digest(title, analysis))
            return session.scalar(same) is not None

    def list(self, asked: PageRequest) -> Listed[Publication]:
        """Return a page of published reports, the newest first unless another order is asked for."""
        every = select(_PUBLISHED)
        with self._sessions() as session:
            page = PUBLISHED_ORDERS.page(session.connection(), every, asked)
            total = counted(session.connection(), every, asked)
        return Listed([_publication(row) for row in page.rows], page.next_cursor, total)


def published_already() -> Exception:
    """Return the error of a report that is there already."""
    return refusal(
        "This report is published already.", "이 보고서는 이미 게시되어 있습니다.", reason="report_published"
    )


def _digest(title: str, analysis: Analysis) -> str:
    said = json.dumps([title, analysis.model_dump(mode="json")], sort_keys=True)
    return sha256(said.encode()).hexdigest()


def _publication(report: PublishedReport | Row[Any]) -> Publication:
    given = {name: getattr(report, name) for name in Publication.model_fields}
    return Publication.model_validate({**given, "published_at": report.published_at.replace(tzinfo=UTC)})
