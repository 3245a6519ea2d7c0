"""One client on a page."""

from tools.clients import insights
from tools.clients.arguments import TellStory
from tools.clients.reports.requests import Request
from tools.clients.scoping import Wanted, scoped
from tools.periods import Period
from tools.reports.content import Chart, Column, Figure, Kind, Section, Table

MAX_MONTHS = 12
"""With more it would be no page any more."""


def story_period(request: Request) -> Period:
    """Return the days of its sales, whatever period was asked for: the last 12 months with data."""
    sales, _ = scoped(request.store, request.identity, Wanted())
    today = request.store.today()
    return sales.period or Period(today, today)


def story(request: Request) -> Section:
    """Return what there is to know of a client."""
    client = request.client
    found = insights.client_story(
        request.store, request.identity, TellStory(client=client.id if client else "")
    )
    language = request.language
    facts = Table(
        request.say("At a glance", "한눈에 보기"),
        (Column(request.say("What", "항목")), Column(request.say("Value", "내용"))),
        tuple(found.rows(language)),
    )
    months = found.series.months[-MAX_MONTHS:]
    by_month = Table(
        request.say("Net sales by month", "월별 순매출"),
        (
            Column(request.say("Month", "월")),
            Column(request.say("Net sales (KRW)", "순매출(원)"), Kind.MONEY),
        ),
        tuple((f"{point.month:%Y-%m}", point.amount_krw) for point in months),
        Chart(request.say("Net sales by month", "월별 순매출"), (1,), "lines"),
    )
    return Section(
        title=request.say("The client on one page", "거래처 한눈에 보기"),
        text=found.lead(language),
        figures=(
            Figure(request.say("Net sales", "순매출"), found.total.amount_krw, Kind.MONEY),
            Figure(request.say("Against before", "직전 기간 대비"), found.growth, Kind.CHANGE),
            Figure(request.say("Unpaid", "미수금"), found.unpaid_krw, Kind.MONEY),
            Figure(request.say("of it overdue", "그중 연체"), found.overdue_krw, Kind.MONEY),
        ),
        tables=(facts, by_month) if months else (facts,),
        notes=tuple(filter(None, [found.scope.note(language)])),
        method=request.say(
            "Net sales of the period; rank among the clients that bought in it and that you may see; RFM: "
            "recency, frequency and money in fifths, 1 to 5; risk of leaving "
            "from the client's own interval of "
            "purchases.",
            "기간의 순매출이며, 순위는 볼 수 있는 구매 거래처 중 순위입니다. "
            "RFM은 최근성·빈도·금액을 5등분한 "
            "점수이고, 이탈 위험은 거래처 자신의 구매 간격으로 판단합니다.",
        ),
    )
