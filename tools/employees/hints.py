"""How the offline model uses each employee tool: phrases, finders, and what to ask back."""

from collections.abc import Mapping

from narutalk.languages import Language
from narutalk.offline.finders import blind_when
from narutalk.offline.hints import ArgumentFinder, OfflineHints
from tools.employees.directory import Directory
from tools.employees.elsewhere import DEPARTMENTS, REGIONS, and_elsewhere
from tools.employees.finders import (
    count_finder,
    either,
    employee_finder,
    hired_before_finder,
    hired_finder,
    left_finder,
)
from tools.employees.grouping import GroupBy
from tools.employees.phrases import english, korean
from tools.employees.place_finders import (
    department_pattern,
    place_finder,
    region_pattern,
    several_places_finder,
    sounding_finder,
)
from tools.employees.said_words import (
    find_about,
    find_attendance_measure,
    find_group_by,
    find_lowest,
    find_measure,
    find_order,
    find_position,
    find_rank_by,
    find_ranked_people,
    find_salary_statistic,
    find_salary_word,
    find_status,
    find_tenure,
    find_unusual,
)
from tools.periods import against_finder, period_behind, period_finder

EN, KO = Language.EN, Language.KO

Finders = Mapping[str, ArgumentFinder]

WHOM = {
    EN: "Which employee do you mean? A name or an id such as E0042 is enough.",
    KO: "어느 직원을 말씀하시나요? 이름이나 사번(예: E0042)을 알려 주세요.",
}
_QUESTIONS = {
    "employee_salary": {
        "employee": {
            EN: "Whose salary do you mean? I can look up one person's, or the average of a department, "
            "region or position, for HR and administrators.",
            KO: "누구의 급여를 말씀하시나요? 인사 담당자와 관리자에게 한 사람의 급여나, 부서·지역·직급의 "
            "평균 급여를 알려 드릴 수 있습니다.",
        }
    }
}


def build_hints(directory: Directory) -> dict[str, OfflineHints]:
    """Return the hints of every employee tool, by its name."""
    employee = employee_finder(directory)
    whose: Finders = {"employee": employee}
    regions = and_elsewhere(directory.regions, REGIONS)
    where: Finders = {
        "region": either(
            place_finder(regions, region_pattern),
            blind_when(several_places_finder(regions, region_pattern, GroupBy.REGION.value))(
                sounding_finder(regions)
            ),
        ),
        "department": place_finder(and_elsewhere(directory.departments, DEPARTMENTS), department_pattern),
    }
    when: Finders = {"period": period_finder}
    whens: Finders = {**when, "against": against_finder}
    compared = either(
        several_places_finder(directory.regions, region_pattern, GroupBy.REGION.value),
        several_places_finder(directory.departments, department_pattern, GroupBy.DEPARTMENT.value),
    )
    group_by = either(compared, find_group_by)
    statistics: Finders = {
        **whens,
        **where,
        "position": find_position,
        "group_by": group_by,
        "measure": find_measure,
    }
    ranking: Finders = {
        **when,
        "region": where["region"],
        "count": count_finder,
        "lowest": find_lowest,
        "by": find_rank_by,
    }
    listing: Finders = {
        "hired_before": hired_before_finder,
        "left": left_finder,
        "hired": hired_finder,
        **where,
        "position": find_position,
        "status": find_status,
        "order": find_order,
    }
    finders = {
        "find_employee": {**whose, "about": find_about, **where},
        "employee_sales": {**whose, **whens, **where},
        "department_statistics": _blind(
            statistics,
            employee,
            find_salary_word,
            find_ranked_people,
            find_unusual,
            find_tenure,
            hired_finder,
            left_finder,
        ),
        "top_performers": _blind(ranking, employee, find_salary_word, group_by),
        "employee_attendance": {**whose, **when, **where},
        "employee_record": {**whose, **where},
        "employee_salary": {**whose, **where},
        "salary_statistics": _blind(
            {"statistic": find_salary_statistic, **where, "position": find_position, "group_by": group_by},
            employee,
        ),
        "list_employees": _blind(listing, employee, find_salary_word, find_tenure),
        "sales_development": {**whose, **whens, **where},
        "staff_turnover": _blind(
            {**when, **where, "position": find_position, "group_by": group_by}, employee, find_salary_word
        ),
        "attendance_ranking": _blind(
            {**when, **where, "measure": find_attendance_measure, "count": count_finder},
            employee,
            find_salary_word,
            find_unusual,
            group_by,
        ),
        "attendance_anomalies": _blind(
            {**when, **where, "measure": find_attendance_measure}, employee, find_salary_word
        ),
    }
    return {name: _hints(name, found) for name, found in finders.items()}


def _blind(finders: Finders, *others: ArgumentFinder) -> Finders:
    wrap = blind_when(*others)
    return {name: wrap(find) for name, find in finders.items()}


def _hints(name: str, finders: Finders) -> OfflineHints:
    return OfflineHints(
        phrases={EN: english.PHRASES[name], KO: korean.PHRASES[name]},
        finders=finders,
        questions=_QUESTIONS.get(name, {"employee": WHOM}) if "employee" in finders else {},
        behind={"period": period_behind},
        each=frozenset({"employee"} & finders.keys()),
        people=frozenset({"employee"} & finders.keys()),
    )
