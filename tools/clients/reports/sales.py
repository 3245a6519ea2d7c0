"""Net sales: by month, product, region, type and owner, each beside the period before."""

from functools import partial

from tools.clients import insights, lookups
from tools.clients.arguments import CompareClients, FollowSales, RankClients, SumSales
from tools.clients.records import SalesGroup, Total
from tools.clients.reports.requests import Request
from tools.clients.results.sales import GROUP_WORDS, NamedTotal, SalesTotals
from tools.clients.wording import paragraphs
from tools.reports.content import Cell, Chart, Column, Figure, Kind, Section, Table
from tools.reports.drafting import with_queries
from tools.series import growth
from tools.series_wording import missing_told, seasons_told, trend_told

FILTERS = ("region", "client_type", "product", "category", "owner")
MAX_ROWS = 100
MAX_CLIENTS = 20


def sections(request: Request) -> list[Section]:
    """Return the parts of a report on sales."""
    now = _totals(request, None)
    found = [with_queries(partial(_overview, request))]
    if not now.total.count:
        return found
    # Where one of something is asked for there is nothing to compare.
    filters = (
        (SalesGroup.PRODUCT, request.sales.product_code),
        (SalesGroup.REGION, request.sales.region_code),
        (SalesGroup.TYPE, request.sales.client_type),
        (SalesGroup.OWNER, request.sales.owner_id),
    )
    found += [with_queries(partial(_grouped, request, group)) for group, only in filters if only is None]
    found.append(with_queries(partial(_clients, request)))
    found.append(with_queries(partial(_trend, request)))
    return found


def _overview(request: Request) -> Section:
    now, before = _totals(request, SalesGroup.MONTH), _totals(request, None, before=True)
    earlier = request.period.before().label(request.language)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (entry.total.key, entry.total.amount_krw, entry.total.count, entry.total.quantity)
        for entry in now.groups
    )
    figures = (
        Figure(request.say("Net sales", "순매출"), now.total.amount_krw, Kind.MONEY),
        Figure(request.say("Period before", "직전 기간"), before.total.amount_krw, Kind.MONEY),
        Figure(
            request.say("Change", "증감률"),
            growth(now.total.amount_krw, before.total.amount_krw),
            Kind.CHANGE,
        ),
        Figure(request.say("Transactions", "거래 건수"), now.total.count, Kind.COUNT),
    )
    table = Table(
        request.say("By month", "월별 순매출"),
        (
            Column(request.say("Month", "월")),
            Column(request.say("Net sales (KRW)", "순매출(원)"), Kind.MONEY),
            Column(request.say("Transactions", "거래"), Kind.COUNT),
            Column(request.say("Boxes", "수량"), Kind.COUNT),
        ),
        rows,
        Chart(
            request.say("Net sales by month", "월별 순매출"), (1,), "columns" if len(rows) < 13 else "lines"
        ),
    )
    note = now.scope.note(request.language)
    return Section(
        title=request.say("Net sales", "순매출 요약"),
        text=request.say(f"Compared with {earlier}.", f"비교 기간은 {earlier}입니다.")
        if now.total.count
        else now.scope.no_data(request.language),
        figures=figures,
        tables=(table,) if rows else (),
        notes=(note,) if note else (),
        method=request.say(
            "Net sales are the amounts of sales minus those of returns, by "
            "the day of the transaction and the "
            "region, type and owner at that time. The period before has the same length, just before.",
            "순매출은 판매 금액에서 반품 금액을 뺀 값이며, 거래일과 거래 당시의 지역·유형·담당자를 기준으로 "
            "합니다. 직전 기간은 바로 앞의 같은 길이 기간입니다.",
        ),
    )


def _grouped(request: Request, group: SalesGroup) -> Section:
    now, before = _totals(request, group), _totals(request, group, before=True)
    earlier = {entry.total.key: entry for entry in before.groups}
    here = {entry.total.key for entry in now.groups}
    gone = [
        NamedTotal(name=entry.name, total=Total(key=key, amount_krw=0, count=0, quantity=0))
        for key, entry in earlier.items()
        if key not in here
    ]
    whole = now.total.amount_krw
    every = [*now.groups, *gone]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            entry.name.in_language(request.language),
            entry.total.amount_krw,
            previous := earlier[entry.total.key].total.amount_krw if entry.total.key in earlier else 0,
            growth(entry.total.amount_krw, previous),
            entry.total.amount_krw / whole if whole > 0 else None,
        )
        for entry in every[:MAX_ROWS]
    )
    name = request.say(*GROUP_WORDS[group])
    title = request.say(f"By {name.lower()}", f"{name}별 순매출")
    left = len(every) - len(rows)
    table = Table(
        title,
        (
            Column(name),
            Column(request.say("Net sales (KRW)", "순매출(원)"), Kind.MONEY),
            Column(request.say("Before (KRW)", "직전 기간(원)"), Kind.MONEY),
            Column(request.say("Change", "증감률"), Kind.CHANGE),
            Column(request.say("Share", "비중"), Kind.SHARE),
        ),
        rows,
        Chart(
            request.say("Net sales beside the period before", "직전 기간과 비교한 순매출"), (1, 2), "bars", 12
        ),
        note=request.say(f"… and {left:,} more.", f"외 {left:,}건이 더 있습니다.") if left else "",
    )
    return Section(title=title, tables=(table,))


