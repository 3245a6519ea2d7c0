"""Answers about who was late, sick or working overtime most."""

from pydantic import BaseModel

from narutalk.languages import Language
from tools.employees.anomalies import AttendanceMeasure
from tools.employees.coverage import UsedPeriod
from tools.employees.records import Person
from tools.employees.results.developments import MEASURES
from tools.employees.results.people import called
from tools.employees.results.scope import Scope
from tools.employees.wording import paragraphs, table
from tools.tool import ToolResult

KO = Language.KO


class PersonDays(BaseModel):
    """One person's figure.

    Attributes:
        value: Days or hours in the period.
    """

    person: Person
    value: int


class AttendanceRanking(ToolResult):
    """Who has the highest figure among those whose attendance the caller sees.

    Attributes:
        compared: Of how many people the caller sees the attendance.
        entries: The highest first; nobody without any.
        as_many: How many people who are not among the entries have as much as the last of them.
    """

    used: UsedPeriod
    scope: Scope
    measure: AttendanceMeasure
    compared: int
    entries: list[PersonDays]
    as_many: int = 0

    def to_markdown(self, language: Language) -> str:
        korean = language is KO
        where, when = self.scope.label(language), self.used.label(language)
        what = MEASURES[self.measure][korean]
        if not self.compared:
            return f"{where}: {self.used.nothing(language, 'attendance records', '근태 자료')}"
        among = (
            f"{when} {where}에서 근태를 볼 수 있는 직원 {self.compared:,}명 중"
            if korean
            else f"Among the {self.compared:,} people in {where} whose attendance you see, {when}"
        )
        if not self.entries:
            return f"{among} {what} 기록이 있는 사람은 없습니다." if korean else f"{among}: no {what}."
        told = (
            f"{among} {what} {self._most(language)}."
            if korean
            else f"{among}, most {what}: {self._most(language)}."
        )
        rows = [
            (
                str(place),
                called(entry.person, language),
                entry.person.department(language),
                f"{entry.value:,}",
            )
            for place, entry in enumerate(self.entries, 1)
        ]
        header = ("순위", "이름", "부서", what) if korean else ("Rank", "Name", "Department", what)
        more = ""
        if self.as_many:
            value = f"{self.entries[-1].value:,}"
            more = (
                f"{value}인 사람이 {self.as_many:,}명 더 있습니다."
                if korean
                else f"{self.as_many:,} more with {value}."
            )
        return paragraphs(told, table(header, rows), more, self.used.note(language))

    def _most(self, language: Language) -> str:
        most = self.entries[0].value
        name = called(self.entries[0].person, language)
        others = sum(entry.value == most for entry in self.entries) - 1
        others += self.as_many if others == len(self.entries) - 1 else 0
        if language is KO:
            return f"최다 {most:,}: {name}{f' 외 {others:,}명' if others else ''}"
        more = f" and {others:,} {'other' if others == 1 else 'others'}" if others else ""
        return f"{most:,}, {name}{more}"
