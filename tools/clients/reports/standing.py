"""Where clients stand: concentration of sales, who may leave, what is owed, which contracts end."""

from itertools import pairwise

from tools.clients import insights, lookups
from tools.clients.analysis import ClientChurn, Risk
from tools.clients.arguments import AgeReceivables, GetRisks, GetUnpaid, MeasureConcentration
from tools.clients.churn import MAX_AT_RISK
from tools.clients.lookups import SOON
from tools.clients.models import ContractStatus
from tools.clients.records import ContractFilter
from tools.clients.reports.requests import Request
from tools.clients.results.risks import reasons_told, risk_told, small_sample
from tools.clients.scoping import upcoming
from tools.clients.wording import CONTRACT_STATUSES
from tools.periods import Period
from tools.reports.content import Cell, Chart, Column, Figure, Kind, Section, Table

MAX_CONTRACTS = 300


def concentration(request: Request) -> Section:
    """Return how much of the sales lies with how few clients."""
    wanted = MeasureConcentration.model_validate(
        {
            **request.wanted.only("region", "client_type", "product", "category"),
            "period": request.period.canonical,
        }
    )
    found = insights.sales_concentration(request.store, request.identity, wanted)
    figures, running = found.figures, [0.0, *(share for _, _, share in found.top)]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (f"{rank}. {name.in_language(request.language)}", amount, now - before, now)
        for rank, ((name, amount, _), (before, now)) in enumerate(
            zip(found.top, pairwise(running), strict=True), start=1
        )
    )
    table = Table(
        request.say("The largest clients", "매출 상위 거래처"),
        (
            Column(request.say("Client", "거래처")),
            Column(request.say("Net sales (KRW)", "순매출(원)"), Kind.MONEY),
            Column(request.say("Share", "비중"), Kind.SHARE),
            Column(request.say("Running share", "누적 비중"), Kind.SHARE),
        ),
        rows,
        Chart(request.say("Share and running share", "비중과 누적 비중"), (2, 3)),
    )
    told = (
        (
            Figure(request.say("Clients that bought", "구매 거래처"), figures.clients, Kind.COUNT),
            Figure(request.say("Share of the top 20 %", "상위 20% 비중"), figures.top_share, Kind.SHARE),
            Figure(
                request.say("Clients for 80 % of sales", "매출 80% 거래처 수"), figures.needed, Kind.COUNT
            ),
            Figure(request.say("Gini coefficient", "지니 계수"), f"{figures.gini:.2f}"),
            Figure(request.say("HHI (0 to 10,000)", "HHI(0~10,000)"), round(figures.hhi), Kind.COUNT),
        )
        if figures
        else ()
    )
    small = small_sample(figures.clients, request.language) if figures else ""
    return Section(
        title=request.say("Concentration of sales", "매출 집중도"),
        text="" if figures else request.scope.no_data(request.language),
        figures=told,
        tables=(table,) if rows else (),
        notes=tuple(filter(None, [small, request.scope.note(request.language)])),
        method=request.say(
            "Clients by net sales, those with a positive sum. Gini: 0 when all "
            "buy alike, towards 1 when one buys "
            "all. HHI: the sum of squared shares in percent.",
            "순매출이 양수인 거래처 기준입니다. 지니 계수는 모두 같으면 0, 한 곳에 몰리면 1에 가깝고, HHI는 "
            "비중(%) 제곱의 합입니다.",
        ),
    )


