"""Answers about who people are."""

from enum import StrEnum

from pydantic import Field

from narutalk.languages import Language
from tools.employees.models import EmployeeStatus
from tools.employees.records import Person
from tools.employees.results.scope import Scope
from tools.employees.wording import (
    MAX_ROWS,
    POSITIONS,
    STATUSES,
    more_rows,
    paragraphs,
    particle,
    people,
    table,
    topic,
)
from tools.tool import ToolResult

KO = Language.KO


class About(StrEnum):
    """What is asked about a person."""

    PROFILE = "profile"
    MANAGER = "manager"
    REPORTS = "reports"
    CONTACT = "contact"


class PersonResult(ToolResult):
    """A person, and what was asked about them.

    Attributes:
        person: Who was meant.
        about: What was asked.
        manager: Whom they report to, if anyone.
        reports: Who reports to them directly; filled when asked for.
    """

    person: Person
    about: About = About.PROFILE
    manager: Person | None = None
    reports: list[Person] = Field(default_factory=list)

    def to_markdown(self, language: Language) -> str:
        if self.about is About.MANAGER:
            return self._manager(language)
        if self.about is About.REPORTS:
            return self._reports(language)
        if self.about is About.CONTACT:
            return self._contact(language)
        return describe(self.person, language)

    def _manager(self, language: Language) -> str:
        who = called(self.person, language)
        if self.manager is None:
            return f"{topic(who)} 상사가 없습니다." if language is KO else f"{who} reports to nobody."
        manager = f"{called(self.manager, language)}, {_rank_and_place(self.manager, language)}"
        if language is KO:
            return f"{who}의 상사는 {manager}입니다. 이메일: {self.manager.email}"
        return f"{who} reports to {manager}. Email: {self.manager.email}"

    def _reports(self, language: Language) -> str:
        who = called(self.person, language)
        count = len(self.reports)
        if not count:
            return f"{who}에게 보고하는 직원은 없습니다." if language is KO else f"Nobody reports to {who}."
        if language is KO:
            sentence = f"{who}에게 직접 보고하는 직원은 {people(count, language)}입니다."
        else:
            verb = "reports" if count == 1 else "report"
            sentence = f"{people(count, language)} {verb} directly to {who}."
        return paragraphs(
            sentence, people_table(self.reports, language), more_rows(MAX_ROWS, count, language)
        )

    def _contact(self, language: Language) -> str:
        who = called(self.person, language)
        place = _rank_and_place(self.person, language)
        if language is KO:
            return f"{who}의 이메일은 {self.person.email}입니다({place})."
        return f"{who}'s email address is {self.person.email} ({place})."


class PeopleResult(ToolResult):
    """People by filters.

    Attributes:
        people: The first of them.
        total: How many there are in all.
        scope: Department, region and position asked for.
        condition_en: The other conditions, such as "hired in 2025"; empty when there are none.
        condition_ko: The same in Korean.
        order: What the list is sorted by: "senior", "longest" or "newest".
    """

    people: list[Person]
    total: int
    scope: Scope
    condition_en: str = ""
    condition_ko: str = ""
    order: str = "senior"

    def to_markdown(self, language: Language) -> str:
        where = self.scope.label(language)
        if language is KO:
            condition = f" {self.condition_ko}" if self.condition_ko else ""
            who = "" if self.scope.position else " 직원"
            sentence = (
                f"{particle(f'{where}{condition}{who}', '은', '는')} {people(self.total, language)}입니다."
            )
        else:
            condition = f" {self.condition_en}" if self.condition_en else ""
            verb = "match" if self.total != 1 else "matches"
            sentence = f"{people(self.total, language)} {verb}: {where}{',' if condition else ''}{condition}."
        if not self.people:
            return sentence
        shown = min(len(self.people), MAX_ROWS)
        return paragraphs(
            f"{sentence} {self._first(language)}".strip(),
            people_table(self.people, language),
            more_rows(shown, self.total, language),
        )

    def _first(self, language: Language) -> str:
        """Say who comes first, when the list is long enough for that to answer something."""
        if len(self.people) < 2:
            return ""
        first, second = self.people[:2]
        who = called(first, language)
        if self.order != "senior":
            hired = first.hire_date.isoformat()
            if language is KO:
                korean = "가장 오래 근무한" if self.order == "longest" else "가장 최근 입사한"
                return f"{korean} 직원은 {who}, {hired} 입사입니다."
            return f"{'Longest here' if self.order == 'longest' else 'Newest'}: {who}, hired {hired}."
        if first.position == second.position:
            return ""
        rank = POSITIONS[first.position][language]
        return (
            f"직급이 가장 높은 직원은 {who} {rank}입니다."
            if language is KO
            else f"The most senior is {who}, {rank}."
        )


def called(person: Person, language: Language) -> str:
    """Return the name with the id, in the language's way."""
    return f"{person.name_ko}({person.id})" if language is KO else f"{person.name_en} ({person.id})"


def describe(person: Person, language: Language) -> str:
    """Return one or two sentences with everything the directory says of a person."""
    hired, left = person.hire_date.isoformat(), person.left_date
    if language is KO:
        names = ", ".join(name for name in (person.name_en, person.id) if name != person.name_ko)
        other = f"{person.name_ko}({names})"
        sentence = f"{particle(other, '은', '는')} {person.region_ko} {person.department_ko} "
        sentence += f"{POSITIONS[person.position][KO]}입니다. 입사일 {hired}, {STATUSES[person.status][KO]}"
        sentence += f"({left.isoformat()})" if left else ""
        manager = f", 상사 {person.manager_ko}" if person.manager_ko else ""
        return f"{sentence}{manager}, 이메일 {person.email}."
    verb, rank = ("was" if left else "is"), POSITIONS[person.position][Language.EN]
    article = "an" if rank[0] in "AEIOU" else "a"
    names = ", ".join(name for name in (person.name_ko, person.id) if name != person.name_en)
    sentence = f"{person.name_en} ({names}) {verb} {article} {rank} in "
    sentence += f"{person.department_en}, {person.region_en}. Hired {hired}"
    if left:
        sentence += f", left {left.isoformat()}"
    elif person.status is EmployeeStatus.ON_LEAVE:
        sentence += ", on leave now"
    manager = f", reports to {person.manager_en}" if person.manager_en else ""
    return f"{sentence}{manager}. Email: {person.email}"


def people_table(people: list[Person], language: Language) -> str:
    """Return the first people as a Markdown table."""
    header = (
        ("이름", "사번", "직급", "부서", "지역", "입사일")
        if language is KO
        else ("Name", "Id", "Position", "Department", "Region", "Hired")
    )
    rows = [
        (
            person.name(language),
            person.id,
            POSITIONS[person.position][language],
            person.department(language),
            person.region(language),
            person.hire_date.isoformat(),
        )
        for person in people[:MAX_ROWS]
    ]
    return table(header, rows)


def _rank_and_place(person: Person, language: Language) -> str:
    rank = POSITIONS[person.position][language]
    if language is KO:
        return f"{person.region_ko} {person.department_ko} {rank}"
    return f"{rank} in {person.department_en}, {person.region_en}"
