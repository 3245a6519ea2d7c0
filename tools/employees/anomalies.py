"""Whose attendance is unusual, among the people whose attendance a caller sees."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from statistics import median
from typing import NamedTuple

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from narutalk.identity import Identity
from tools.employees.coverage import UsedPeriod
from tools.employees.directory import Filters
from tools.employees.models import Attendance, Employee
from tools.employees.permissions import personal_records_seen, require_some_personal_records


class AttendanceMeasure(StrEnum):
    """What may be unusual about somebody's attendance."""

    LATE = "late_days"
    SICK = "sick_days"
    OVERTIME = "overtime_hours"


MEASURES = tuple(AttendanceMeasure)
UNUSUAL_SCORE = 3.5
MIN_COMPARED = 8
"""Among fewer people nothing is called unusual."""
_NORMAL = 0.6745
_NORMAL_MEAN = 1.253314


class Anomaly(NamedTuple):
    """One person's unusual figure.

    Attributes:
        employee_id: Whose.
        measure: What stands out.
        value: Days or hours in the period.
        usual: The median of the people compared.
        score: The modified z-score, above `UNUSUAL_SCORE`.
    """

    employee_id: str
    measure: AttendanceMeasure
    value: int
    usual: float
    score: float


class Anomalies(NamedTuple):
    """What is unusual, the highest score first, and how many people were compared."""

    found: list[Anomaly]
    compared: int


class AnomalyQueries:
    """Reads `attendance` of many people at once.

    Args:
        engine: Of the employee database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(
        self,
        identity: Identity,
        filters: Filters,
        used: UsedPeriod,
        measure: AttendanceMeasure | None = None,
    ) -> Anomalies:
        """Return whose days late or sick, or overtime, stand out in a period; of one measure, or of all.

        Compared are only the people whose attendance the caller sees: nothing of the others shows, not even
        through what is usual.

        Raises:
            TellTheModel: The caller sees nobody's.
        """
        require_some_personal_records(identity)
        sums = [func.sum(getattr(Attendance, measure)) for measure in MEASURES]
        query = (
            select(Employee.id, *sums)
            .join_from(Attendance, Employee, Employee.id == Attendance.employee_id)
            .where(
                Attendance.month >= used.start.replace(day=1),
                Attendance.month <= used.end,
                personal_records_seen(identity),
                *filters.conditions(),
            )
            .group_by(Employee.id)
            .order_by(Employee.id)
        )
        with Session(self._engine) as session:
            rows = session.execute(query).all()
        people = {row[0]: [int(value) for value in row[1:]] for row in rows}
        found = [entry for entry in unusual(people) if measure in (None, entry.measure)]
        return Anomalies(found, len(people))


def unusual(people: Mapping[str, Sequence[int]]) -> list[Anomaly]:
    """Return the figures that stand out at the top, the highest score first; none among few people.

    The modified z-score is 0.6745 · (x - median) / MAD, and above 3.5 is an outlier. Where more than half of
    the people are alike the MAD is 0, and the mean absolute deviation times 1.2533 stands for it.

    Source: B. Iglewicz & D. Hoaglin, "How to Detect and Handle Outliers" (1993); for a MAD of 0, IBM SPSS.

    Args:
        people: By id, their figures in the order of `MEASURES`.
    """
    if len(people) < MIN_COMPARED:
        return []
    found = []
    for position, measure in enumerate(MEASURES):
        values = {key: figures[position] for key, figures in people.items()}
        usual = median(values.values())
        away = [abs(value - usual) for value in values.values()]
        spread = median(away) / _NORMAL or _NORMAL_MEAN * sum(away) / len(away)
        for key, value in values.items():
            score = (value - usual) / spread if spread else 0.0
            if score > UNUSUAL_SCORE:
                found.append(Anomaly(key, measure, value, usual, round(score, 2)))
    return sorted(found, key=lambda entry: (-entry.score, entry.employee_id, entry.measure))
