"""Who may see what about employees. The queries call these; nothing else decides.

Directory data, sales and their totals are for everyone. Attendance, reviews and salaries of everybody are
for HR and administrators; a manager sees the attendance and reviews of the people below, however many levels;
and everyone sees their own. Which employee a caller is says `Identity.employee_id`: who is tied to nobody has
no reporting line, and sees nobody's. Sums over few people are withheld, see `tools.employees.suppression`.
"""

from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import Session

from narutalk.errors import TellTheModel
from narutalk.identity import Identity, Role
from tools.employees.models import Employee
from tools.employees.refusals import refusal


def sees_everyone(identity: Identity) -> bool:
    """Whether the caller may see the attendance, reviews and salary of everybody."""
    return identity.has_role(Role.HR)


def personal_records_seen(identity: Identity) -> ColumnElement[bool]:
    """Return the condition on `Employee` of those whose attendance and reviews a caller sees."""
    if sees_everyone(identity):
        return true()
    own = identity.employee_id
    if own is None:
        return false()
    if not identity.has_role(Role.MANAGER):
        return Employee.id == own
    line = select(Employee.id).where(Employee.id == own).cte("reporting_line", recursive=True)
    # UNION, not UNION ALL: it ends where people report to each other in a circle.
    line = line.union(select(Employee.id).where(Employee.manager_id == line.c.id))
    return Employee.id.in_(select(line.c.id))


def salaries_seen(identity: Identity) -> ColumnElement[bool]:
    """Return the condition on `Employee` of those whose salary a caller sees."""
    if sees_everyone(identity):
        return true()
    return false() if identity.employee_id is None else Employee.id == identity.employee_id


def may_see_personal_records(session: Session, identity: Identity, employee_id: str) -> bool:
    """Whether the caller may see this person's attendance and reviews."""
    return _holds(session, personal_records_seen(identity), employee_id)


def require_personal_records(session: Session, identity: Identity, employee_id: str) -> None:
    """Refuse a caller who may not see this person's attendance and reviews.

    Raises:
        TellTheModel: With the reason, in both languages.
    """
    if not may_see_personal_records(session, identity, employee_id):
        raise _no_personal_records()


def require_salary(session: Session, identity: Identity, employee_id: str) -> None:
    """Refuse a caller who may not see this person's salary.

    Raises:
        TellTheModel: With the reason, in both languages.
    """
    if not _holds(session, salaries_seen(identity), employee_id):
        raise _no_salaries()


def require_every_salary(identity: Identity) -> None:
    """Refuse a caller who may not see everybody's salary.

    Raises:
        TellTheModel: With the reason, in both languages.
    """
    if not sees_everyone(identity):
        raise _no_salaries()


def require_some_personal_records(identity: Identity) -> None:
    """Refuse a caller who sees nobody's attendance and reviews, whomever they ask about.

    Raises:
        TellTheModel: With the reason, in both languages.
    """
    if not sees_everyone(identity) and identity.employee_id is None:
        raise _no_personal_records()


def require_some_salaries(identity: Identity) -> None:
    """Refuse a caller who sees nobody's salary, whomever they ask about.

    Raises:
        TellTheModel: With the reason, in both languages.
    """
    if not sees_everyone(identity) and identity.employee_id is None:
        raise _no_salaries()


def require_publishing(identity: Identity) -> None:
    """Refuse a caller who may not publish a report for everyone.

    Raises:
        TellTheModel: With the reason, in both languages.
    """
    if not identity.has_role(Role.HR, Role.MANAGER):
        raise refusal(
            "You are not permitted to publish reports: managers, HR and administrators are.",
            "보고서를 게시할 권한이 없습니다. 관리 직책자와 인사 담당자, 관리자만 게시할 수 있습니다.",
            reason="not_permitted",
        )


def _holds(session: Session, condition: ColumnElement[bool], employee_id: str) -> bool:
    query = select(Employee.id).where(Employee.id == employee_id, condition)
    return session.scalar(query) is not None


def _no_personal_records() -> TellTheModel:
    return refusal(
        "You are not permitted to see a person's attendance or reviews unless it is you, or somebody who "
        "reports to you as a manager: only HR and administrators are. Totals by department or region are "
        "open to you.",
        "개인의 근태와 평가를 볼 권한이 없습니다. 인사 담당자와 관리자, 그 직원의 상위 관리 직책자만 볼 수 "
        "있고, 본인의 기록은 볼 수 있습니다. 부서나 지역별 합계는 볼 수 있습니다.",
        reason="not_permitted",
    )


def _no_salaries() -> TellTheModel:
    return refusal(
        "You are not permitted to see salaries: only HR and administrators are, and everyone sees their own.",
        "급여 정보를 볼 권한이 없습니다. 인사 담당자와 관리자만 볼 수 있고, 본인의 급여는 볼 수 있습니다.",
        reason="not_permitted",
    )
