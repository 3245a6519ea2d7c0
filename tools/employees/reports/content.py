"""What a performance report says, whatever the file format."""

from dataclasses import dataclass
from datetime import datetime

from narutalk.languages import Language
from tools.employees.analysis import Analysis, SalesAnalysis
from tools.employees.records import SalesFigures
from tools.employees.wording import krw, month, percent

KO = Language.KO
MILLION = 1_000_000


@dataclass(frozen=True)
class Figure:
    """One number that stands out, with its label."""

    label: str
    value: str


Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        title: Stands above it.
        header: One title per column.
        rows: Text, whole KRW (int), or a share of 1 (float); None where there is nothing.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def text_rows(self) -> list[list[str]]:
        """Return the rows as people read them: money with separators, shares in percent."""
        return [[cell_text(cell) for cell in row] for row in self.rows]


@dataclass(frozen=True)
class Chart:
    """Sales against target, in millions of KRW.

    Attributes:
        title: Stands above it, with the unit.
        categories: Months or regions, in order.
        series: By name, as many values as there are categories.
        kind: Grouped columns or lines.
    """

    title: str
    categories: tuple[str, ...]
    series: tuple[tuple[str, tuple[float, ...]], ...]
    kind: str = "columns"


@dataclass(frozen=True)
class ReportContent:
    """A whole report."""

    language: Language
    title: str
    subtitle: str
    made: str
    figures: tuple[Figure, ...]
    summary: str
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]


def cell_text(cell: Cell) -> str:
    """Return a cell as people read it."""
    if cell is None:
        return "—"
    if isinstance(cell, float):
        return percent(100 * cell)
    return f"{cell:,}" if isinstance(cell, int) else cell


def build_content(
    analysis: Analysis, *, asked_by: str, made_at: datetime, language: Language
) -> ReportContent:
    """Return the content of a performance report.

    Args:
        analysis: With its sales.
        asked_by: The name of who asked for the report.
        made_at: When it is made, in the company's time zone.
        language: Of everything in it.
    """
    who = analysis.subject.label(language)
    stamp = f"{made_at:%Y-%m-%d %H:%M} {made_at.tzname() or ''}".strip()
    sales = analysis.sales
    return ReportContent(
        language=language,
        title=f"{who} 실적 보고서" if language is KO else f"Performance report: {who}",
        subtitle=analysis.used.label(language),
        made=f"{stamp} 작성, 요청자 {asked_by}" if language is KO else f"Made {stamp} for {asked_by}",
        figures=_figures(analysis, language),
        summary=analysis.text,
        charts=_charts(sales, language) if sales else (),
        tables=_tables(sales, language) if sales else (),
    )


def _figures(analysis: Analysis, language: Language) -> tuple[Figure, ...]:
    korean = language is KO
    figures = []
    if analysis.sales:
        total, growth = analysis.sales.total, analysis.sales.growth_percent
        figures += [
            Figure("매출" if korean else "Sales", krw(total.amount_krw, language)),
            Figure("목표" if korean else "Target", krw(total.target_krw, language)),
            Figure("목표 달성률" if korean else "Attainment", percent(total.attainment_percent)),
        ]
        if growth is not None:
            figures.append(Figure("직전 기간 대비" if korean else "Growth", f"{growth:+.1f}%"))
    if analysis.headcount is not None:
        figures.append(Figure("인원" if korean else "People", f"{analysis.headcount:,}"))
    return tuple(figures)


def _charts(sales: SalesAnalysis, language: Language) -> tuple[Chart, ...]:
    unit = "백만 원" if language is KO else "million KRW"
    by_month = Chart(
        title=f"월별 매출과 목표({unit})" if language is KO else f"Sales and target by month ({unit})",
        categories=tuple(month(entry.month) for entry in sales.months),
        series=_series(list(sales.months), language),
        kind="lines" if len(sales.months) > 12 else "columns",
    )
    if len(sales.groups) < 2:
        return (by_month,)
    by_region = Chart(
        title=f"지역별 매출과 목표({unit})" if language is KO else f"Sales and target by region ({unit})",
        categories=tuple(group.name_ko if language is KO else group.name_en for group in sales.groups),
        series=_series(list(sales.groups), language),
    )
    return (by_month, by_region)


def _series(entries: list[SalesFigures], language: Language) -> tuple[tuple[str, tuple[float, ...]], ...]:
    names = ("매출", "목표") if language is KO else ("Sales", "Target")
    return (
        (names[0], tuple(entry.amount_krw / MILLION for entry in entries)),
        (names[1], tuple(entry.target_krw / MILLION for entry in entries)),
    )


def _tables(sales: SalesAnalysis, language: Language) -> tuple[Table, ...]:
    korean = language is KO
    columns = ("매출(원)", "목표(원)", "달성률") if korean else ("Sales (KRW)", "Target (KRW)", "Attainment")
    tables = [
        Table(
            "월별 실적" if korean else "By month",
            ("월" if korean else "Month", *columns),
            tuple((month(entry.month), *_cells(entry)) for entry in sales.months),
        )
    ]
    if len(sales.groups) > 1:
        rows = tuple((group.name_ko if korean else group.name_en, *_cells(group)) for group in sales.groups)
        heading = "지역" if korean else "Region"
        tables.append(Table("지역별 실적" if korean else "By region", (heading, *columns), rows))
    if sales.top:
        rows = tuple(
            (f"{entry.rank}. {entry.person.name(language)} ({entry.person.id})", *_cells(entry))
            for entry in sales.top
        )
        tables.append(
            Table(
                "매출 상위 직원" if korean else "Top people",
                ("이름" if korean else "Name", *columns),
                rows,
            )
        )
    return tuple(tables)


def _cells(figures: SalesFigures) -> tuple[int, int, float | None]:
    attained = figures.attainment_percent
    return figures.amount_krw, figures.target_krw, None if attained is None else attained / 100
