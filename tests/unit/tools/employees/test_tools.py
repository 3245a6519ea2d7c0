"""What the tools answer, in both languages, and what they refuse."""

import pytest

from narutalk.errors import RetryWithFix, TellTheModel
from narutalk.languages import Language
from tests.unit.tools.employees.sample import HR, MANAGER, USER
from tools.employees.arguments import (
    FindEmployeeArgs,
    ListEmployeesArgs,
    Measure,
    PersonArgs,
    PersonPeriodArgs,
    PersonSalesArgs,
    StatisticsArgs,
    TopPerformersArgs,
)
from tools.employees.grouping import GroupBy
from tools.employees.results.people import About
from tools.employees.store import EmployeeStore
from tools.employees.tools import EmployeeWork, build_employee_tools

EN, KO = Language.EN, Language.KO


@pytest.fixture(scope="module")
def work(store: EmployeeStore) -> EmployeeWork:
    return EmployeeWork(store)


def test_every_tool_has_a_name_a_schema_and_phrases_in_both_languages(store: EmployeeStore) -> None:
    tools = build_employee_tools(store)

    assert len({tool.name for tool in tools}) == 13
    for tool in tools:
        hints = (tool.metadata or {})["offline"]
        properties = tool.get_input_jsonschema()["properties"]
        assert set(hints.finders) <= set(properties)
        assert all(len(hints.phrases[language]) >= 15 for language in Language)


def test_person_in_english_and_korean(work: EmployeeWork) -> None:
    result = work.find(USER, FindEmployeeArgs(employee="이서연"))

    assert result.to_markdown(EN) == (
        "Lee Seo-yeon (이서연, E0003) is an Associate in Sales, Busan. Hired 2025-02-03, "
        "reports to Kim Minsu. Email: e0003@company.example"
    )
    assert result.to_markdown(KO) == (
        "이서연(Lee Seo-yeon, E0003)은 부산 영업부 사원입니다. 입사일 2025-02-03, 재직, 상사 김민수, "
        "이메일 e0003@company.example."
    )


@pytest.mark.parametrize(
    ("about", "english", "korean"),
    [
        (About.MANAGER, "reports to Kim Minsu (E0002)", "상사는 김민수(E0002)"),
        (About.CONTACT, "e0003@company.example", "e0003@company.example"),
        (About.REPORTS, "Nobody reports to", "보고하는 직원은 없습니다"),
    ],
)
def test_what_is_asked_about_a_person(work: EmployeeWork, about: About, english: str, korean: str) -> None:
    result = work.find(USER, FindEmployeeArgs(employee="E0003", about=about))

    assert english in result.to_markdown(EN)
    assert korean in result.to_markdown(KO)


def test_sales_of_a_person_say_amount_target_attainment_and_period(work: EmployeeWork) -> None:
    result = work.sales(USER, PersonSalesArgs(employee="E0002", period="2026-Q3"))

    english = result.to_markdown(EN)
    assert english.startswith(
        "Kim Minsu (E0002), Sales, Busan, sold 360,000 KRW, 120.0% of the target of 300,000 KRW in Q3 2026 "
        "(2026-07-01"
    )
    assert "| 2026-08 | 120,000 KRW | 100,000 KRW | 120.0% |" in english
    assert "360,000원, 목표 300,000원 대비 120.0%입니다." in result.to_markdown(KO)
    assert result.citations[0].detail == "2026-07-01 to 2026-09-30, E0002"


def test_no_period_is_told_as_year_to_date(work: EmployeeWork) -> None:
    result = work.sales(USER, PersonSalesArgs(employee="E0004"))

    assert "700,000 KRW" in result.to_markdown(EN)
    assert "year to date" in result.to_markdown(EN)
    assert "연초 누계" in result.to_markdown(KO)


def test_a_period_without_data_says_what_the_data_covers(work: EmployeeWork) -> None:
    result = work.sales(USER, PersonSalesArgs(employee="E0004", period="2024"))

    assert "There are no sales figures for 2024" in result.to_markdown(EN)
    assert "The data covers 2026-06 to 2026-10." in result.to_markdown(EN)
    assert "자료는 2026-06부터 2026-10까지 있습니다." in result.to_markdown(KO)


def test_sales_statistics_by_region(work: EmployeeWork) -> None:
    args = StatisticsArgs(measure=Measure.SALES, period="2026-Q3")

    result = work.statistics(USER, args)

    english, korean = result.to_markdown(EN), result.to_markdown(KO)
    assert english.startswith("Sales of the company in Q3 2026")
    assert "1,100,000 KRW, 100.0% of the target of 1,100,000 KRW (4 people with sales)." in english
    assert (
        "Highest: Busan with 580,000 KRW; lowest: Seoul with 520,000 KRW. Best attainment: Seoul" in english
    )
    assert "| 부산 | 580,000원 | 600,000원 | 96.7% | 2 |" in korean


