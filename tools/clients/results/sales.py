"""Sums of transactions, and who or what is at their top or bottom."""

from typing import Literal

from pydantic import BaseModel

from narutalk.languages import Language
from tools.clients import wording
from tools.clients.records import Names, SalesGroup, Total
from tools.clients.results.scope import Scope
from tools.comparing import Comparison
from tools.tool import ToolResult

KO = Language.KO
MAX_ROWS = 10
MAX_MONTHS = 12  # a year is read whole

Order = Literal["top", "bottom"]

GROUP_WORDS = {
    SalesGroup.REGION: ("Region", "지역"),
    SalesGroup.TYPE: ("Client type", "거래처 유형"),
    SalesGroup.PRODUCT: ("Product", "제품"),
    SalesGroup.CATEGORY: ("Category", "제품군"),
    SalesGroup.MONTH: ("Month", "월"),
    SalesGroup.OWNER: ("Owner", "담당자"),
    SalesGroup.CLIENT: ("Client", "거래처"),
}


class NamedTotal(BaseModel):
    """The sum of one group, with the group's name."""

    name: Names
    total: Total


class SalesTotals(ToolResult):
    """Net sales, in all and by group.

    Attributes:
        group: What ``groups`` are; None when nobody asked for any.
        groups: The largest first; months in order.
    """

    scope: Scope
    total: Total
    comparison: Comparison | None = None
    group: SalesGroup | None = None
    groups: list[NamedTotal]

    def to_markdown(self, language: Language) -> str:
        if not self.total.count:
            return self.scope.no_data(language)
        first = _total_sentence(self.scope, self.total, language)
        if self.comparison:
            first = f"{first} {self.comparison.told(language)}"
        if not self.group or not self.groups:
            return wording.paragraphs(first, self.scope.note(language))
        most = MAX_MONTHS if self.group is SalesGroup.MONTH else MAX_ROWS
        shown = self.groups[-most:] if self.group is SalesGroup.MONTH else self.groups[:most]
        table = _table(self.group, shown, self.total.amount_krw, language)
        more = wording.more(len(shown), len(self.groups), language)
        return wording.paragraphs(f"{first} {self._best(language)}", table, more, self.scope.note(language))

    def _best(self, language: Language) -> str:
        best = max(self.groups, key=lambda entry: entry.total.amount_krw)
        name = best.name.in_language(language)
        amount = wording.krw(best.total.amount_krw, language)
        share = _share(best.total.amount_krw, self.total.amount_krw)
        if language is KO:
            return f"가장 큰 것은 {name}({amount}, {share})입니다."
        return f"The largest is {name} with {amount} ({share})."


class TopClients(ToolResult):
    """The clients that bought most, or least but something.

    Attributes:
        entries: In order.
        total: Of all clients that fit.
        clients: How many clients fit and bought something.
    """

    scope: Scope
    order: Order
    entries: list[NamedTotal]
    total: Total
    clients: int

    def to_markdown(self, language: Language) -> str:
        if not self.entries:
            return self.scope.no_data(language)
        first = self._korean() if language is KO else self._english()
        table = _table(SalesGroup.CLIENT, self.entries, self.total.amount_krw, language)
        return wording.paragraphs(first, table, self.scope.note(language))

    def _english(self) -> str:
        best = self.entries[0]
        what = self.scope.of_what(Language.EN, whom="among")
        word = "most" if self.order == "top" else "least"
        return (
            f"{best.name.en} bought {word}{f' {what}' if what else ''} {self.scope.when(Language.EN)}: "
            f"{wording.krw(best.total.amount_krw, Language.EN)} net. "
            f"{len(self.entries)} of {self.clients:,} clients that bought something, from the {word}:"
        )

    def _korean(self) -> str:
        best = self.entries[0]
        what = self.scope.of_what(KO)
        word = "가장 많은" if self.order == "top" else "가장 적은"
        return (
            f"{self.scope.when(KO)} {f'{what} ' if what else ''}순매출이 {word} 거래처는 {best.name.ko}"
            f"({wording.krw(best.total.amount_krw, KO)})입니다. 거래가 있는 {self.clients:,}곳 중 "
            f"{'상위' if self.order == 'top' else '하위'} {len(self.entries)}곳:"
        )


class TopProducts(ToolResult):
    """The products that sold best, or worst; `entries` in order, `total` of all products that fit."""

    scope: Scope
    order: Order
    entries: list[NamedTotal]
    total: Total

    def to_markdown(self, language: Language) -> str:
        if not self.entries:
            return self.scope.no_data(language)
        best = self.entries[0]
        what = self.scope.of_what(language)
        amount = wording.krw(best.total.amount_krw, language)
        share = _share(best.total.amount_krw, self.total.amount_krw)
        if language is KO:
            word = "가장 많이" if self.order == "top" else "가장 적게"
            first = (
                f"{self.scope.when(KO)} {f'{what} ' if what else ''}{word} 팔린 제품은 {best.name.ko}입니다"
                f"(순매출 {amount}, 전체의 {share})."
            )
        else:
            word = "best" if self.order == "top" else "worst"
            first = (
                f"{best.name.en} sold {word}{f' {what}' if what else ''} {self.scope.when(language)}: "
                f"{amount} net, {share} of all."
            )
        table = _table(SalesGroup.PRODUCT, self.entries, self.total.amount_krw, language)
        return wording.paragraphs(first, table, self.scope.note(language))


def _total_sentence(scope: Scope, total: Total, language: Language) -> str:
    amount, what = wording.krw(total.amount_krw, language), scope.of_what(language)
    if language is KO:
        return (
            f"{scope.when(KO)} {f'{what} ' if what else ''}순매출은 {amount}입니다"
            f"(거래 {total.count:,}건, 수량 {total.quantity:,}, 반품 차감)."
        )
    trades = wording.counted(total.count, "transaction", "transactions")
    when = f" {what} {scope.when(language)}" if what else f" {scope.when(language)}"
    return f"Net sales{when} were {amount} ({trades}, {total.quantity:,} boxes, returns deducted)."


def _table(group: SalesGroup, entries: list[NamedTotal], whole: int, language: Language) -> str:
    english, korean = GROUP_WORDS[group]
    header = (
        (korean, "거래", "수량", "순매출", "비중")
        if language is KO
        else (english, "Transactions", "Boxes", "Net sales", "Share")
    )
    rows = [
        (
            entry.name.in_language(language),
            f"{entry.total.count:,}",
            f"{entry.total.quantity:,}",
            wording.krw(entry.total.amount_krw, language),
            _share(entry.total.amount_krw, whole),
        )
        for entry in entries
    ]
    return wording.table(header, rows, numbers=4)


def _share(part: int, whole: int) -> str:
    return wording.percent(part / whole) if whole > 0 else "—"
