"""What clients sent back, by what or by whom."""

from narutalk.languages import Language
from tools.clients import wording
from tools.clients.records import SalesGroup, Total
from tools.clients.results.sales import GROUP_WORDS, MAX_ROWS, NamedTotal
from tools.clients.results.scope import Scope
from tools.tool import ToolResult

KO = Language.KO


class Returns(ToolResult):
    """Returned goods; amounts and quantities are negative, as they are booked.

    Attributes:
        total: Of all that fit.
        group: What ``entries`` are.
        entries: Those that were returned most, or that returned most, first.
        groups: How many have returns.
    """

    scope: Scope
    total: Total
    group: SalesGroup
    entries: list[NamedTotal]
    groups: int

    def to_markdown(self, language: Language) -> str:
        what = self.scope.of_what(language)
        when = self.scope.when(language)
        if not self.total.count:
            nothing = f"{when} {f'{what} ' if what else ''}반품이 없습니다."
            english = f"There are no returns{f' {what}' if what else ''} {when}."
            return wording.paragraphs(nothing if language is KO else english, self.scope.note(language))
        amount = wording.krw(-self.total.amount_krw, language)
        most = self.entries[0].name.in_language(language)
        first = (
            f"{when} {f'{what} ' if what else ''}반품은 {self.total.count:,}건, {amount}입니다. "
            f"가장 많은 것은 {most}입니다."
            if language is KO
            else f"Returns{f' {what}' if what else ''} {when}: {amount} ({self.total.count:,} transactions). "
            f"Most: {most}."
        )
        name = GROUP_WORDS[self.group][language is KO]
        header = (name, "반품", "수량", "금액") if language is KO else (name, "Returns", "Boxes", "Amount")
        rows = [
            (
                entry.name.in_language(language),
                f"{entry.total.count:,}",
                f"{-entry.total.quantity:,}",
                wording.krw(-entry.total.amount_krw, language),
            )
            for entry in self.entries[:MAX_ROWS]
        ]
        more = wording.more(len(rows), self.groups, language)
        return wording.paragraphs(
            first, wording.table(header, rows, numbers=3), more, self.scope.note(language)
        )
