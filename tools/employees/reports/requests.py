"""What can be asked of a report on employees."""

from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, Field

from narutalk.identity import Identity
from narutalk.languages import Language
from tools.employees.analysis import Subject
from tools.employees.arguments import DEPARTMENT, EMPLOYEE, PERIOD, REGION, PeriodText
from tools.employees.places import resolve_scope
from tools.employees.self_reference import person_meant
from tools.employees.store import EmployeeStore
from tools.reports.content import Figure


class ReportKind(StrEnum):
    """What a report is about."""

    SALES = "sales"
    ATTENDANCE = "attendance"
    REVIEWS = "reviews"
    TURNOVER = "turnover"


class ReportWanted(BaseModel):
    """What a report is about, and whom: a person, or everyone in a department and region."""

    kind: ReportKind = Field(
        default=ReportKind.SALES,
        description="sales: against target; attendance; reviews: scores; turnover: attrition and tenure.",
    )
    employee: str | None = Field(default=None, description=EMPLOYEE, min_length=1, max_length=80)
    department: str | None = Field(default=None, description=DEPARTMENT, max_length=80)
    region: str | None = Field(default=None, description=REGION, max_length=80)
    period: PeriodText = Field(default=None, description=PERIOD, max_length=40)


class Request(NamedTuple):
    """A request whose names are resolved."""

    store: EmployeeStore
    identity: Identity
    language: Language
    subject: Subject
    period: str | None

    def say(self, english: str, korean: str) -> str:
        """Return the text in the language of the report."""
        return korean if self.language is Language.KO else english


def resolve(store: EmployeeStore, identity: Identity, wanted: ReportWanted, language: Language) -> Request:
    """Return what a request means.

    Raises:
        RetryWithFix: There is no such department or region.
        TellTheModel: There is no such person, or several.
    """
    scope = resolve_scope(store.directory, department=wanted.department, region=wanted.region)
    person = (
        store.directory.one(
            person_meant(identity, wanted.employee),
            department=scope.department.code if scope.department else None,
            region=scope.region.code if scope.region else None,
        )
        if wanted.employee
        else None
    )
    subject = Subject(person=person) if person else Subject(scope=scope)
    return Request(store, identity, language, subject, wanted.period)


def filters_told(request: Request) -> tuple[Figure, ...]:
    """Return whom a report is narrowed down to, by name."""
    subject = request.subject
    named = (
        (request.say("Employee", "직원"), subject.label(request.language) if subject.person else None),
        (
            request.say("Department", "부서"),
            subject.scope.department.name(request.language) if subject.scope.department else None,
        ),
        (
            request.say("Region", "지역"),
            subject.scope.region.name(request.language) if subject.scope.region else None,
        ),
    )
    return tuple(Figure(label, value) for label, value in named if value)