def churn(request: Request) -> Section:
    """Return who may leave, and why."""
    named = request.wanted.only("client", "region", "client_type", "owner")
    found = insights.clients_at_risk(request.store, request.identity, GetRisks.model_validate(named))
    language = request.language
    rows = tuple(_risk_row(request, client) for client in found.clients)
    day = f"{found.as_of}" if found.as_of else ""
    nobody = request.say(
        "No client is at high or medium risk.", "이탈 위험이 높거나 보통인 거래처가 없습니다."
    )
    counts = tuple(
        Figure(risk_told(risk, language), found.counts.get(risk, 0), Kind.COUNT)
        for risk in (Risk.HIGH, Risk.MEDIUM, Risk.LOW, Risk.UNKNOWN)
    )
    table = Table(
        request.say("Clients, the highest risk first", "위험이 높은 순서의 거래처"),
        (
            Column(request.say("Client", "거래처")),
            Column(request.say("Risk", "이탈 위험")),
            Column(request.say("Last purchase", "최근 구매일")),
            Column(request.say("Change in a year", "전년 대비"), Kind.CHANGE),
            Column(request.say("Overdue (KRW)", "연체(원)"), Kind.MONEY),
            Column(request.say("Reasons", "이유")),
        ),
        rows,
    )
    by_risk = Table(
        request.say("Clients by risk", "위험별 거래처 수"),
        (Column(request.say("Risk", "이탈 위험")), Column(request.say("Clients", "거래처 수"), Kind.COUNT)),
        tuple((figure.label, figure.value) for figure in counts),
        Chart(request.say("Clients by risk", "위험별 거래처 수"), (1,), "bars"),
    )
    return Section(
        title=request.say("Risk of leaving", "이탈 위험"),
        text=request.say(
            f"{found.judged:,} clients judged by all purchases until {day}.",
            f"{day}까지의 모든 구매로 거래처 {found.judged:,}곳을 판단했습니다.",
        )
        + ("" if rows else f" {nobody}"),
        tables=(by_risk, table) if rows else (by_risk,),
        notes=(
            request.say(
                f"The table holds the {MAX_AT_RISK:,} clients at the highest risk.",
                f"표에는 위험이 가장 높은 {MAX_AT_RISK:,}곳이 담깁니다.",
            ),
        )
        if len(rows) == MAX_AT_RISK
        else (),
        method=request.say(
            "A silence of t days of a client that buys every m days on "
            "average has the probability exp(-t / m) "
            "while it still buys (Ehrenberg 1959; Schmittlein, Morrison and "
            "Colombo 1987): below 5 % the risk is "
            "high, below 20 % medium; a client that buys less than half of "
            "the year before is one level higher.",
            "평균 m일마다 구매하는 거래처가 t일 동안 구매하지 않을 확률은 exp(-t / m)입니다(Ehrenberg 1959; "
            "Schmittlein 외 1987). 5% 미만이면 높음, 20% 미만이면 보통이며, 전년의 절반 미만을 구매하면 한 "
            "단계 올립니다.",
        ),
    )


def receivables(request: Request) -> Section:
    """Return what is unpaid by age, and who owes most."""
    named = request.wanted.only("client", "region", "client_type", "owner")
    found = insights.receivables_ageing(request.store, request.identity, AgeReceivables.model_validate(named))
    overdue = sum(bucket.overdue_krw for bucket in found.buckets)
    unpaid = sum(bucket.unpaid_krw for bucket in found.buckets)
    ages: tuple[tuple[Cell, ...], ...] = tuple(
        (bucket.label(request.language), bucket.count, bucket.unpaid_krw, bucket.overdue_krw)
        for bucket in found.buckets
    )
    due = (
        Column(request.say("Not yet due (KRW)", "기한 전(원)"), Kind.MONEY),
        Column(request.say("Overdue (KRW)", "연체(원)"), Kind.MONEY),
    )
    transactions = Column(request.say("Transactions", "거래"), Kind.COUNT)
    by_age = Table(
        request.say("By age", "경과 기간별"),
        (Column(request.say("Days since the sale", "판매 후 경과")), transactions, *due),
        ages,
        Chart(request.say("Unpaid by age", "경과 기간별 미수금"), (2, 3)),
    )
    tables = [by_age]
    if request.wanted.owner is None and overdue + unpaid:
        tables.append(_debtors(request, transactions))
    nothing = request.say("Nothing is unpaid.", "미수금이 없습니다.")
    return Section(
        title=request.say("Receivables by age", "미수금 연령"),
        text=request.say(f"As of {found.as_of}.", f"{found.as_of} 기준입니다.")
        + ("" if overdue + unpaid else f" {nothing}"),
        figures=(
            Figure(request.say("Unpaid", "미수금"), overdue + unpaid, Kind.MONEY),
            Figure(request.say("of it overdue", "그중 연체"), overdue, Kind.MONEY),
            Figure(request.say("Not yet due", "기한 전"), unpaid, Kind.MONEY),
        ),
        tables=tuple(tables) if overdue + unpaid else (),
        method=request.say(
            "Transactions that are overdue or not yet paid, by the days from "
            "the sale to the day the data ends.",
            "연체되었거나 아직 결제되지 않은 거래를 판매일부터 자료의 마지막 날까지의 일수로 나눈 것입니다.",
        ),
    )


