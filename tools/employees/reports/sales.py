"""Sales against target: by month, region and person, beside the period before."""

from tools.employees.analysis import AnalysisType, SalesAnalysis, analyse
from tools.employees.arguments import DevelopmentArgs
from tools.employees.coverage import UsedPeriod
from tools.employees.development_work import DevelopmentWork
from tools.employees.records import SalesFigures
from tools.employees.reports.requests import Request
from tools.employees.wording import month
from tools.reports.content import Cell, Chart, Column, Figure, Kind, Section, Shape, Table
from tools.reports.drafting import with_queries
from tools.series_wording import seasons_told, trend_told

MAX_COLUMN_MONTHS = 12


def used_period(request: Request) -> UsedPeriod:
    """Return the period of the figures."""
    return request.store.sales.period(request.period)


def sections(request: Request) -> list[Section]:
    """Return the parts of a report on sales."""
    found = [with_queries(lambda: _overview(request))]
    if found[0].tables:
        found.append(with_queries(lambda: _development(request)))
    return found


def _overview(request: Request) -> Section:
    found = analyse(
        request.store,
        request.identity,
        request.subject,
        AnalysisType.PERFORMANCE,
        request.period,
        request.language,
    )
    sales = found.sales
    figures = _figures(sales, request) if sales else ()
    if found.headcount is not None:
        people = Figure(request.say("People now", "현재 인원"), found.headcount, Kind.COUNT)
        figures = (*figures, people)
    return Section(
        title=request.say("Sales and target", "매출과 목표"),
        text=found.text,
        figures=figures,
        tables=_tables(sales, request) if sales else (),
        method=request.say(
            "Sales are the amounts booked to each employee by month; attainment is sales divided by the "
            "target of the same months. A period counts every month that it touches. Growth compares with "
            "the period of the same length just before.",
            "매출은 직원별 월 매출 합계이고, 달성률은 매출을 같은 달의 목표로 나눈 값입니다. "
            "기간이 걸친 달은 모두 셉니다. 증감은 바로 앞의 같은 길이 기간과 비교합니다.",
        ),
    )


def _figures(sales: SalesAnalysis, request: Request) -> tuple[Figure, ...]:
    total, growth = sales.total, sales.growth_percent
    return (
        Figure(request.say("Sales", "매출"), total.amount_krw, Kind.MONEY),
        Figure(request.say("Target", "목표"), total.target_krw, Kind.MONEY),
        Figure(request.say("Attainment", "목표 달성률"), _share(total.attainment_percent), Kind.SHARE),
        Figure(request.say("Against before", "직전 기간 대비"), _share(growth), Kind.CHANGE),
    )


def _tables(sales: SalesAnalysis, request: Request) -> tuple[Table, ...]:
    shape: Shape = "lines" if len(sales.months) > MAX_COLUMN_MONTHS else "columns"
    tables = [
        Table(
            request.say("By month", "월별 실적"),
            _columns(request, "Month", "월"),
            tuple((month(entry.month), *_cells(entry)) for entry in sales.months),
            Chart(request.say("Sales and target by month", "월별 매출과 목표"), (1, 2), shape),
        )
    ]
    if len(sales.groups) > 1:
        rows = [(request.say(group.name_en, group.name_ko), *_cells(group)) for group in sales.groups]
        title = request.say("Sales and target by region", "지역별 매출과 목표")
        tables.append(
            Table(
                request.say("By region", "지역별 실적"),
                _columns(request, "Region", "지역"),
                tuple(rows),
                Chart(title, (1, 2)),
            )
        )
    if sales.top:
        people = [
            (f"{entry.rank}. {entry.person.name(request.language)} ({entry.person.id})", *_cells(entry))
            for entry in sales.top
        ]
        title = request.say("Top people", "매출 상위 직원")
        tables.append(Table(title, _columns(request, "Name", "이름"), tuple(people)))
    return tuple(tables)


def _development(request: Request) -> Section:
    subject = request.subject
    args = DevelopmentArgs(
        employee=subject.person.id if subject.person else None,
        department=subject.scope.department.code if subject.scope.department else None,
        region=subject.scope.region.code if subject.scope.region else None,
    )
    found = DevelopmentWork(request.store).development(request.identity, args)
    rows = tuple((month(point.month), point.amount_krw) for point in found.figures.months)
    table = Table(
        request.say("All months with data", "자료가 있는 모든 달"),
        (Column(request.say("Month", "월")), Column(request.say("Sales (KRW)", "매출(원)"), Kind.MONEY)),
        rows,
        Chart(request.say("Sales by month", "월별 매출"), (1,), "lines", max_rows=len(rows)),
    )
    return Section(
        title=request.say("Development over all months", "전체 기간 추이"),
        text=f"{trend_told(found.figures, request.language)} {seasons_told(found.figures, request.language)}",
        tables=(table,),
        method=request.say(
            "Trend: the slope of the least-squares line over all months. Seasonality: ratio to the centred "
            "12-month moving average (classical decomposition).",
            "추세는 모든 달에 대한 최소제곱 직선의 기울기, 계절성은 중심화한 12개월 이동평균에 대한 "
            "비율(고전적 분해)입니다.",
        ),
    )


def _columns(request: Request, english: str, korean: str) -> tuple[Column, ...]:
    return (
        Column(request.say(english, korean)),
        Column(request.say("Sales (KRW)", "매출(원)"), Kind.MONEY),
        Column(request.say("Target (KRW)", "목표(원)"), Kind.MONEY),
        Column(request.say("Attainment", "달성률"), Kind.SHARE),
    )


def _cells(figures: SalesFigures) -> tuple[Cell, ...]:
    return figures.amount_krw, figures.target_krw, _share(figures.attainment_percent)


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100
