"""Answers about how sales develop, who comes and goes, and whose attendance is unusual."""

from datetime import date

from pydantic import BaseModel, Field

from narutalk.events import Chart
from narutalk.languages import Language
from tools.charts import bar_chart, line_chart
from tools.comparing import Comparison
from tools.employees.coverage import UsedPeriod
from tools.employees.grouping import GroupBy
from tools.employees.records import Person, SalesFigures
from tools.employees.results.people import called
from tools.employees.results.sales import GROUP_HEADINGS, told
from tools.employees.results.scope import Scope
from tools.employees.turnover import MIN_STAFF, Tenure, Turnover
from tools.employees.wording import MAX_ROWS, krw, paragraphs, table
from tools.periods import Period
from tools.series import SeriesFigures
from tools.series_wording import missing_told, seasons_told, trend_told
from tools.tool import ToolResult

KO = Language.KO
MAX_MONTHS = 12
MEASURES = {
    "late_days": ("days late", "지각(일)"),
    "sick_days": ("sick days", "병가(일)"),
    "overtime_hours": ("hours of overtime", "초과근무(시간)"),
}


class SalesDevelopment(ToolResult):
    """Sales of a person or a scope by month, with growth, trend and season."""

    person: Person | None
    scope: Scope
    used: UsedPeriod
    total: SalesFigures
    figures: SeriesFigures
    comparison: Comparison | None = None

    def to_markdown(self, language: Language) -> str:
        if not self.figures.months:
            return f"{self._who(language)}: {self.used.nothing(language, 'sales figures', '매출 자료')}"
        korean = language is KO
        rows = [
            (f"{point.month:%Y-%m}", krw(point.amount_krw, language))
            for point in self.figures.months[-MAX_MONTHS:]
        ]
        attained = told(self.total, language)
        return paragraphs(
            f"{self._title(language)}. {trend_told(self.figures, language)} "
            + (f"달성: {attained}." if korean else f"Attainment: {attained}."),
            self.comparison.told(language) if self.comparison else "",
            seasons_told(self.figures, language),
            table(("월", "매출") if korean else ("Month", "Sales"), rows),
            missing_told(self.figures, language),
            self.used.note(language),
        )

    def to_chart(self, language: Language) -> Chart | None:
        if len(self.figures.months) < 3:
            return None
        points = [(point.month.isoformat(), float(point.amount_krw)) for point in self.figures.months]
        x, y = ("월", "매출(원)") if language is KO else ("Month", "Sales (KRW)")
        return line_chart(self._title(language), points, x=x, y=y)

    def _who(self, language: Language) -> str:
        return called(self.person, language) if self.person else self.scope.label(language)

    def _title(self, language: Language) -> str:
        when = Period(self.used.start, self.used.end).label(language)
        if language is KO:
            return f"{self._who(KO)} 월별 매출, {when}"
        return f"Sales of {self._who(language)} by month, {when}"


