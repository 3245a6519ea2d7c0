"""Reviews and salaries, for those who may see them."""

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from narutalk.identity import Identity
from tools.employees.directory import Filters
from tools.employees.models import Employee, Review, Salary
from tools.employees.permissions import personal_records_seen, require_personal_records, require_salary
from tools.employees.records import ReviewRecord, SalaryRecord


class ConfidentialQueries:
    """Reads `reviews` and `salaries`, the latter of one person at a time; `tools.employees.salaries` sums.

    Args:
        engine: Of the employee database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def reviews(self, identity: Identity, employee_id: str) -> list[ReviewRecord]:
        """Return a person's reviews, newest first.

        Raises:
            TellTheModel: The caller may not see this person's.
        """
        query = select(Review).where(Review.employee_id == employee_id).order_by(Review.half.desc())
        with Session(self._engine) as session:
            require_personal_records(session, identity, employee_id)
            return [_review(row) for row in session.scalars(query)]

    def reviews_of_seen(self, identity: Identity, filters: Filters) -> dict[str, list[ReviewRecord]]:
        """Return by employee the reviews that the caller may see of some people, newest first."""
        query = (
            select(Review)
            .join(Employee, Employee.id == Review.employee_id)
            .where(personal_records_seen(identity), *filters.conditions())
            .order_by(Review.employee_id, Review.half.desc())
        )
        found: dict[str, list[ReviewRecord]] = {}
        with Session(self._engine) as session:
            for row in session.scalars(query):
                found.setdefault(row.employee_id, []).append(_review(row))
        return found

    def salaries(self, identity: Identity, employee_id: str) -> list[SalaryRecord]:
        """Return a person's salaries, newest first.

        Raises:
            TellTheModel: The caller may not see this person's.
        """
        query = select(Salary).where(Salary.employee_id == employee_id).order_by(Salary.effective_from.desc())
        with Session(self._engine) as session:
            require_salary(session, identity, employee_id)
            return [
                SalaryRecord(effective_from=row.effective_from, annual_krw=row.annual_krw)
                for row in session.scalars(query)
            ]


def _review(row: Review) -> ReviewRecord:
    return ReviewRecord(half=row.half, score=row.score, summary_en=row.summary_en, summary_ko=row.summary_ko)
