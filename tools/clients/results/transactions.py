"""What one client bought, and what is not paid yet."""

from typing import Literal

from pydantic import BaseModel

from narutalk.languages import Language
from tools.clients import wording
from tools.clients.models import PaymentStatus, TransactionKind
from tools.clients.records import ClientRecord, Names, Total, TransactionRecord
from tools.clients.results.scope import Scope
from tools.comparing import Comparison
from tools.tool import ToolResult

EN, KO = Language.EN, Language.KO
_SUMS = {
    None: {EN: "Net sales{what} to {name}", KO: "순매출은"},
    TransactionKind.SALE: {EN: "Sales{what} to {name}, before returns,", KO: "반품 전 매출은"},
    TransactionKind.RETURN: {EN: "Returns{what} from {name}", KO: "반품액은"},
}


class ClientTransactions(ToolResult):
    """A client's transactions: their sum and the latest of them."""

    client: ClientRecord
    scope: Scope
    kind: TransactionKind | None = None
    total: Total
    comparison: Comparison | None = None
    latest: list[TransactionRecord]

    def to_markdown(self, language: Language) -> str:
        name = self.client.name.in_language(language)
        if not self.total.count:
            return f"{name}: {self.scope.no_data(language)}" + self._only(language)
        amount = wording.krw(abs(self.total.amount_krw), language)
        sign = "-" if self.total.amount_krw < 0 and self.kind is not TransactionKind.RETURN else ""
        product = self.scope.of_what(language)
        if language is KO:
            what = f"{product} " if product else ""
            first = (
                f"{name}의 {self.scope.when(KO)} {what}{_SUMS[self.kind][KO]} {sign}{amount}입니다"
                f"(거래 {self.total.count:,}건{'' if self.kind else ', 반품 차감'}). 최근 거래:"
            )
        else:
            what = f" {product}" if product else ""
            trades = wording.counted(self.total.count, "transaction", "transactions")
            first = (
                f"{_SUMS[self.kind][language].format(what=what, name=name)} {self.scope.when(language)} "
                f"were {sign}{amount} ({trades}{'' if self.kind else ', returns deducted'}). The latest:"
            )
        more = wording.more(len(self.latest), self.total.count, language)
        comparison = self.comparison.told(language) if self.comparison else ""
        return wording.paragraphs(comparison, first, self._table(language), more, self.scope.note(language))

    def _only(self, language: Language) -> str:
        if self.kind is None:
            return ""
        kind = wording.KINDS[self.kind][language]
        return f" ({kind}만 조회)" if language is KO else f" (only each {kind})"

    def _table(self, language: Language) -> str:
        header = (
            ("일자", "제품", "구분", "결제", "수량", "금액")
            if language is KO
            else ("Date", "Product", "Kind", "Payment", "Boxes", "Amount")
        )
        rows = [
            (
                str(entry.date),
                entry.product.in_language(language),
                wording.KINDS[entry.kind][language],
                "—"
                if entry.kind is TransactionKind.RETURN
                else wording.PAYMENT_STATUSES[entry.payment_status][language],
                f"{entry.quantity:,}",
                wording.krw(entry.amount_krw, language),
            )
            for entry in self.latest
        ]
        return wording.table(header, rows, numbers=2)


class UnpaidRow(BaseModel):
    """What a client, or the clients of a region, owe."""

    key: str
    name: Names
    amount_krw: int
    count: int


class UnpaidTransactions(ToolResult):
    """Transactions that are not paid: overdue, and not yet due.

    Attributes:
        sums: By payment status.
        rows: Who owes most, by what was asked for.
        group: What the rows are.
        groups: How many there are in all.
    """

    scope: Scope
    client: ClientRecord | None = None
    sums: dict[PaymentStatus, Total]
    rows: list[UnpaidRow]
    group: Literal["client", "region"]
    groups: int

    def to_markdown(self, language: Language) -> str:
        if not any(total.count for total in self.sums.values()):
            return self._nothing(language)
        parts = [
            f"{wording.PAYMENT_STATUSES[status][language]} {wording.krw(total.amount_krw, language)} "
            + (f"({total.count:,}건)" if language is KO else f"({total.count:,})")
            for status, total in self.sums.items()
        ]
        if len(parts) > 1:
            whole = wording.krw(sum(total.amount_krw for total in self.sums.values()), language)
            parts.append(f"합계 {whole}" if language is KO else f"together {whole}")
        where = self._where(language)
        if language is KO:
            first = f"{f'{where} ' if where else ''}미결제 금액: {', '.join(parts)}."
        else:
            first = f"Unpaid transactions{f' {where}' if where else ''}: {', '.join(parts)}."
        more = wording.more(len(self.rows), self.groups, language)
        table = self._table(language) if len(self.rows) > 1 or not self.client else ""
        return wording.paragraphs(first, table, more if table else "", self.scope.note(language))

    def _where(self, language: Language) -> str:
        parts = [self.scope.when(language) if self.scope.period else "", self.scope.of_what(language)]
        if self.client:
            name = self.client.name.in_language(language)
            parts.append(name if language is KO else f"of {name}")
        return " ".join(part for part in parts if part)

    def _nothing(self, language: Language) -> str:
        where = self._where(language)
        statuses = " / ".join(wording.PAYMENT_STATUSES[status][language] for status in self.sums)
        if language is KO:
            return f"{f'{where} ' if where else ''}{statuses} 거래가 없습니다."
        return f"There are no {statuses} transactions{f' {where}' if where else ''}."

    def _table(self, language: Language) -> str:
        by = {"client": ("Client", "거래처"), "region": ("Region", "지역")}[self.group]
        header = (by[1], "건수", "금액") if language is KO else (by[0], "Transactions", "Amount")
        rows = [
            (row.name.in_language(language), f"{row.count:,}", wording.krw(row.amount_krw, language))
            for row in self.rows
        ]
        return wording.table(header, rows, numbers=2)