def _debtors(request: Request, transactions: Column) -> Table:
    named = request.wanted.only("client", "region", "client_type")
    found = lookups.unpaid_transactions(request.store, request.identity, GetUnpaid.model_validate(named))
    left = found.groups - len(found.rows)
    return Table(
        request.say("Who owes most", "미수금이 많은 거래처"),
        (
            Column(request.say("Client", "거래처")),
            transactions,
            Column(request.say("Unpaid (KRW)", "미수금(원)"), Kind.MONEY),
        ),
        tuple(
            (f"{row.name.in_language(request.language)} ({row.key})", row.count, row.amount_krw)
            for row in found.rows
        ),
        note=request.say(f"… and {left:,} more clients.", f"외 {left:,}곳이 더 있습니다.")
        if left > 0
        else "",
    )


def ends_in(request: Request) -> Period:
    """Return when the contracts of a report end."""
    return upcoming(request.wanted.period or SOON, request.store.today())


def contracts(request: Request) -> Section:
    """Return the active contracts that end in a period."""
    period, language = ends_in(request), request.language
    wanted = ContractFilter(
        client_id=request.client.id if request.client else None,
        status=ContractStatus.ACTIVE,
        ends_in=period,
        region_code=request.sales.region_code,
        client_type=request.sales.client_type,
    )
    page = request.store.contracts(request.identity, wanted, limit=MAX_CONTRACTS)
    sums = request.store.sum_contracts(request.identity, wanted).get(ContractStatus.ACTIVE)
    yes, no = request.say("yes", "예"), request.say("no", "아니요")
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            f"{entry.client.in_language(language)} ({entry.client_id})",
            f"{entry.title.in_language(language)} ({entry.id})",
            f"{entry.end_date}",
            entry.payment_terms_days,
            yes if entry.auto_renewal else no,
            entry.annual_value_krw,
        )
        for entry in page.records
    )
    left = page.total - len(rows)
    manual = sum(not entry.auto_renewal for entry in page.records)
    table = Table(
        request.say("Contracts, in the order in which they end", "끝나는 순서의 계약"),
        (
            Column(request.say("Client", "거래처")),
            Column(request.say("Contract", "계약")),
            Column(request.say("Ends", "종료일")),
            Column(request.say("Terms (days)", "결제 조건(일)"), Kind.COUNT),
            Column(request.say("Renews itself", "자동 갱신")),
            Column(request.say("Per year (KRW)", "연간 금액(원)"), Kind.MONEY),
        ),
        rows,
        note=request.say(f"… and {left:,} more.", f"외 {left:,}건이 더 있습니다.") if left else "",
    )
    status = CONTRACT_STATUSES[ContractStatus.ACTIVE][language]
    none = request.say("No contract ends in this period.", "이 기간에 끝나는 계약이 없습니다.")
    return Section(
        title=request.say("Contracts to renew", "갱신 대상 계약"),
        text="" if rows else none,
        figures=(
            Figure(request.say("Contracts", "계약"), sums.contracts if sums else 0, Kind.COUNT),
            Figure(
                request.say("Worth a year", "연간 금액"), sums.annual_value_krw if sums else 0, Kind.MONEY
            ),
            Figure(request.say("Need a renewal by hand", "직접 갱신 필요"), manual, Kind.COUNT),
        ),
        tables=(table,) if rows else (),
        method=request.say(
            f"Contracts of the status {status} whose last day lies in the period.",
            f"상태가 '{status}'이고 마지막 날이 기간 안에 있는 계약입니다.",
        ),
    )


def _risk_row(request: Request, client: ClientChurn) -> tuple[Cell, ...]:
    return (
        f"{client.name.in_language(request.language)} ({client.client_id})",
        risk_told(client.risk, request.language),
        f"{client.last_purchase}" if client.last_purchase else None,
        client.change,
        client.overdue_krw,
        reasons_told(client, request.language),
    )
