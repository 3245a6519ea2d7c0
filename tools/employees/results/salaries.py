"""Answers about what groups of people earn."""

from datetime import date

from narutalk.languages import Language
from tools.employees.grouping import GroupBy
from tools.employees.results.sales import GROUP_HEADINGS
from tools.employees.results.scope import Scope
from tools.employees.salaries import GroupSalary
from tools.employees.suppression import MIN_PEOPLE
from tools.employees.wording import MAX_ROWS, krw, more_rows, paragraphs, table
from tools.tool import ToolResult

KO = Language.KO


class SalaryStatistics(ToolResult):
    """Mean and median of the yearly salaries on a day, as a total and by group."""

    scope: Scope
    on: date
    group_by: GroupBy
    total: GroupSalary
    groups: list[GroupSalary]

    def to_markdown(self, language: Language) -> str:
        korean, where = language is KO, self.scope.label(language)
        if self.total.mean_krw is None or self.total.median_krw is None:
            return (
                f"{where}: {self.total.people}명의 급여 통계는 알려 드리지 않습니다({MIN_PEOPLE}명부터 제공)."
                if korean
                else f"{where}: statistics over {self.total.people} people's salaries are withheld "
                f"(there must be {MIN_PEOPLE} at least)."
            )
        mean, middle = krw(self.total.mean_krw, language), krw(self.total.median_krw, language)
        first = (
            f"{self.on} 기준 {where} 평균 연봉은 {mean}, 중앙값은 {middle}입니다({self.total.people:,}명)."
            if korean
            else f"Yearly salaries in {where} on {self.on}: {mean} on average, median {middle} "
            f"({self.total.people:,} people)."
        )
        more = more_rows(MAX_ROWS, len(self.groups), language)
        return paragraphs(first, self._table(language) if len(self.groups) > 1 else "", more)

    def _table(self, language: Language) -> str:
        korean = language is KO
        rest = ("평균 연봉", "중앙값", "인원") if korean else ("Mean", "Median", "People")
        rows = [
            (
                group.name_ko if korean else group.name_en,
                "—" if group.mean_krw is None else krw(group.mean_krw, language),
                "—" if group.median_krw is None else krw(group.median_krw, language),
                f"{group.people:,}",
            )
            for group in self.groups[:MAX_ROWS]
        ]
        return table((GROUP_HEADINGS[self.group_by][korean], *rest), rows)
