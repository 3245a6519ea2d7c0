"""Answers about how sales develop, which clients changed, and how old receivables are."""

from datetime import date
from typing import Literal

from pydantic import BaseModel

from narutalk.events import Chart
from narutalk.languages import Language
from tools.charts import bar_chart, line_chart
from tools.clients import wording
from tools.clients.records import Names
from tools.clients.results.scope import Days, Scope
from tools.comparing import Comparison
from tools.series import SeriesFigures
from tools.series_wording import missing_told, seasons_told, trend_told
from tools.tool import ToolResult

KO = Language.KO
MAX_MONTHS = 12


class SalesTrend(ToolResult):
    """Net sales month by month, with growth, trend and season; whole months only."""

    scope: Scope
    client: Names | None = None
    figures: SeriesFigures
    comparison: Comparison | None = None

    def to_markdown(self, language: Language) -> str:
        found = self.figures
        if not found.months:
            return self.scope.no_data(language)
        korean = language is KO
        header = ("월", "순매출") if korean else ("Month", "Net sales")
        rows = [
            (f"{point.month:%Y-%m}", wording.krw(point.amount_krw, language))
            for point in found.months[-MAX_MONTHS:]
        ]
        return wording.paragraphs(
            f"{self._about(language)} {trend_told(found, language)}",
            self.comparison.told(language) if self.comparison else "",
            seasons_told(found, language),
            wording.table(header, rows, numbers=1),
            missing_told(found, language),
            self.scope.note(language),
        )

    def to_chart(self, language: Language) -> Chart | None:
        if len(self.figures.months) < 3:
            return None
        points = [(point.month.isoformat(), float(point.amount_krw)) for point in self.figures.months]
        korean = language is KO
        return line_chart(
            self._about(language).rstrip(".: "),
            points,
            x="월" if korean else "Month",
            y="순매출(원)" if korean else "Net sales (KRW)",
        )

    def _about(self, language: Language) -> str:
        first, last = self.figures.months[0].month, self.figures.months[-1].month
        what = self.scope.of_what(language)
        who = self.client.in_language(language) if self.client else ""
        if language is KO:
            return f"{who or what or '전체'} 월별 순매출({first:%Y-%m} ~ {last:%Y-%m})."
        what = f" to {who}" if who else (f" {what}" if what else "")
        return f"Net sales{what} by month, {first:%Y-%m} to {last:%Y-%m}."


class ChangedClient(BaseModel):
    """What a client bought now and before; ``change`` is relative, None where it bought nothing before."""

    client_id: str
    name: Names
    now_krw: int
    before_krw: int
    change: float | None


class ChangedClients(ToolResult):
    """The clients whose sales changed most, in KRW.

    Attributes:
        before: The period that is compared with.
        is_cut: The data ends within the period, so that both end early.
        changed: How many clients changed in this direction.
        clients: How many bought anything in either period.
    """

    scope: Scope
    before: Days
    is_cut: bool = False
    direction: Literal["shrank", "grew"]
    clients: int
    changed: int
    entries: list[ChangedClient]

    def to_markdown(self, language: Language) -> str:
        if not self.clients:
            return self.scope.no_data(language)
        korean = language is KO
        what = self.scope.of_what(language, whom="among", whose="of")
        before = self.before.period.label(language)
        than = f"in {before}" if "(" in before else f"from {self.before.start} to {self.before.end}"
        if korean:
            word = "줄어든" if self.direction == "shrank" else "늘어난"
            first = (
                f"{self.scope.when(KO)} {f'{what} ' if what else ''}거래처 {self.clients:,}곳 중 "
                f"매출이 {word} 곳은 {self.changed:,}곳입니다(비교 기간 {before})."
            )
        else:
            word = "less" if self.direction == "shrank" else "more"
            first = (
                f"{self.changed:,} of {self.clients:,} clients{f' {what}' if what else ''} bought {word} "
                f"{self.scope.when(language)} than {than}."
            )
        header = (
            ("거래처", "이전", "이번", "증감", "증감률")
            if korean
            else ("Client", "Before", "Now", "Change", "Change %")
        )
        rows = [
            (
                f"{entry.name.in_language(language)} ({entry.client_id})",
                wording.krw(entry.before_krw, language),
                wording.krw(entry.now_krw, language),
                wording.krw(entry.now_krw - entry.before_krw, language),
                "—" if entry.change is None else f"{entry.change:+.1%}",
            )
            for entry in self.entries
        ]
        return wording.paragraphs(
            first,
            wording.table(header, rows, numbers=4) if rows else "",
            wording.more(len(rows), self.changed, language),
            self.scope.note(language),
            _cut(self.scope, language) if self.is_cut else "",
        )


