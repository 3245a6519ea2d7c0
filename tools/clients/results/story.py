"""A client on one page."""

from narutalk.events import Chart
from narutalk.languages import Language
from tools.charts import line_chart
from tools.clients import wording
from tools.clients.analysis import ClientChurn
from tools.clients.measures import Scores, Segment
from tools.clients.records import ClientRecord, ContractRecord, Total
from tools.clients.results.risks import reasons_told, risk_told
from tools.clients.results.sales import NamedTotal
from tools.clients.results.scope import Scope
from tools.series import SeriesFigures
from tools.tool import ToolResult

KO = Language.KO


class ClientStory(ToolResult):
    """What there is to know of a client before one visits it.

    Attributes:
        scope: The period of the sales.
        total: In the period; ``before`` in the period of the same length before it.
        rank: By net sales in the period, from 1, among ``buyers``; None when it bought nothing.
        series: Of all months with data.
        churn: None when the client is not judged.
        unpaid: What is not paid yet, and how much of it is past due.
    """

    client: ClientRecord
    scope: Scope
    total: Total
    before: Total
    growth: float | None
    rank: int | None
    buyers: int
    scores: Scores | None
    segment: Segment | None
    products: list[NamedTotal]
    series: SeriesFigures
    churn: ClientChurn | None
    contracts: list[ContractRecord]
    unpaid_krw: int
    overdue_krw: int

    def to_markdown(self, language: Language) -> str:
        header = ("항목", "내용") if language is KO else ("", "")
        return wording.paragraphs(
            self.lead(language), wording.table(header, self.rows(language)), self.scope.note(language)
        )

    def to_chart(self, language: Language) -> Chart | None:
        if len(self.series.months) < 3:
            return None
        name = self.client.name.in_language(language)
        points = [(point.month.isoformat(), float(point.amount_krw)) for point in self.series.months]
        if language is KO:
            return line_chart(f"{name} 월별 순매출", points, x="월", y="원")
        return line_chart(f"Net sales to {name} by month", points, x="Month", y="KRW")

    def lead(self, language: Language) -> str:
        """Return who the client is, in a sentence."""
        client, name = self.client, self.client.name.in_language(language)
        kind = wording.TYPES[client.client_type][language]
        if language is KO:
            return (
                f"{wording.topic(f'{name}({client.id})')} {client.region.ko} 지역의 {client.grade}등급 "
                f"{kind}이며 담당자는 {client.owner.ko}, 거래 시작일은 {client.since}입니다."
            )
        return (
            f"{name} ({client.id}) is a grade {client.grade} {kind} in {client.region.en}, looked after by "
            f"{client.owner.en}, a client since {client.since}."
        )

    def rows(self, language: Language) -> list[tuple[str, str]]:
        """Return the table: what, and how it stands."""
        korean = language is KO
        labels = (
            ("매출", "직전 기간 대비", "순위", "RFM", "주요 제품", "이탈 위험", "계약", "미수금")
            if korean
            else (
                "Sales",
                "Against before",
                "Rank",
                "RFM",
                "Main products",
                "Risk of leaving",
                "Contracts",
                "Owes",
            )
        )
        values = (
            f"{wording.krw(self.total.amount_krw, language)} ({self.scope.when(language)})",
            "—" if self.growth is None else f"{self.growth:+.1%}",
            "—" if self.rank is None else f"{self.rank:,} / {self.buyers:,}",
            "-".join(map(str, self.scores)) if self.scores else "—",
            ", ".join(entry.name.in_language(language) for entry in self.products) or "—",
            self._risk(language),
            self._contracts(language),
            self._owes(language),
        )
        return list(zip(labels, values, strict=True))

    def _risk(self, language: Language) -> str:
        if self.churn is None:
            return "—"
        reasons = reasons_told(self.churn, language)
        return risk_told(self.churn.risk, language) + (f" ({reasons})" if reasons else "")

    def _contracts(self, language: Language) -> str:
        told = [
            f"{contract.title.in_language(language)} (~{contract.end_date})" for contract in self.contracts
        ]
        return ", ".join(told) or ("유효한 계약 없음" if language is KO else "none active")

    def _owes(self, language: Language) -> str:
        owed, late = (wording.krw(amount, language) for amount in (self.unpaid_krw, self.overdue_krw))
        return f"{owed} (연체 {late})" if language is KO else f"{owed} ({late} overdue)"