def _clients(request: Request) -> Section:
    named = request.wanted.only("region", "client_type", "product", "category")
    period = request.period.canonical
    tables = []
    if request.scope.owner is None:  # the ranking knows no owner
        top = lookups.top_clients(
            request.store, request.identity, RankClients(**named, period=period, count=MAX_CLIENTS)
        )
        whole = top.total.amount_krw
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                f"{entry.name.in_language(request.language)} ({entry.total.key})",
                entry.total.amount_krw,
                entry.total.amount_krw / whole if whole > 0 else None,
            )
            for entry in top.entries
        )
        tables.append(
            Table(
                request.say("The best clients", "매출 상위 거래처"),
                (
                    Column(request.say("Client", "거래처")),
                    Column(request.say("Net sales (KRW)", "순매출(원)"), Kind.MONEY),
                    Column(request.say("Share", "비중"), Kind.SHARE),
                ),
                rows,
            )
        )
    if request.scope.product is None and request.scope.category is None:
        tables += [_changed(request, "grew"), _changed(request, "shrank")]
    return Section(
        title=request.say("Clients", "거래처"),
        tables=tuple(table for table in tables if table.rows),
        method=request.say(
            "Clients are ranked by net sales; changes are against the period before, by amount.",
            "거래처는 순매출 순이며, 증감은 직전 기간 대비 금액 기준입니다.",
        ),
    )


def _changed(request: Request, direction: str) -> Table:
    wanted = CompareClients.model_validate(
        {
            **request.wanted.only("region", "client_type", "owner"),
            "period": request.period.canonical,
            "direction": direction,
            "count": 10,
        }
    )
    found = insights.client_changes(request.store, request.identity, wanted)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            f"{entry.name.in_language(request.language)} ({entry.client_id})",
            entry.before_krw,
            entry.now_krw,
            entry.now_krw - entry.before_krw,
            entry.change,
        )
        for entry in found.entries
    )
    left = found.changed - len(rows)
    return Table(
        request.say("Clients that grew most", "매출이 가장 늘어난 거래처")
        if direction == "grew"
        else request.say("Clients that shrank most", "매출이 가장 줄어든 거래처"),
        (
            Column(request.say("Client", "거래처")),
            Column(request.say("Before (KRW)", "직전 기간(원)"), Kind.MONEY),
            Column(request.say("Now (KRW)", "이번 기간(원)"), Kind.MONEY),
            Column(request.say("Difference (KRW)", "차이(원)"), Kind.MONEY),
            Column(request.say("Change", "증감률"), Kind.CHANGE),
        ),
        rows,
        note=request.say(f"… and {left:,} more.", f"외 {left:,}곳이 더 있습니다.") if left > 0 else "",
    )


def _trend(request: Request) -> Section:
    found = insights.sales_trend(
        request.store, request.identity, FollowSales(**request.wanted.only(*FILTERS))
    )
    rows = tuple((f"{point.month:%Y-%m}", point.amount_krw) for point in found.figures.months)
    language = request.language
    return Section(
        title=request.say("Development over all whole months", "전체 기간 추이"),
        text=paragraphs(trend_told(found.figures, language), seasons_told(found.figures, language)).replace(
            "\n\n", " "
        ),
        tables=(
            Table(
                request.say("All whole months", "모든 온전한 달"),
                (
                    Column(request.say("Month", "월")),
                    Column(request.say("Net sales (KRW)", "순매출(원)"), Kind.MONEY),
                ),
                rows,
                Chart(request.say("Net sales by month", "월별 순매출"), (1,), "lines", len(rows)),
            ),
        )
        if rows
        else (),
        notes=tuple(filter(None, [missing_told(found.figures, language)])),
        method=request.say(
            "Only months that the data covers whole. Trend: the slope of the "
            "least-squares line. Seasonality: "
            "ratio to the centred 12-month moving average (classical decomposition).",
            "자료가 온전히 있는 달만 셉니다. 추세는 최소제곱 직선의 기울기, 계절성은 중심화한 12개월 "
            "이동평균에 대한 비율(고전적 분해)입니다.",
        ),
    )


def _totals(request: Request, group: SalesGroup | None, *, before: bool = False) -> SalesTotals:
    period = request.period.before() if before else request.period
    wanted = SumSales.model_validate(
        {**request.wanted.only(*FILTERS), "period": period.canonical, "group_by": group}
    )
    found = lookups.sales_totals(request.store, request.identity, wanted)
    # What nobody chose is said as such, also when the period is passed on.
    return found.model_copy(update={"scope": request.scope}) if not before else found
