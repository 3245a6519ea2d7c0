"""What the queries return: typed rows, JSON-serialisable, with the units in their names."""

from datetime import date

from pydantic import BaseModel

from narutalk.languages import Language
from tools.employees.models import EmployeeStatus, Position


class Place(BaseModel):
    """A department or a region."""

    code: str
    name_en: str
    name_ko: str

    def name(self, language: Language) -> str:
        """Return the name in a language."""
        return self.name_ko if language is Language.KO else self.name_en


class Person(BaseModel):
    """What the directory says of an employee; open to everyone in the company."""

    id: str
    name_en: str
    name_ko: str
    department_code: str
    department_en: str
    department_ko: str
    region_code: str
    region_en: str
    region_ko: str
    position: Position
    status: EmployeeStatus
    hire_date: date
    left_date: date | None
    email: str
    manager_id: str | None
    manager_en: str | None
    manager_ko: str | None

    def name(self, language: Language) -> str:
        """Return the name in a language's script."""
        return self.name_ko if language is Language.KO else self.name_en

    def department(self, language: Language) -> str:
        """Return the department's name in a language."""
        return self.department_ko if language is Language.KO else self.department_en

    def region(self, language: Language) -> str:
        """Return the region's name in a language."""
        return self.region_ko if language is Language.KO else self.region_en

    def manager(self, language: Language) -> str | None:
        """Return the manager's name in a language, or None for someone without one."""
        return self.manager_ko if language is Language.KO else self.manager_en


class SalesFigures(BaseModel):
    """What was sold, and was meant to be, over some months."""

    amount_krw: int = 0
    target_krw: int = 0

    @property
    def attainment_percent(self) -> float | None:
        """The amount in percent of the target; None without a target."""
        return 100 * self.amount_krw / self.target_krw if self.target_krw else None


class MonthSales(SalesFigures):
    """One month's sales; the month is given by its first day."""

    month: date


class GroupSales(SalesFigures):
    """The sales of a department, region or position; ``people`` counts those who had any in the period."""

    key: str
    name_en: str
    name_ko: str
    people: int


class RankedPerson(SalesFigures):
    """A person with their sales in a period, and their rank from 1."""

    rank: int
    person: Person


class GroupCount(BaseModel):
    """How many people a department, region or position has."""

    key: str
    name_en: str
    name_ko: str
    people: int


class AttendanceFigures(BaseModel):
    """Days and overtime hours over some months, of one person or many."""

    working_days: int = 0
    present_days: int = 0
    late_days: int = 0
    leave_days: int = 0
    sick_days: int = 0
    overtime_hours: int = 0

    @property
    def presence_percent(self) -> float | None:
        """Days present in percent of working days; None without working days."""
        return 100 * self.present_days / self.working_days if self.working_days else None


class MonthAttendance(AttendanceFigures):
    """One month's attendance; the month is given by its first day."""

    month: date


class GroupAttendance(AttendanceFigures):
    """The attendance of a department, region or position.

    Attributes:
        withheld: Whether the days are left out (as zeros) because they would tell about single persons.
    """

    key: str
    name_en: str
    name_ko: str
    people: int
    withheld: bool = False


class ReviewRecord(BaseModel):
    """A half-yearly review; the score runs from 1.0 to 5.0."""

    half: str
    score: float
    summary_en: str
    summary_ko: str

    def summary(self, language: Language) -> str:
        """Return the summary in a language."""
        return self.summary_ko if language is Language.KO else self.summary_en


class SalaryRecord(BaseModel):
    """The yearly salary from a date on."""

    effective_from: date
    annual_krw: int
