"""People who ask about themselves: "my attendance"."""

import re

from narutalk.identity import Identity
from narutalk.offline.hints import Found
from tools.employees.refusals import refusal

ME = "me"
"""What a model gives as the employee for the person who asks."""

_ME = frozenset({ME, "myself", "i", "나", "저", "본인"})
# "3개월 내 매출" are sales within three months, not "mine".
_MY = re.compile(
    r"\bmy(?=(?: (?:own|latest|last|monthly|yearly|annual|current|this|year's|month's))* (?:salary|pay"
    r"|earnings|attendance|sales|targets?|performance|reviews?|record|overtime|manager|boss|supervisor"
    r"|attainment)\b)"
    r"|\bhow (?:am|did|was|have) (I)(?= (?:doing|do|done|performing|perform|performed)\b)"
    r"|\b(?:was|am|did|have) (I)(?= (?:been )?(?:late|sick|absent|sell|sold|work|reach|meet|miss)\b)"
    r"|(?<![가-힣])(?<!개월 )(?<!일 )(?<!년 )(?<!주 )(?<!기간 )(?<!부서 )(?<!회사 )(?<!팀 )"
    r"(?:내|나의|제|저의|본인의?)(?=\s+(?:\S+\s+){0,2}(?:급여|연봉|월급|근태|출근|지각|매출|실적|목표"
    r"|평가|초과근무|야근|상사|관리자|인사 ?기록))",
    re.IGNORECASE,
)


def find_oneself(sentence: str) -> Found | None:
    """Find that somebody asks about their own records."""
    match = _MY.search(sentence)
    if match is None:
        return None
    group = match.lastindex or 0
    return Found(ME, match.start(group), match.end(group))


def person_meant(identity: Identity, asked: str) -> str:
    """Return whom a name means: the caller's own id for `ME`, else the name itself.

    Raises:
        TellTheModel: The caller asks about themselves, and is tied to no employee.
    """
    if asked.strip().casefold() not in _ME:
        return asked
    if identity.employee_id is None:
        raise refusal(
            "It is not known which employee you are: an administrator can add you to the group of your "
            "employee id.",
            "어느 직원이신지 등록되어 있지 않습니다. 관리자가 사번 그룹에 추가할 수 있습니다.",
            reason="no_employee",
        )
    return identity.employee_id