class StaffTurnover(ToolResult):
    """Comings, goings and tenure in a period, as a total and by group; ``tenures`` by the group's key."""

    scope: Scope
    group_by: GroupBy
    period: UsedPeriod
    total: Turnover
    groups: list[Turnover]
    tenure: Tenure
    tenure_on: date
    tenures: dict[str, Tenure] = Field(default_factory=dict)

    def to_markdown(self, language: Language) -> str:
        korean = language is KO
        rate = "—" if self.total.rate is None else f"{self.total.rate:.1%}"
        where, when = self.scope.label(language), self.period.period.label(language)
        total = self.total
        first = (
            f"{where}의 {when} 퇴사율은 {rate}입니다(퇴사 {total.left:,}명 / "
            f"평균 인원 {total.average:,.1f}명, 입사 {total.hired:,}명)."
            if korean
            else f"Attrition of {where} in {when}: {rate} ({total.left:,} left, {total.average:,.1f} people "
            f"on average, {total.hired:,} hired)."
        )
        return paragraphs(
            f"{first} {self._tenure(language)}".strip(), self._table(language), self._note(language)
        )

    def to_chart(self, language: Language) -> Chart | None:
        if len(self.groups) < 2:
            return None
        korean = language is KO
        bars = [
            (group.name_ko if korean else group.name_en, round(100 * (group.rate or 0), 2))
            for group in self.groups
        ]
        title = "퇴사율(%)" if korean else "Attrition (%)"
        return bar_chart(title, bars, x=GROUP_HEADINGS[self.group_by][korean], y="%")

    def _tenure(self, language: Language) -> str:
        if self.tenure.mean_years is None or self.tenure.median_years is None:
            return ""
        mean, middle = f"{self.tenure.mean_years:.1f}", f"{self.tenure.median_years:.1f}"
        if language is KO:
            return f"{self.tenure_on} 재직자의 평균 근속은 {mean}년, 중앙값은 {middle}년입니다."
        return (
            f"Those who worked here on {self.tenure_on} had been here {mean} years on average "
            f"(median {middle})."
        )

    def _table(self, language: Language) -> str:
        if not self.groups:
            return ""
        korean = language is KO
        rest = (
            ("퇴사율", "퇴사", "입사", "기초 인원", "기말 인원", "평균 근속(년)")
            if korean
            else ("Attrition", "Left", "Hired", "At start", "At end", "Mean tenure (years)")
        )
        rows = [
            (
                (group.name_ko if korean else group.name_en) + (" *" if group.is_small else ""),
                "—" if group.rate is None else f"{group.rate:.1%}",
                f"{group.left:,}",
                f"{group.hired:,}",
                f"{group.at_start:,}",
                f"{group.at_end:,}",
                self._mean_years(group),
            )
            for group in self.groups[:MAX_ROWS]
        ]
        return table((GROUP_HEADINGS[self.group_by][korean], *rest), rows)

    def _mean_years(self, group: Turnover) -> str:
        found = self.tenures.get(group.key)
        return "—" if found is None or found.mean_years is None else f"{found.mean_years:.1f}"

    def _note(self, language: Language) -> str:
        if not (self.total.is_small or any(group.is_small for group in self.groups)):
            return ""
        if language is KO:
            return f"* 평균 인원이 {MIN_STAFF}명 미만이라 비율은 참고만 하세요."
        return f"* Fewer than {MIN_STAFF} people on average: these rates say little."


class PersonAnomaly(BaseModel):
    """A person's figure that stands out; ``usual`` is the median of those compared."""

    person: Person
    measure: str
    value: int
    usual: float
    score: float


class AttendanceAnomalies(ToolResult):
    """Whose attendance is unusual among those that the caller sees."""

    used: UsedPeriod
    scope: Scope
    compared: int
    enough: bool
    found: list[PersonAnomaly]

    def to_markdown(self, language: Language) -> str:
        korean = language is KO
        where, when = self.scope.label(language), self.used.label(language)
        if not self.compared:
            return f"{where}: {self.used.nothing(language, 'attendance records', '근태 자료')}"
        if not self.enough:
            return (
                f"{where}에서 볼 수 있는 직원이 {self.compared}명뿐이라 특이한 근태를 가릴 수 없습니다."
                if korean
                else f"You see the attendance of {self.compared} people in {where}: too few to tell "
                "what is unusual."
            )
        first = (
            f"{when} {where} 직원 {self.compared:,}명 중 눈에 띄는 근태 {len(self.found):,}건"
            "(수정 z 점수 3.5 초과)."
            if korean
            else f"{len(self.found):,} unusual figures among {self.compared:,} people in {where}, {when} "
            "(modified z-score above 3.5)."
        )
        header = (
            ("이름", "항목", "값", "중앙값", "점수")
            if korean
            else ("Name", "What", "Value", "Median", "Score")
        )
        rows = [
            (
                called(entry.person, language),
                MEASURES[entry.measure][korean],
                f"{entry.value:,}",
                f"{entry.usual:g}",
                f"{entry.score:.1f}",
            )
            for entry in self.found[:MAX_ROWS]
        ]
        return paragraphs(first, table(header, rows) if rows else "", self.used.note(language))
