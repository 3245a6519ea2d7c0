"""Answers about who may leave, and how valuable clients are."""

from datetime import date

from pydantic import BaseModel

from narutalk.events import Chart
from narutalk.languages import Language
from tools.charts import bar_chart, pareto_chart
from tools.clients import wording
from tools.clients.analysis import ChurnReason, ClientChurn, Risk
from tools.clients.measures import MIN_CLIENTS, Concentration, Scores, Segment
from tools.clients.records import Names
from tools.clients.results.scope import Scope
from tools.tool import ToolResult

EN, KO = Language.EN, Language.KO
MAX_ROWS = 10

_RISKS = {
    Risk.HIGH: {EN: "high", KO: "높음"},
    Risk.MEDIUM: {EN: "medium", KO: "보통"},
    Risk.LOW: {EN: "low", KO: "낮음"},
    Risk.UNKNOWN: {EN: "too few purchases to judge", KO: "거래가 적어 판단 불가"},
}
_SEGMENTS = {
    Segment.CHAMPION: {EN: "champions", KO: "최우수"},
    Segment.LOYAL: {EN: "loyal", KO: "충성"},
    Segment.PROMISING: {EN: "promising", KO: "유망"},
    Segment.REGULAR: {EN: "regular", KO: "일반"},
    Segment.AT_RISK: {EN: "at risk", KO: "이탈 위험"},
    Segment.LOST: {EN: "lost", KO: "이탈"},
}


class ClientRisks(ToolResult):
    """Who may leave: one client, or the active ones at high or medium risk, the highest first."""

    as_of: date | None
    filters: Names
    judged: int
    counts: dict[Risk, int]
    clients: list[ClientChurn]
    is_one: bool = False

    def to_markdown(self, language: Language) -> str:
        if self.as_of is None or not self.judged:
            return "해당하는 거래처가 없습니다." if language is KO else "No client fits."
        rows = [
            (
                f"{client.name.in_language(language)} ({client.client_id})",
                _RISKS[client.risk][language],
                str(client.last_purchase or "—"),
                "; ".join(_reason(reason, client, language) for reason in client.reasons) or "—",
            )
            for client in self.clients[:MAX_ROWS]
        ]
        header = (
            ("거래처", "이탈 위험", "최근 구매", "이유")
            if language is KO
            else ("Client", "Risk", "Last purchase", "Reasons")
        )
        return wording.paragraphs(
            self._sentence(language),
            wording.table(header, rows) if rows else "",
            wording.more(len(rows), len(self.clients), language),
        )

    def _sentence(self, language: Language) -> str:
        where = self.filters.in_language(language)
        if self.is_one and self.clients:
            client = self.clients[0]
            name, risk = client.name.in_language(language), _RISKS[client.risk][language]
            return (
                f"{self.as_of} 기준 {name}의 이탈 위험: {risk}."
                if language is KO
                else f"Risk that {name} leaves, as of {self.as_of}: {risk}."
            )
        high, medium = self.counts.get(Risk.HIGH, 0), self.counts.get(Risk.MEDIUM, 0)
        unknown = self.counts.get(Risk.UNKNOWN, 0)
        if language is KO:
            lead = f"{self.as_of} 기준 {where + ' ' if where else ''}활성 거래처 {self.judged:,}곳 중"
            told = f"이탈 위험이 높은 곳은 {high:,}곳, 보통은 {medium:,}곳입니다"
            return f"{lead} {told}(판단 불가 {unknown:,}곳)."
        lead = f"Of {self.judged:,} active clients{f' ({where})' if where else ''}, as of {self.as_of}"
        return (
            f"{lead}: {high:,} at high risk of leaving, {medium:,} at medium ({unknown:,} too new to judge)."
        )


class ScoredClient(BaseModel):
    """A client with its scores, 1 to 5."""

    client_id: str
    name: Names
    scores: Scores
    segment: Segment
    net_krw: int
    last_purchase: date


class SegmentFigures(BaseModel):
    segment: Segment
    clients: int
    net_krw: int