class AgeBucket(BaseModel):
    """What is unpaid of one age.

    Attributes:
        from_days: The youngest, in days since the sale.
        to_days: The oldest; None for any.
    """

    from_days: int
    to_days: int | None
    overdue_krw: int = 0
    unpaid_krw: int = 0
    count: int = 0

    def label(self, language: Language) -> str:
        if self.to_days is None:
            return f"{self.from_days}일 이상" if language is KO else f"{self.from_days} days and more"
        days = f"{self.from_days}–{self.to_days}"
        return f"{days}일" if language is KO else f"{days} days"


class ReceivablesAgeing(ToolResult):
    """What clients owe, by days since the sale.

    Attributes:
        older_than_days: Since the sale; None when nobody asked for an age of their own.
        older_krw: What is older than that.
        older_count: In so many transactions.
    """

    scope: Scope
    client: Names | None
    as_of: date
    buckets: list[AgeBucket]
    older_than_days: int | None = None
    older_krw: int = 0
    older_count: int = 0

    def to_markdown(self, language: Language) -> str:
        owed = sum(bucket.overdue_krw + bucket.unpaid_krw for bucket in self.buckets)
        overdue = sum(bucket.overdue_krw for bucket in self.buckets)
        korean = language is KO
        what = self.client.in_language(language) if self.client else self.scope.of_what(language, whom="of")
        total, late = wording.krw(owed, language), wording.krw(overdue, language)
        if not owed:
            return f"{what} 미수금이 없습니다.".strip() if korean else "Nothing is unpaid."
        first = (
            f"{self.as_of} 기준 {f'{what} ' if what else ''}미수금은 {total}이며 그중 연체는 {late}입니다"
            "(판매일로부터 지난 날)."
            if korean
            else f"Unpaid{f' ({what})' if what else ''} as of {self.as_of}: {total}, of which {late} is "
            "overdue. Age is counted from the day of the sale."
        )
        if self.older_than_days:
            older, days = wording.krw(self.older_krw, language), f"{self.older_than_days:,}"
            first += (
                f" {days}일을 넘긴 것은 {older}({self.older_count:,}건)입니다."
                if korean
                else f" Older than {days} days: {older} ({self.older_count:,} transactions)."
            )
        header = (
            ("경과 기간", "건수", "기한 전", "연체", "비중")
            if korean
            else ("Age", "Transactions", "Not yet due", "Overdue", "Share")
        )
        rows = [
            (
                bucket.label(language),
                f"{bucket.count:,}",
                wording.krw(bucket.unpaid_krw, language),
                wording.krw(bucket.overdue_krw, language),
                wording.percent((bucket.overdue_krw + bucket.unpaid_krw) / owed),
            )
            for bucket in self.buckets
        ]
        return wording.paragraphs(first, wording.table(header, rows, numbers=4))

    def to_chart(self, language: Language) -> Chart | None:
        bars = [
            (bucket.label(language), float(bucket.overdue_krw + bucket.unpaid_krw)) for bucket in self.buckets
        ]
        if not any(amount for _, amount in bars):
            return None
        korean = language is KO
        return bar_chart(
            "미수금 연령" if korean else "Receivables by age",
            bars,
            x="",
            y="원" if korean else "KRW",
            direction="v",
        )


def _cut(scope: Scope, language: Language) -> str:
    end = scope.covered.end if scope.covered else ""
    if language is KO:
        return f"자료가 {end}까지 있어 두 기간을 같은 길이로 비교했습니다."
    return f"The data ends on {end}, so both periods are compared up to that day of theirs."
