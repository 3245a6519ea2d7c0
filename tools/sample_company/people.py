"""The sample company's people: who they are, whom they report to, and what they earn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from tools.employees.models import EmployeeStatus, Position
from tools.sample_company.business_days import add_months, is_business_day
from tools.sample_company.company import FIRST_DAY, LAST_DAY, DepartmentFacts, company_facts
from tools.sample_company.names import Name, person_name, person_names

SALES = "SAL"
HEAD_OFFICE = "SEO"
# How many people Sales has in each region, the director left out.
SALES_STAFF = {"SEO": 32, "GYE": 28, "BUS": 18, "DAE": 12, "GWA": 10, "DJN": 11}
# Where people of the other departments sit, one entry for each tenth of them.
PLACES = {"LOG": ["GYE"] * 6 + ["BUS"] * 3 + ["DAE"], "QAD": ["GYE"] * 6 + ["SEO"] * 4}
PLACES_OF_OTHERS = [HEAD_OFFICE] * 9 + ["BUS"]
PEOPLE_PER_TEAM = 6
SENIOR_SHARE = 0.42
LEFT_SALES, LEFT_OTHERS = 7, 5
LEAVE_SALES, LEAVE_OTHERS = 1, 3

# Yearly salary at the start of the data, in KRW, and the years in which people of a position were hired.
BASE_SALARY_KRW = {
    Position.ASSOCIATE: 36_000_000,
    Position.SENIOR_ASSOCIATE: 45_000_000,
    Position.MANAGER: 58_000_000,
    Position.SENIOR_MANAGER: 74_000_000,
    Position.DIRECTOR: 98_000_000,
}
HIRED = {
    Position.ASSOCIATE: (date(2020, 1, 1), date(2026, 8, 1)),
    Position.SENIOR_ASSOCIATE: (date(2015, 1, 1), date(2022, 12, 1)),
    Position.MANAGER: (date(2011, 1, 1), date(2018, 12, 1)),
    Position.SENIOR_MANAGER: (date(2009, 3, 1), date(2014, 12, 1)),
    Position.DIRECTOR: (date(2009, 3, 1), date(2011, 12, 1)),
}
EMAIL_DOMAIN = "miraenaru.example"

# Two people of one name in two regions, so that a question about the name alone has to be asked back.
SAME_NAME = person_name("박", "지훈")
SAME_NAME_REGIONS = ("SEO", "BUS")
# The name the documentation's examples use.
EXAMPLE_NAME = person_name("김", "민수")


@dataclass
class Person:
    """One employee.

    Attributes:
        away_from: The first day of a leave that still goes on; None for everyone at work.
        skill: How well the person works, 0 to 1; sales, reviews and attendance lean on it.
    """

    id: str
    name: Name
    department: str
    region: str
    position: Position
    manager_id: str | None
    hire_date: date
    left_date: date | None = None
    away_from: date | None = None
    email: str = ""
    skill: float = 0.5

    @property
    def status(self) -> EmployeeStatus:
        if self.left_date:
            return EmployeeStatus.LEFT
        return EmployeeStatus.ON_LEAVE if self.away_from else EmployeeStatus.ACTIVE

    @property
    def sells(self) -> bool:
        """Whether the person looks after clients: everyone in Sales below the regional managers."""
        return self.department == SALES and self.position not in (Position.DIRECTOR, Position.SENIOR_MANAGER)

    def works_in(self, month: date) -> bool:
        """Whether the person was employed on some day of a month."""
        return self.hire_date < add_months(month, 1) and (self.left_date is None or self.left_date >= month)


def generate_people(random: Random) -> list[Person]:
    """Return everyone who works or worked here, those who lead before those who report to them."""
    roster = _Roster(random)
    for department in company_facts().departments:
        if department.code == SALES:
            roster.add_sales()
        else:
            roster.add_department(department)
    people = roster.people
    _give_names(random, people)
    _let_go(random, [person for person in people if person.department == SALES], LEFT_SALES, LEAVE_SALES)
    _let_go(random, [person for person in people if person.department != SALES], LEFT_OTHERS, LEAVE_OTHERS)
    return people


def employee_row(person: Person) -> dict[str, Any]:
    """Return a person as a row of `employees`."""
    return {
        "id": person.id,
        "name_ko": person.name.ko,
        "name_en": person.name.en,
        "department_code": person.department,
        "region_code": person.region,
        "position": person.position.value,
        "manager_id": person.manager_id,
        "hire_date": person.hire_date,
        "left_date": person.left_date,
        "status": person.status.value,
        "email": person.email,
    }


def generate_salaries(random: Random, people: Sequence[Person]) -> list[dict[str, Any]]:
    """Return the rows of `salaries`: from the start of 2023 or the hire on, with a rise every 1 January."""
    rows = []
    for person in people:
        start = max(person.hire_date, date(2023, 1, 1))
        years_here = max(0, 2023 - person.hire_date.year)
        annual = BASE_SALARY_KRW[person.position] * (1 + 0.012 * years_here) * random.uniform(0.94, 1.08)
        last = person.left_date or LAST_DAY
        for day in [start, *(date(year, 1, 1) for year in range(start.year + 1, last.year + 1))]:
            rounded = round(annual / 100_000) * 100_000
            rows.append({"employee_id": person.id, "effective_from": day, "annual_krw": rounded})
            annual *= 1.02 + 0.04 * person.skill * random.uniform(0.7, 1.3)
    return rows


class _Roster:
    """Hires people one by one; ids count up in that order."""

    def __init__(self, random: Random) -> None:
        self.people: list[Person] = []
        self._random = random

    def add_sales(self) -> None:
        director = self._hire(SALES, HEAD_OFFICE, Position.DIRECTOR, None)
        for region, staff in SALES_STAFF.items():
            head = self._hire(SALES, region, Position.SENIOR_MANAGER, director)
            self._add_teams(SALES, [region] * (staff - 1), head)

    def add_department(self, department: DepartmentFacts) -> None:
        leader = self._hire(department.code, HEAD_OFFICE, Position.DIRECTOR, None)
        rest = department.headcount - 1
        if department.headcount >= PEOPLE_PER_TEAM * 2:
            leader = self._hire(department.code, HEAD_OFFICE, Position.SENIOR_MANAGER, leader)
            rest -= 1
        places = PLACES.get(department.code, PLACES_OF_OTHERS)
        self._add_teams(department.code, sorted(self._random.choice(places) for _ in range(rest)), leader)

    def _add_teams(self, department: str, regions: Sequence[str], leader: Person) -> None:
        """Hire people for the given regions: a manager for each team, the others reporting to one of them."""
        count = max(1, round(len(regions) / PEOPLE_PER_TEAM))
        left = list(regions)
        managers = []
        for index in range(count):
            region = regions[index * len(regions) // count]
            left.remove(region)
            managers.append(self._hire(department, region, Position.MANAGER, leader))
        for index, region in enumerate(left):
            near = [manager for manager in managers if manager.region == region] or managers
            is_senior = self._random.random() < SENIOR_SHARE
            position = Position.SENIOR_ASSOCIATE if is_senior else Position.ASSOCIATE
            self._hire(department, region, position, near[index % len(near)])

    def _hire(self, department: str, region: str, position: Position, leader: Person | None) -> Person:
        first, last = HIRED[position]
        person = Person(
            id=f"E{len(self.people) + 1:04}",
            name=Name("", ""),
            department=department,
            region=region,
            position=position,
            manager_id=leader.id if leader else None,
            hire_date=_business_day(first + timedelta(days=self._random.randrange((last - first).days))),
            skill=self._random.random(),
        )
        self.people.append(person)
        return person


def _give_names(random: Random, people: Sequence[Person]) -> None:
    """Give everyone a name of their own, except the two who share one, and an e-mail address."""
    fixed = {}
    for region in SAME_NAME_REGIONS:
        fixed[_junior(people, region, skip=0).id] = SAME_NAME
    fixed[_junior(people, "SEO", skip=1).id] = EXAMPLE_NAME
    names = iter(person_names(random, len(people), frozenset({SAME_NAME, EXAMPLE_NAME})))
    used: set[str] = set()
    for person in people:
        person.name = fixed.get(person.id) or next(names)
        local = ".".join(reversed(person.name.en.lower().split()))
        person.email = f"{local}{'2' if local in used else ''}@{EMAIL_DOMAIN}"
        used.add(local)


def _junior(people: Sequence[Person], region: str, *, skip: int) -> Person:
    juniors = [
        person
        for person in people
        if person.sells and person.region == region and person.position == Position.SENIOR_ASSOCIATE
    ]
    return juniors[skip]


def _let_go(random: Random, people: Sequence[Person], left: int, away: int) -> None:
    """Mark some people as having left, and some as being away, none of whom lead others."""
    named = {SAME_NAME, EXAMPLE_NAME}
    juniors = [
        person
        for person in people
        if person.position in (Position.ASSOCIATE, Position.SENIOR_ASSOCIATE)
        and person.hire_date < date(2023, 6, 1)
        and person.name not in named
    ]
    chosen = random.sample(juniors, left + away)
    days = (LAST_DAY - FIRST_DAY).days
    for person in chosen[:left]:
        person.left_date = _business_day(FIRST_DAY + timedelta(days=random.randrange(180, days - 90)))
    for person in chosen[left:]:
        person.away_from = date(2026, random.randrange(6, 10), 1)


def _business_day(day: date) -> date:
    while not is_business_day(day):
        day += timedelta(days=1)
    return day
