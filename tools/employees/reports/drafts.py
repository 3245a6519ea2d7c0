"""Puts a report on employees together."""

from collections.abc import Callable, Mapping

from narutalk.identity import Identity
from narutalk.languages import Language
from tools.employees.permissions import sees_everyone
from tools.employees.refusals import refusal
from tools.employees.reports import attendance, reviews, sales, turnover
from tools.employees.reports.requests import ReportKind, ReportWanted, Request, filters_told, resolve
from tools.employees.store import EmployeeStore
from tools.employees.suppression import MIN_PEOPLE
from tools.periods import Period
from tools.reports.content import Draft, Section

_SECTIONS: Mapping[ReportKind, Callable[[Request], list[Section]]] = {
    ReportKind.SALES: sales.sections,
    ReportKind.ATTENDANCE: attendance.sections,
    ReportKind.REVIEWS: reviews.sections,
    ReportKind.TURNOVER: turnover.sections,
}
_TITLES = {
    ReportKind.SALES: ("Sales report", "매출 실적 보고서"),
    ReportKind.ATTENDANCE: ("Attendance report", "근태 보고서"),
    ReportKind.REVIEWS: ("Review report", "인사평가 보고서"),
    ReportKind.TURNOVER: ("Attrition and tenure report", "퇴사율과 근속 보고서"),
}


def draft_report(store: EmployeeStore, identity: Identity, wanted: ReportWanted, language: Language) -> Draft:
    """Return a report on employees, as far as the caller may see it.

    Raises:
        TellTheModel: The caller may not see what is asked for, or there is no such person.
        RetryWithFix: A department, region or period that does not exist.
    """
    request = resolve(store, identity, wanted, language)
    if wanted.kind is ReportKind.TURNOVER and request.subject.person:
        raise refusal(
            "Attrition and tenure are of a group: name a department or a region, or nobody.",
            "퇴사율과 근속은 집단의 수치입니다. 부서나 지역을 말씀하시거나 이름 없이 요청해 주세요.",
            reason="not_of_one_person",
        )
    title, who = request.say(*_TITLES[wanted.kind]), request.subject.label(language)
    label, period = _period(request, wanted.kind)
    return Draft(
        kind=wanted.kind.value,
        language=language,
        title=request.say(f"{title}: {who}", f"{who} {title}"),
        period_label=label,
        period=period,
        filters=filters_told(request),
        rights=_rights(request, wanted.kind),
        sections=tuple(_SECTIONS[wanted.kind](request)),
    )


def _period(request: Request, kind: ReportKind) -> tuple[str, Period | None]:
    if kind is ReportKind.REVIEWS:
        return request.say("all reviews", "전체 평가"), None
    used = {
        ReportKind.SALES: sales.used_period,
        ReportKind.ATTENDANCE: attendance.used_period,
        ReportKind.TURNOVER: turnover.used_period,
    }[kind](request)
    return used.label(request.language), used.period


def _rights(request: Request, kind: ReportKind) -> tuple[str, ...]:
    """Return what the caller sees of this kind, and what is withheld from them."""
    if kind in (ReportKind.SALES, ReportKind.TURNOVER):
        return (
            request.say(
                "Sales, targets, hires and departures are open to everyone in the company; nothing is "
                "withheld.",
                "매출과 목표, 입사와 퇴사는 전 직원에게 공개되며 비공개 항목이 없습니다.",
            ),
        )
    if sees_everyone(request.identity):
        return (
            request.say(
                "Made with the rights of HR: attendance and reviews of everybody; nothing is withheld. "
                "Do not pass it on to people without these rights.",
                "인사 담당 권한으로 작성되어 모든 직원의 근태와 평가가 담길 수 있습니다. "
                "권한이 없는 사람에게 전달하지 마세요.",
            ),
        )
    own = request.say(
        "Single persons' attendance and reviews are shown only of yourself and, to managers, of the people "
        "who report to you; all others are withheld.",
        "개인의 근태와 평가는 본인과, 관리 직책자의 경우 본인 조직 직원의 것만 보이며 나머지는 비공개입니다.",
    )
    few = request.say(
        f"Sums over fewer than {MIN_PEOPLE} people, and what would give them away, are withheld.",
        f"{MIN_PEOPLE}명 미만의 합계와 그것을 역산할 수 있는 값은 비공개입니다.",
    )
    return (own, few) if kind is ReportKind.ATTENDANCE else (own,)
