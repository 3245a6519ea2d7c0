"""A folder of reports whose clock a test sets, and a content with everything that is awkward in it."""

from datetime import date, datetime, timedelta
from pathlib import Path

from narutalk.clock import COMPANY_TIME_ZONE
from narutalk.languages import Language
from narutalk.sql_recording import RecordedQuery
from tools.periods import Period
from tools.reports.content import (
    Chart,
    Column,
    Draft,
    Figure,
    Kind,
    ReportContent,
    Section,
    Table,
)
from tools.reports.files import ReportFiles

MADE_AT = datetime(2026, 11, 22, 9, 30, tzinfo=COMPANY_TIME_ZONE)
LIFETIME = timedelta(days=30)
HOSTILE = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://bad")'
LONG = {
    Language.EN: "The Very Long Named Memorial University Hospital of Greater Busan and its Rehabilitation",
    Language.KO: "아주아주긴이름의종합병원부설연구소및재활의학센터부산광역시해운대구분원",
}


class Clock:
    """Says a moment that can be moved."""

    def __init__(self) -> None:
        self.now = MADE_AT

    def __call__(self) -> datetime:
        return self.now


def reports_in(folder: Path, clock: Clock | None = None) -> ReportFiles:
    """Return the reports of a folder."""
    return ReportFiles(folder / "reports", clock or Clock(), company="나루 Naru & Co.", lifetime=LIFETIME)


def wide_table(language: Language, rows: int = 60) -> Table:
    """Return a table with long names, many rows and more figures than a page is wide."""
    columns = (Column("Client"), *(Column(f"Net sales {place}", Kind.MONEY) for place in range(5)))
    cells = tuple(
        (f"{LONG[language]} {row}", *(12_345_678_901 + 7 * row + place for place in range(5)))
        for row in range(rows)
    )
    return Table("Wide", columns, cells, Chart("Wide", (1, 2), "bars", 10))


def draft(language: Language, *tables: Table, title: str = "Sales report: Busan", sections: int = 1) -> Draft:
    """Return a draft with some tables in each section."""
    section = Section(
        title="Overview",
        text=f"{HOSTILE} 그리고 text",
        figures=(Figure("Net sales", 1_234_567, Kind.MONEY), Figure("Change", None, Kind.CHANGE)),
        tables=tables,
        notes=("A note.",),
        method="Sums of the month.",
        queries=(RecordedQuery(sql="SELECT sum(amount) FROM t WHERE region = ?", parameters=["BUS"]),),
    )
    return Draft(
        kind="sales",
        language=language,
        title=title,
        period_label="Q3 2026 (2026-07-01 – 2026-09-30)",
        period=Period(date(2026, 7, 1), date(2026, 9, 30)),
        filters=(Figure("Region", "Busan"),),
        rights=("Only clients of Busan.",),
        sections=(section,) * sections,
    )


def content(language: Language, *tables: Table, sections: int = 1, asked_by: str = HOSTILE) -> ReportContent:
    """Return a whole report."""
    return ReportContent(
        draft=draft(language, *tables, sections=sections),
        company="나루 Naru & Co.",
        asked_by=asked_by,
        made_at=MADE_AT,
        expires_at=MADE_AT + LIFETIME,
    )
