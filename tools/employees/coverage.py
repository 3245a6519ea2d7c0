"""Which period a question means when it names none, and what the data covers."""

from datetime import date, timedelta

from pydantic import BaseModel

from narutalk.languages import Language
from tools.employees.wording import month
from tools.periods import Period, resolve_period


class UsedPeriod(BaseModel):
    """The period that figures are for, beside what the data covers.

    Attributes:
        start: The first day.
        end: The last day.
        assumed: The question named none, so the newest year to date was taken.
        data_start: First day of the first month with data; None when there is none at all.
        data_end: Last day of the last month with data.
    """

    start: date
    end: date
    assumed: bool = False
    data_start: date | None = None
    data_end: date | None = None

    @property
    def period(self) -> Period:
        """The period itself."""
        return Period(self.start, self.end)

    def label(self, language: Language) -> str:
        """Return the period as people read it, and whether it was assumed."""
        if not self.assumed:
            return self.period.label(language)
        days = f"{self.start} – {self.end}"
        return f"연초 누계({days})" if language is Language.KO else f"the year to date ({days})"

    def note(self, language: Language) -> str:
        """Return what to add when the data covers the period in part; empty when it covers all of it."""
        if self.data_start is None or self.data_end is None:
            return ""
        if self.data_start <= self.start and self.end <= self.data_end:
            return ""
        return self._covers(language)

    def nothing(self, language: Language, english: str, korean: str) -> str:
        """Return the sentence for a period without data.

        Args:
            language: To write in.
            english: What there is none of, such as "sales figures".
            korean: The same, such as "매출 자료".
        """
        if language is Language.KO:
            sentence = f"{self.label(language)} 기간에는 {korean}가 없습니다."
        else:
            sentence = f"There are no {english} for {self.label(language)}."
        return f"{sentence} {self._covers(language)}".strip()

    def _covers(self, language: Language) -> str:
        if self.data_start is None or self.data_end is None:
            return ""
        first, last = month(self.data_start), month(self.data_end)
        if language is Language.KO:
            return f"자료는 {first}부터 {last}까지 있습니다."
        return f"The data covers {first} to {last}."


def use_period(text: str | None, today: date, first: date | None, last: date | None) -> UsedPeriod:
    """Return the period a question means.

    Args:
        text: As `tools.periods.resolve_period` takes it; None for the newest year to date: from January to
            the last full month that has data.
        today: By the company's clock.
        first: The first day of the first month with data, if any.
        last: The first day of the last month with data, if any.

    Raises:
        RetryWithFix: ``text`` is no period.
    """
    data_end = _last_day(last) if last else None
    if text is not None:
        period = resolve_period(text, today)
        return UsedPeriod(start=period.start, end=period.end, data_start=first, data_end=data_end)
    last_full = today.replace(day=1) - timedelta(days=1)
    if _last_day(today) == today:
        last_full = today
    end = min(last_full, data_end) if data_end else last_full
    return UsedPeriod(start=date(end.year, 1, 1), end=end, assumed=True, data_start=first, data_end=data_end)


def _last_day(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