class RfmSegments(ToolResult):
    """Clients by recency, frequency and money.

    Attributes:
        segments: In the order of `Segment`; those without clients are left out.
        best: The clients with the highest scores.
    """

    scope: Scope
    clients: int
    segments: list[SegmentFigures]
    best: list[ScoredClient]

    def to_markdown(self, language: Language) -> str:
        if not self.clients:
            return self.scope.no_data(language)
        whole = sum(entry.net_krw for entry in self.segments)
        rows = [
            (
                _SEGMENTS[entry.segment][language],
                f"{entry.clients:,}",
                wording.krw(entry.net_krw, language),
                wording.percent(entry.net_krw / whole) if whole > 0 else "—",
            )
            for entry in self.segments
        ]
        korean = language is KO
        what = self.scope.of_what(language, whom="among")
        sentence = (
            f"{self.scope.when(KO)} {f'{what} ' if what else ''}거래처 {self.clients:,}곳을 "
            "최근성(R)·빈도(F)·금액(M) 5점 척도로 나눈 결과입니다."
            if korean
            else f"{self.clients:,} clients{f' {what}' if what else ''} by recency, frequency and money "
            f"(1 to 5 each) {self.scope.when(language)}:"
        )
        header = (
            ("세분", "거래처", "순매출", "비중") if korean else ("Segment", "Clients", "Net sales", "Share")
        )
        return wording.paragraphs(
            sentence,
            wording.table(header, rows, numbers=3),
            self._best(language),
            small_sample(self.clients, language),
            self.scope.note(language),
        )

    def to_chart(self, language: Language) -> Chart | None:
        if len(self.segments) < 2:
            return None
        title = "RFM 세분별 거래처 수" if language is KO else "Clients by RFM segment"
        bars = [(_SEGMENTS[entry.segment][language], entry.clients) for entry in self.segments]
        return bar_chart(title, bars, x="", y="거래처" if language is KO else "Clients")

    def _best(self, language: Language) -> str:
        names = ", ".join(
            f"{client.name.in_language(language)} ({'-'.join(map(str, client.scores))})"
            for client in self.best
        )
        return f"점수가 가장 높은 거래처: {names}." if language is KO else f"Highest scores (R-F-M): {names}."


class ConcentratedSales(ToolResult):
    """How much of the sales lies with how few clients.

    Attributes:
        figures: None without sales.
        top: The largest clients: name, net sales and running share.
        shares: Of every client, the largest first, 0 to 1.
    """

    scope: Scope
    figures: Concentration | None
    top: list[tuple[Names, int, float]]
    shares: list[float]

    def to_markdown(self, language: Language) -> str:
        found = self.figures
        if found is None:
            return self.scope.no_data(language)
        what = self.scope.of_what(language, whom="among")
        share, gini = wording.percent(found.top_share), f"{found.gini:.2f}"
        if language is KO:
            first = (
                f"{self.scope.when(KO)} {f'{what} ' if what else ''}거래처 {found.clients:,}곳 중 상위 20%"
                f"({found.top:,}곳)가 순매출의 {share}를 차지합니다. 매출의 80%는 {found.needed:,}곳에서 "
                f"나옵니다(지니 계수 {gini}, HHI {found.hhi:,.0f})."
            )
            header = ("순위", "거래처", "순매출", "누적 비중")
        else:
            first = (
                f"The top 20 % of clients ({found.top:,} of {found.clients:,}{f' {what}' if what else ''}) "
                f"made {share} of net sales {self.scope.when(language)}. {found.needed:,} clients make "
                f"80 % of sales (Gini {gini}, HHI {found.hhi:,.0f})."
            )
            header = ("Rank", "Client", "Net sales", "Running share")
        rows = [
            (str(rank), name.in_language(language), wording.krw(amount, language), wording.percent(running))
            for rank, (name, amount, running) in enumerate(self.top, start=1)
        ]
        return wording.paragraphs(
            first,
            wording.table(header, rows, numbers=2),
            small_sample(found.clients, language),
            self.scope.note(language),
        )

    def to_chart(self, language: Language) -> Chart | None:
        if self.figures is None or self.figures.clients < MIN_CLIENTS:
            return None
        points, running = [], 0.0
        for rank, share in enumerate(self.shares, start=1):
            running += share
            points.append((rank, round(100 * share, 3), round(100 * running, 3)))
        korean = language is KO
        return pareto_chart(
            "거래처 매출 집중도" if korean else "Concentration of sales",
            points,
            x="거래처 순위" if korean else "Client rank",
            y="매출 비중(%)" if korean else "Share of sales (%)",
        )


def small_sample(clients: int, language: Language) -> str:
    """Return the warning that there are few clients; empty when there are enough."""
    if clients >= MIN_CLIENTS:
        return ""
    if language is KO:
        return f"거래처가 {clients}곳뿐이므로 참고만 하세요."
    return f"Only {wording.counted(clients, 'client', 'clients')}: too few for these figures to say much."


def risk_told(risk: Risk, language: Language) -> str:
    """Return a risk's word."""
    return _RISKS[risk][language]


def reasons_told(client: ClientChurn, language: Language) -> str:
    """Return why a client may leave, in a line; empty when nothing points to it."""
    return "; ".join(_reason(reason, client, language) for reason in client.reasons)


def _reason(reason: ChurnReason, client: ClientChurn, language: Language) -> str:
    korean = language is KO
    if reason is ChurnReason.SILENT:
        days, usual = client.days_since, client.usual_interval_days
        return (
            f"{days}일째 구매 없음(평소 {usual}일 간격)"
            if korean
            else f"silent for {days} days (usually {usual})"
        )
    if reason is ChurnReason.SHRINKING:
        less = wording.percent(-(client.change or 0))
        return f"전년 동기 대비 매출 {less} 감소" if korean else f"buys {less} less than a year before"
    if reason is ChurnReason.OVERDUE:
        owed = wording.krw(client.overdue_krw, language)
        return f"연체 {owed}" if korean else f"owes {owed} past due"
    if reason is ChurnReason.NO_CONTRACT:
        return "유효한 계약 없음" if korean else "no active contract"
    return "곧 만료되는 계약" if korean else "contract ends soon"
