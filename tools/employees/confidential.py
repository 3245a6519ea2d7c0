"""Reviews and salaries, for those who may see them."""

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from narutalk.identity import Identity
from tools.employees.models import Review, Salary
from tools.employees.permissions import require_personal_records, require_salary
from tools.employees.records import ReviewRecord, SalaryRecord


class ConfidentialQueries:
    """Reads `reviews` and `salaries` of one person at a time; `tools.employees.salaries` sums.

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
            return [
                ReviewRecord(
                    half=row.half, score=row.score, summary_en=row.summary_en, summary_ko=row.summary_ko
                )
                for row in session.scalars(query)
            ]

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
