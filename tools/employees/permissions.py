"""Who may see what about employees. The queries call these; nothing else decides.

Directory data, sales and totals are for everyone. A person's attendance and reviews are for managers, HR
and administrators; a person's salary for HR and administrators. Totals of salaries are not offered.
"""

from narutalk.identity import Identity, Role
from tools.employees.refusals import refusal


def may_see_salaries(identity: Identity) -> bool:
    """Whether the caller may see what a person earns."""
    return identity.has_role(Role.HR)


def may_see_personal_records(identity: Identity) -> bool:
    """Whether the caller may see a person's attendance and reviews."""
    return identity.has_role(Role.HR, Role.MANAGER)


def require_salaries(identity: Identity) -> None:
    """Refuse a caller who may not see salaries.

    Raises:
        TellTheModel: With the reason, in both languages.
    """
    if not may_see_salaries(identity):
        raise refusal(
            "You are not permitted to see salaries: only HR and administrators are.",
            "급여 정보를 볼 권한이 없습니다. 인사 담당자와 관리자만 볼 수 있습니다.",
            reason="not_permitted",
        )


def require_personal_records(identity: Identity) -> None:
    """Refuse a caller who may not see a person's attendance and reviews.

    Raises:
        TellTheModel: With the reason, in both languages.
    """
    if not may_see_personal_records(identity):
        raise refusal(
            "You are not permitted to see a person's attendance or reviews: only managers, HR and "
            "administrators are. Totals by department or region are open to you.",
            "개인의 근태와 평가를 볼 권한이 없습니다. 관리 직책자와 인사 담당자, 관리자만 볼 수 있습니다. "
            "부서나 지역별 합계는 볼 수 있습니다.",
            reason="not_permitted",
        )


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