def test_headcount(work: EmployeeWork) -> None:
    result = work.statistics(USER, StatisticsArgs(department="물류부", region="Seoul"))

    assert (
        result.to_markdown(EN)
        == "1 person works in the Logistics department in Seoul now, those on leave included."
    )
    assert result.to_markdown(KO) == "서울 물류부 직원은 1명입니다(휴직 포함, 퇴사 제외)."


def test_headcount_at_the_end_of_a_period(work: EmployeeWork) -> None:
    result = work.statistics(
        USER, StatisticsArgs(measure=Measure.HEADCOUNT, period="2024", group_by=GroupBy.TOTAL)
    )

    assert result.to_markdown(EN) == "7 people worked in the company on 2024-12-31."


def test_attendance_of_two_people_is_for_those_who_see_everybodys(work: EmployeeWork) -> None:
    args = StatisticsArgs(measure=Measure.ATTENDANCE, department="LOG", period="2026-10")

    told = work.statistics(HR, args)
    withheld = work.statistics(USER, args)

    assert "present 34 of 40 working days (85.0%), late 2" in told.to_markdown(EN)
    assert "withheld, because figures of fewer than 5 people" in withheld.to_markdown(EN)
    assert "5명 미만" in withheld.to_markdown(KO)
    assert withheld.model_dump()["total"]["late_days"] == 0


def test_top_and_lowest(work: EmployeeWork) -> None:
    top = work.top(USER, TopPerformersArgs(count=2, period="2026-Q3"))
    lowest = work.top(USER, TopPerformersArgs(count=1, lowest=True, region="부산", period="2026-Q3"))

    assert top.to_markdown(EN).startswith("Highest sales in the company in Q3 2026")
    assert "Choi Yujin (E0004), Sales, Seoul, with 420,000 KRW, 140.0%" in top.to_markdown(EN)
    assert [entry.person.id for entry in top.people] == ["E0004", "E0002"]
    assert "이서연(E0003)" in lowest.to_markdown(KO)
    assert "220,000원" in lowest.to_markdown(KO)


def test_record_and_attendance_of_a_person(work: EmployeeWork) -> None:
    record = work.record(MANAGER, PersonArgs(employee="김민수 과장"))
    days = work.attendance(HR, PersonPeriodArgs(employee="E0002", period="2026-10"))

    assert "| 2026-H1 | 4.5 | Good half: 2026-H1. |" in record.to_markdown(EN)
    assert "| 2025-H2 | 3.5 | 좋은 반기: 2025-H2. |" in record.to_markdown(KO)
    assert "present 17 of 20 working days (85.0%), late 1" in days.to_markdown(EN)


def test_salary(work: EmployeeWork) -> None:
    result = work.salary(HR, PersonArgs(employee="E0002"))

    assert result.to_markdown(EN).startswith(
        "Kim Minsu (E0002) earns 66,000,000 KRW a year, since 2026-01-01."
    )
    assert "66,000,000원" in result.to_markdown(KO)


def test_refusals_are_told_in_both_languages_and_before_the_name_is_looked_up(work: EmployeeWork) -> None:
    for call in (
        lambda: work.salary(USER, PersonArgs(employee="Nobody Here")),
        lambda: work.attendance(USER, PersonPeriodArgs(employee="Nobody Here")),
        lambda: work.record(USER, PersonArgs(employee="Nobody Here")),
    ):
        with pytest.raises(TellTheModel, match="not permitted") as refused:
            call()
        assert "권한이 없습니다" in refused.value.details["ko"]


def test_unknown_department_lists_those_there_are(work: EmployeeWork) -> None:
    with pytest.raises(RetryWithFix, match=r"Logistics \(물류부\)"):
        work.statistics(USER, StatisticsArgs(department="Space"))


def test_lists(work: EmployeeWork) -> None:
    sales = work.listing(USER, ListEmployeesArgs(department="Sales"))
    hired = work.listing(USER, ListEmployeesArgs(hired="2025"))
    since = work.listing(USER, ListEmployeesArgs(hired="2025..today", region="Busan"))
    before = work.listing(USER, ListEmployeesArgs(hired_before="2017"))

    assert [person.id for person in sales.people] == ["E0001", "E0002", "E0004", "E0003"]
    assert sales.to_markdown(EN).startswith("4 people match: the Sales department.")
    assert [person.id for person in hired.people] == ["E0003", "E0009"]
    assert "2025-01-01~2025-12-31 입사" in hired.to_markdown(KO)
    assert since.total == 2
    assert [person.id for person in before.people] == ["E0001", "E0008"]
