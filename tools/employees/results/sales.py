"""Answers about sales and targets."""

from pydantic import Field

from narutalk.languages import Language
from tools.comparing import Comparison
from tools.employees.coverage import UsedPeriod
from tools.employees.grouping import GroupBy
from tools.employees.records import GroupSales, MonthSales, Person, RankedPerson, SalesFigures
from tools.employees.results.people import called
from tools.employees.results.scope import Scope
from tools.employees.sales import RankBy, add_up
from tools.employees.wording import MAX_ROWS, krw, month, more_rows, paragraphs, percent, table, topic
from tools.tool import ToolResult

KO = Language.KO
GROUP_HEADINGS = {
    GroupBy.TOTAL: ("All", "전체"),
    GroupBy.DEPARTMENT: ("Department", "부서"),
    GroupBy.REGION: ("Region", "지역"),
    GroupBy.POSITION: ("Position", "직급"),
}


class PersonSales(ToolResult):
    """A person's sales in a period, by month."""

    person: Person
    used: UsedPeriod
    months: list[MonthSales]
    comparison: Comparison | None = None

    @property
    def total(self) -> SalesFigures:
        """The sum of the months."""
        return add_up(self.months)

    def to_markdown(self, language: Language) -> str:
        who = called(self.person, language)
        if not self.months:
            return f"{who}: {self.used.nothing(language, 'sales figures', '매출 자료')}"
        if language is KO:
            sentence = f"{who}의 {self.used.label(language)} 매출은 {told(self.total, language)}입니다."
        else:
            where = f"{self.person.department_en}, {self.person.region_en}"
            sentence = f"{who}, {where}, sold {told(self.total, language)} in {self.used.label(language)}."
        if self.comparison:
            sentence = f"{sentence} {self.comparison.told(language)}"
        months = month_table(self.months, language) if len(self.months) > 1 else ""
        return paragraphs(sentence, months, self.used.note(language))


class SalesStatistics(ToolResult):
    """The sales of a group of people in a period, as a total and by group."""

    used: UsedPeriod
    scope: Scope
    group_by: GroupBy
    total: GroupSales
    comparison: Comparison | None = None
    groups: list[GroupSales] = Field(default_factory=list)

    def to_markdown(self, language: Language) -> str:
        if not self.total.people:
            nothing = self.used.nothing(language, "sales figures", "매출 자료")
            return f"{self.scope.label(language)}: {nothing}"
        where, when = self.scope.label(language), self.used.label(language)
        if language is KO:
            sentence = f"{where}의 {when} 매출은 {told(self.total, language)}입니다"
            sentence += f"(영업 실적이 있는 직원 {self.total.people:,}명)."
        else:
            sentence = f"Sales of {where} in {when}: {told(self.total, language)}"
            sentence += f" ({self.total.people:,} people with sales)."
        if self.comparison:
            sentence = f"{sentence} {self.comparison.told(language)}"
        if self.group_by is GroupBy.TOTAL or len(self.groups) < 2:
            return paragraphs(sentence, self.used.note(language))
        return paragraphs(
            f"{sentence} {self._extremes(language)}", self._table(language), self.used.note(language)
        )

    def _extremes(self, language: Language) -> str:
        most, least = self.groups[0], self.groups[-1]
        by_attainment = sorted(self.groups, key=lambda group: group.attainment_percent or 0)
        best, worst = by_attainment[-1], by_attainment[0]
        if language is KO:
            return (
                f"매출이 가장 많은 곳은 {most.name_ko}({krw(most.amount_krw, language)}), 가장 적은 곳은 "
                f"{least.name_ko}({krw(least.amount_krw, language)})입니다. 달성률은 "
                f"{best.name_ko}({percent(best.attainment_percent)})이 가장 높고 "
                f"{worst.name_ko}({percent(worst.attainment_percent)})이 가장 낮습니다."
            )
        return (
            f"Highest: {most.name_en} with {krw(most.amount_krw, language)}; lowest: {least.name_en} with "
            f"{krw(least.amount_krw, language)}. Best attainment: {best.name_en} with "
            f"{percent(best.attainment_percent)}; worst: {worst.name_en} with "
            f"{percent(worst.attainment_percent)}."
        )

    def _table(self, language: Language) -> str:
        first = GROUP_HEADINGS[self.group_by][language is KO]
        rest = (
            ("매출", "목표", "달성률", "인원")
            if language is KO
            else ("Sales", "Target", "Attainment", "People")
        )
        return table(
            (first, *rest),
            [
                (
                    group.name_ko if language is KO else group.name_en,
                    krw(group.amount_krw, language),
                    krw(group.target_krw, language),
                    percent(group.attainment_percent),
                    f"{group.people:,}",
                )
                for group in self.groups[:MAX_ROWS]
            ],
        )


class Ranking(ToolResult):
    """The people with the most, or the least, sales or attainment in a period."""

    used: UsedPeriod
    scope: Scope
    by: RankBy
    lowest: bool
    people: list[RankedPerson]

    def to_markdown(self, language: Language) -> str:
        if not self.people:
            nothing = self.used.nothing(language, "sales figures", "매출 자료")
            return f"{self.scope.label(language)}: {nothing}"
        return paragraphs(
            self._sentence(language),
            self._table(language) if len(self.people) > 1 else "",
            more_rows(MAX_ROWS, len(self.people), language),
            self.used.note(language),
        )

    def _sentence(self, language: Language) -> str:
        first, where, when = self.people[0], self.scope.label(language), self.used.label(language)
        who, figures = called(first.person, language), told(first, language)
        if language is KO:
            measure = "달성률" if self.by is RankBy.ATTAINMENT else "매출"
            end = "낮은" if self.lowest else "높은"
            subject = topic(f"{where} {measure}이 가장 {end} 직원")
            return f"{when} 기준 {subject} {who}, {figures}입니다."
        measure = "attainment" if self.by is RankBy.ATTAINMENT else "sales"
        end = "Lowest" if self.lowest else "Highest"
        place = f"{first.person.department_en}, {first.person.region_en}"
        return f"{end} {measure} in {where} in {when}: {who}, {place}, with {figures}."

    def _table(self, language: Language) -> str:
        header = (
            ("순위", "이름", "지역", "매출", "목표", "달성률")
            if language is KO
            else ("Rank", "Name", "Region", "Sales", "Target", "Attainment")
        )
        rows = [
            (
                str(entry.rank),
                called(entry.person, language),
                entry.person.region(language),
                krw(entry.amount_krw, language),
                krw(entry.target_krw, language),
                percent(entry.attainment_percent),
            )
            for entry in self.people[:MAX_ROWS]
        ]
        return table(header, rows)


def told(figures: SalesFigures, language: Language) -> str:
    """Return an amount beside its target, as part of a sentence."""
    amount, target = krw(figures.amount_krw, language), krw(figures.target_krw, language)
    reached = percent(figures.attainment_percent)
    if language is KO:
        return f"{amount}, 목표 {target} 대비 {reached}"
    return f"{amount}, {reached} of the target of {target}"


def month_table(months: list[MonthSales], language: Language) -> str:
    """Return the last months as a Markdown table."""
    header = (
        ("월", "매출", "목표", "달성률") if language is KO else ("Month", "Sales", "Target", "Attainment")
    )
    rows = [
        (
            month(entry.month),
            krw(entry.amount_krw, language),
            krw(entry.target_krw, language),
            percent(entry.attainment_percent),
        )
        for entry in months[-MAX_ROWS:]
    ]
    return table(header, rows)
