"""Answers that only some may see: a person's attendance, record and salary."""

from narutalk.languages import Language
from tools.employees.attendance import add_up
from tools.employees.coverage import UsedPeriod
from tools.employees.records import MonthAttendance, Person, ReviewRecord, SalaryRecord
from tools.employees.results.counts import attendance_cells, attendance_headings, attendance_told
from tools.employees.results.people import called, describe
from tools.employees.results.sales import PersonSales, told
from tools.employees.wording import MAX_ROWS, krw, month, paragraphs, table
from tools.tool import ToolResult

KO = Language.KO


class PersonAttendance(ToolResult):
    """A person's attendance in a period, by month."""

    person: Person
    used: UsedPeriod
    months: list[MonthAttendance]

    def to_markdown(self, language: Language) -> str:
        who, when = called(self.person, language), self.used.label(language)
        if not self.months:
            return f"{who}: {self.used.nothing(language, 'attendance records', '근태 자료')}"
        figures = attendance_told(add_up(self.months), language)
        sentence = (
            f"{who}의 {when} 근태: {figures}."
            if language is KO
            else f"Attendance of {who} in {when}: {figures}."
        )
        header = ("월" if language is KO else "Month", *attendance_headings(language))
        rows = [(month(entry.month), *attendance_cells(entry)) for entry in self.months[-MAX_ROWS:]]
        months = table(header, rows) if len(rows) > 1 else ""
        return paragraphs(sentence, months, self.used.note(language))


class PersonRecord(ToolResult):
    """A person's full record: directory data, sales and attendance of the year to date, and reviews."""

    person: Person
    sales: PersonSales
    attendance: PersonAttendance
    reviews: list[ReviewRecord]

    def to_markdown(self, language: Language) -> str:
        return paragraphs(
            describe(self.person, language),
            self._sales(language),
            self._attendance(language),
            self._reviews(language),
        )

    def _sales(self, language: Language) -> str:
        if not self.sales.months:
            return ""
        figures, when = told(self.sales.total, language), self.sales.used.label(language)
        return f"매출({when}): {figures}." if language is KO else f"Sales in {when}: {figures}."

    def _attendance(self, language: Language) -> str:
        if not self.attendance.months:
            return ""
        when = self.attendance.used.label(language)
        figures = attendance_told(add_up(self.attendance.months), language)
        return f"근태({when}): {figures}." if language is KO else f"Attendance in {when}: {figures}."

    def _reviews(self, language: Language) -> str:
        if not self.reviews:
            return "평가 기록이 없습니다." if language is KO else "There are no reviews."
        header = ("반기", "점수", "평가") if language is KO else ("Half", "Score", "Review")
        title = "평가(5점 만점):" if language is KO else "Reviews, of 5:"
        rows = [
            (review.half, f"{review.score:.1f}", review.summary(language))
            for review in self.reviews[:MAX_ROWS]
        ]
        return paragraphs(title, table(header, rows))


class PersonSalary(ToolResult):
    """What a person earns a year, and earned before; newest first."""

    person: Person
    salaries: list[SalaryRecord]

    def to_markdown(self, language: Language) -> str:
        who = called(self.person, language)
        if not self.salaries:
            return (
                f"{who}의 급여 기록이 없습니다."
                if language is KO
                else f"There is no salary on record for {who}."
            )
        now = self.salaries[0]
        amount, since = krw(now.annual_krw, language), now.effective_from.isoformat()
        sentence = (
            f"{who}의 연봉은 {amount}입니다({since}부터)."
            if language is KO
            else f"{who} earns {amount} a year, since {since}."
        )
        if len(self.salaries) == 1:
            return sentence
        header = ("적용일", "연봉") if language is KO else ("From", "Yearly salary")
        rows = [
            (salary.effective_from.isoformat(), krw(salary.annual_krw, language))
            for salary in self.salaries[:MAX_ROWS]
        ]
        return paragraphs(sentence, table(header, rows))
