"""Which transactions an answer speaks of, in words: the period, where, to whom, of what."""

from datetime import date

from pydantic import BaseModel

from narutalk.events import Citation
from narutalk.languages import Language
from tools.clients import wording
from tools.clients.models import ClientType
from tools.clients.records import Names
from tools.periods import Period

KO = Language.KO


class Days(BaseModel):
    """A period as an answer holds it."""

    start: date
    end: date

    @classmethod
    def of(cls, period: Period) -> "Days":
        return cls(start=period.start, end=period.end)

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)


class Scope(BaseModel):
    """The period and the filters of an answer.

    Attributes:
        period: None for all days there are.
        is_default: Nobody named the period.
        covered: The days the data covers; None when there is none.
    """

    period: Days | None
    is_default: bool = False
    covered: Days | None = None
    region: Names | None = None
    client_type: ClientType | None = None
    owner: Names | None = None
    product: Names | None = None
    category: str | None = None

    def when(self, language: Language) -> str:
        """Return "in Q3 2026 (…)", "from … to …" or "2026년 3분기 (…)"."""
        if self.period is None:
            return "전체 기간" if language is KO else "in all recorded time"
        label = self.period.period.label(language)
        if language is KO:
            return label
        if self.period.start == self.period.end:
            return f"on {self.period.start}"
        return f"in {label}" if "(" in label else f"from {self.period.start} to {self.period.end}"

    def of_what(self, language: Language, *, whom: str = "to", whose: str = "by") -> str:
        """Return the filters as they follow "sales", or come before "매출"; empty without any.

        Args:
            language: Of the answer.
            whom: What stands before the client type in English.
            whose: What stands before the owner: sales are by them, clients are of them.
        """
        category = wording.category(self.category, language) if self.category else ""
        names = [self.product, self.owner, self.region]
        product, owner, region = (name.in_language(language) if name else "" for name in names)
        what = product or category
        who = wording.types(self.client_type, 2, language) if self.client_type else ""
        if language is KO:
            return " ".join(part for part in (f"{owner} 담당" if owner else "", region, who, what) if part)
        parts = (
            f"of {what}" if what else "",
            f"{whom} {who}" if who else "",
            f"in {region}" if region else "",
            f"{whose} {owner}" if owner else "",
        )
        return " ".join(part for part in parts if part)

    def note(self, language: Language) -> str:
        """Return what a reader must know of the period: that nobody chose it, and where the data ends."""
        parts = []
        if self.is_default and self.period:
            parts.append(
                "기간을 말씀하지 않아 자료가 있는 최근 12개월로 계산했습니다."
                if language is KO
                else "No period was named, so this is the last 12 months with data."
            )
        if self.period and self.covered:
            if self.period.end > self.covered.end:
                end = self.covered.end
                parts.append(f"자료는 {end}까지 있습니다." if language is KO else f"The data ends on {end}.")
            if self.period.start < self.covered.start:
                start = self.covered.start
                parts.append(
                    f"자료는 {start}부터 있습니다." if language is KO else f"The data begins on {start}."
                )
        return " ".join(parts)

    def no_data(self, language: Language) -> str:
        """Return the sentence that says there are no transactions, and what the data covers."""
        days = f"{self.covered.start} – {self.covered.end}" if self.covered else "—"
        what = self.of_what(language)
        if language is KO:
            subject = (
                f"{self.when(KO)}에는 {what} 거래가 없습니다."
                if what
                else f"{self.when(KO)}에는 거래가 없습니다."
            )
            return f"{subject} 자료 기간: {days}."
        what = f" {what}" if what else ""
        return f"There are no transactions{what} {self.when(language)}. The data covers {days}."

    def citation(self, *more: str) -> Citation:
        """Return the source of figures over transactions."""
        period = self.period or self.covered
        parts = [
            f"{period.start}–{period.end}" if period else "",
            self.region.en if self.region else "",
            self.client_type.value if self.client_type else "",
            self.owner.en if self.owner else "",
            self.product.en if self.product else "",
            self.category or "",
            *more,
        ]
        return Citation(
            kind="records",
            title="Transactions",
            source="transactions.db · transactions",
            detail=", ".join(part for part in parts if part),
        )
