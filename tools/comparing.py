"""Sums of two periods beside each other: "this year against last year", without flattering either."""

from datetime import date

from pydantic import BaseModel

from narutalk.languages import Language
from tools.periods import Period
from tools.series import growth

KO = Language.KO


class Comparison(BaseModel):
    """The sum of an earlier period beside that of the one asked about.

    Attributes:
        start: The first day of the earlier period, as far as it is compared.
        end: Its last day.
        amount_krw: Its sum.
        now_krw: The sum of the later period.
        is_shortened: The later period is not over yet, or its data is not: only as many months of the earlier
            one are compared.
    """

    start: date
    end: date
    amount_krw: int
    now_krw: int
    is_shortened: bool = False

    def told(self, language: Language) -> str:
        """Return it as a sentence."""
        label = Period(self.start, self.end).label(language)
        before, step = f"{self.amount_krw:,}", self.now_krw - self.amount_krw
        relative = growth(self.now_krw, self.amount_krw)
        share = "" if relative is None else f", {relative:+.1%}"
        if language is KO:
            same = "같은 달까지의 " if self.is_shortened else ""
            return f"비교: {same}{label} {before}원, 차이 {step:+,}원{share}."
        same = "the same months, " if self.is_shortened else ""
        return f"Compared with {same}{label}: {before} KRW then, a change of {step:+,} KRW{share}."


def compared_periods(one: Period, other: Period, covered: Period | None) -> tuple[Period, Period, bool]:
    """Return which period is asked about and which it is compared with, and whether that was shortened.

    The later of the two is asked about. Where its data ends before it does, the earlier one ends as many
    months after its start, so that ten months are not compared with twelve.

    Args:
        one: A period.
        other: Another one.
        covered: The days with data; None when there is none.
    """
    before, now = sorted((one, other), key=lambda period: (period.start, period.end))
    count = len(now.months())
    ends_early = covered is not None and now.start <= covered.end < now.end
    if covered is None or not ends_early or count != len(before.months()):
        return now, before, False
    kept = len(Period(now.start, covered.end).months())
    if kept == count:
        return now, before, False
    return now, before.first_months(kept), True
