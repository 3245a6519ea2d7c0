"""The employee database as the tools, services and reports see it: the only way in."""

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from narutalk.clock import Clock
from tools.adhoc.running import AdHocDatabase
from tools.adhoc.tool import Source
from tools.employees.anomalies import AnomalyQueries
from tools.employees.attendance import AttendanceQueries
from tools.employees.confidential import ConfidentialQueries
from tools.employees.directory import Directory
from tools.employees.headcount import HeadcountQueries
from tools.employees.salaries import SalaryQueries
from tools.employees.sales import SalesQueries
from tools.employees.turnover import TurnoverQueries
from tools.employees.views import employee_views


class EmployeeStore:
    """All queries over the employee database, by subject. Thread-safe; each call is one short transaction.

    Args:
        engine: Of the employee database; the caller disposes of it.
        clock: Says today, for relative periods.

    Attributes:
        directory: People.
        headcount: How many they are.
        sales: Sales and targets.
        attendance: Attendance.
        anomalies: Unusual attendance.
        turnover: Who came and left, and tenure.
        confidential: Reviews and salaries of one person.
        salaries: What people earn on average.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self.clock = clock
        self.directory = Directory(engine)
        self.headcount = HeadcountQueries(engine)
        self.sales = SalesQueries(engine, clock, self.directory)
        self.attendance = AttendanceQueries(engine, clock)
        self.anomalies = AnomalyQueries(engine)
        self.turnover = TurnoverQueries(engine)
        self.confidential = ConfidentialQueries(engine)
        self.salaries = SalaryQueries(engine)

    def sql_sources(self) -> list[Source]:
        """Return what analysts may ask in SQL."""
        database = AdHocDatabase(self._engine)
        return [Source(name="employees.db", database=database, views=employee_views)]

    def ping(self) -> None:
        """Ask the database for nothing; raises SQLAlchemyError when it cannot answer."""
        with Session(self._engine) as session:
            session.execute(text("SELECT 1 FROM employees LIMIT 1"))
