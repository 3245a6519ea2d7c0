"""The words that every report has, in each language."""

from datetime import datetime
from typing import NamedTuple

from narutalk.languages import Language
from tools.reports.content import Draft, Figure, ReportContent

EN, KO = Language.EN, Language.KO


class Words(NamedTuple):
    """The fixed words of a report."""

    period: str
    filters: str
    everything: str
    asked_by: str
    made: str
    kept_until: str
    rights: str
    contents: str
    appendix: str
    how: str
    queries: str
    parameters: str
    million: str
    currency: str
    cover: str
    page: str


WORDS = {
    EN: Words(
        period="Period",
        filters="Filter",
        everything="none",
        asked_by="Requested by",
        made="Made",
        kept_until="Kept until",
        rights="What is shown and what is withheld",
        contents="Contents",
        appendix="Appendix: how the figures were got",
        how="Definition",
        queries="Queries",
        parameters="Values",
        million="million KRW",
        currency="KRW",
        cover="Cover",
        page="Page {page} of {pages}",
    ),
    KO: Words(
        period="조회 기간",
        filters="조회 조건",
        everything="없음",
        asked_by="요청자",
        made="작성 일시",
        kept_until="보관 기한",
        rights="공개 범위와 비공개 항목",
        contents="목차",
        appendix="부록: 수치 산출 방법",
        how="정의",
        queries="조회문",
        parameters="값",
        million="백만 원",
        currency="원",
        cover="표지",
        page="{page} / {pages}쪽",
    ),
}
MIN_SECTIONS_WITH_CONTENTS = 3


def cover_facts(content: ReportContent) -> tuple[Figure, ...]:
    """Return what the title page tells beside the title."""
    words = WORDS[content.language]
    return (
        Figure(words.period, content.draft.period_label),
        Figure(words.filters, filters_told(content.draft)),
        Figure(words.asked_by, content.asked_by),
        Figure(words.made, _moment(content.made_at)),
        Figure(words.kept_until, _moment(content.expires_at)),
    )


def contents_of(content: ReportContent) -> list[str]:
    """Return the titles of the table of contents; empty for a short report, which needs none."""
    titles = [section.title for section in content.sections]
    if len(titles) < MIN_SECTIONS_WITH_CONTENTS:
        return []
    return [*titles, WORDS[content.language].appendix] if content.methods else titles


def filters_told(draft: Draft) -> str:
    """Return the filters in one line."""
    if not draft.filters:
        return WORDS[draft.language].everything
    return ", ".join(f"{entry.label}: {entry.text(draft.language)}" for entry in draft.filters)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} {at.tzname() or ''}".strip()
