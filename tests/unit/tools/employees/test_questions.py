"""Questions in people's own words, and the calls that the offline model makes for them."""

from typing import Any

import pytest

from narutalk.offline.certainty import Certainty
from narutalk.offline.planning import Call, OfflineTool, Planner, plan

ENGLISH: list[tuple[str, str, dict[str, Any]]] = [
    ("Who is Lee Seo-yeon?", "find_employee", {"employee": "Lee Seo-yeon"}),
    ("Could you tell me about Seoyeon Lee please", "find_employee", {"employee": "Seoyeon Lee"}),
    ("What department is Choi Yujin in?", "find_employee", {"employee": "Choi Yujin"}),
    ("who's the manager of Choi Yujin?", "find_employee", {"employee": "Choi Yujin", "about": "manager"}),
    ("Who does Lee Seoyeon report to?", "find_employee", {"employee": "Lee Seoyeon", "about": "manager"}),
    ("Who reports to Park Jihun?", "find_employee", {"employee": "Park Jihun", "about": "reports"}),
    ("I need the email of Han Sora", "find_employee", {"employee": "Han Sora", "about": "contact"}),
    ("When did Mr. Park Jihun start at the company?", "find_employee", {"employee": "Park Jihun"}),
    ("E0004", "find_employee", {"employee": "E0004"}),
    (
        "How much did Choi Yujin sell last quarter?",
        "employee_sales",
        {"employee": "Choi Yujin", "period": "last_quarter"},
    ),
    ("Choi Yujin's sales in 2026-07", "employee_sales", {"employee": "Choi Yujin", "period": "2026-07"}),
    (
        "did yujin choi make her target in Q3 2026?",
        "employee_sales",
        {"employee": "Yujin Choi", "period": "2026-Q3"},
    ),
    ("what has E0003 sold this year", "employee_sales", {"employee": "E0003", "period": "this_year"}),
    (
        "How did Lee Seo Yeon perform against target in October 2026?",
        "employee_sales",
        {"employee": "Lee Seo yeon", "period": "2026-10"},
    ),
    (
        "How many people work in Logistics?",
        "department_statistics",
        {"measure": "headcount", "department": "Logistics"},
    ),
    (
        "What's the headcount by region?",
        "department_statistics",
        {"measure": "headcount", "group_by": "region"},
    ),
    (
        "How many employees are there in the sales team in Busan",
        "department_statistics",
        {"measure": "headcount", "department": "Sales", "region": "Busan"},
    ),
    (
        "How large is the IT department?",
        "department_statistics",
        {"measure": "headcount", "department": "Information Technology"},
    ),
    (
        "Total sales in Busan in Q3 2026?",
        "department_statistics",
        {"measure": "sales", "region": "Busan", "period": "2026-Q3"},
    ),
    (
        "Which region sold the most last quarter?",
        "department_statistics",
        {"measure": "sales", "group_by": "region", "period": "last_quarter"},
    ),
    (
        "Show me target attainment per region for 2025",
        "department_statistics",
        {"measure": "sales", "group_by": "region", "period": "2025"},
    ),
    (
        "How much overtime did Logistics have last month?",
        "department_statistics",
        {"measure": "attendance", "department": "Logistics", "period": "last_month"},
    ),
    (
        "Top 3 salespeople in Busan in Q3 2026",
        "top_performers",
        {"count": 3, "region": "Busan", "period": "2026-Q3"},
    ),
    ("Who sold the most in Seoul last month?", "top_performers", {"region": "Seoul", "period": "last_month"}),
    ("who are our five best sellers this year", "top_performers", {"count": 5, "period": "this_year"}),
    ("Who had the worst sales in October 2026?", "top_performers", {"lowest": True, "period": "2026-10"}),
    (
        "Which salesperson had the highest target attainment in 2026-Q3?",
        "top_performers",
        {"by": "attainment", "period": "2026-Q3"},
    ),
    (
        "How often was Yoon Jaeho late in 2026?",
        "employee_attendance",
        {"employee": "Yoon Jaeho", "period": "2026"},
    ),
    (
        "How many sick days did Jung Haneul take last quarter",
        "employee_attendance",
        {"employee": "Jung Haneul", "period": "last_quarter"},
    ),
    ("overtime of E0009 in July 2026", "employee_attendance", {"employee": "E0009", "period": "2026-07"}),
    ("What do Choi Yujin's performance reviews say?", "employee_record", {"employee": "Choi Yujin"}),
    ("Show me the complete record for E0004", "employee_record", {"employee": "E0004"}),
    ("how was Han Sora rated in her last review", "employee_record", {"employee": "Han Sora"}),
    ("How much does Han Sora earn?", "employee_salary", {"employee": "Han Sora"}),
    ("what's Yujin Choi's salary", "employee_salary", {"employee": "Yujin Choi"}),
    ("Who works in Marketing?", "list_employees", {"department": "Marketing"}),
    ("List the managers in Seoul", "list_employees", {"position": "manager", "region": "Seoul"}),
    ("Who is on leave at the moment?", "list_employees", {"status": "on_leave"}),
    ("Which employees joined in 2025?", "list_employees", {"hired": "2025"}),
    ("Show people hired since 2024", "list_employees", {"hired": "2024..today"}),
    ("Who is the head of Customer Support?", "list_employees", {"department": "Customer Support"}),
    (
        "How much did Bob Miller sell in Q3 2026?",
        "employee_sales",
        {"employee": "Bob Miller", "period": "2026-Q3"},
    ),
    (
        "Which region has the lowest attainment this year?",
        "department_statistics",
        {"measure": "sales", "group_by": "region", "period": "this_year"},
    ),
    (
        "What were the sales in Incheon in 2026-Q3?",
        "department_statistics",
        {"measure": "sales", "region": "Incheon", "period": "2026-Q3"},
    ),
    ("Who left the company in 2026?", "list_employees", {"left": "2026", "status": "left"}),
    ("Who has been with us longest?", "list_employees", {"order": "longest"}),
    ("who is the director of sales", "list_employees", {"department": "Sales", "position": "director"}),
    (
        "compare Busan vs Daegu sales in 2026",
        "department_statistics",
        {"measure": "sales", "group_by": "region", "period": "2026"},
    ),
    (
        "How did Gyeonggi do in August 2026?",
        "department_statistics",
        {"region": "Gyeonggi", "period": "2026-08"},
    ),
    ("What is Choi Yujin's phone number?", "find_employee", {"employee": "Choi Yujin", "about": "contact"}),
]

KOREAN: list[tuple[str, str, dict[str, Any]]] = [
    ("이서연 씨는 누구인가요?", "find_employee", {"employee": "이서연"}),
    ("최유진 대리 소속이 어디야?", "find_employee", {"employee": "최유진 대리"}),
    ("최유진님 어느 부서에서 일하시나요", "find_employee", {"employee": "최유진"}),
    ("이서연의 상사가 누구야?", "find_employee", {"employee": "이서연", "about": "manager"}),
    ("박지훈 부장님 팀원 알려줘", "find_employee", {"employee": "박지훈 부장", "about": "reports"}),
    (
        "한소라 과장님 이메일 주소 알려주세요",
        "find_employee",
        {"employee": "한소라 과장", "about": "contact"},
    ),
    ("윤재호는 언제 입사했어?", "find_employee", {"employee": "윤재호"}),
    ("Choi Yujin 누구야", "find_employee", {"employee": "Choi Yujin"}),
    (
        "최유진의 지난 분기 매출은 얼마인가요?",
        "employee_sales",
        {"employee": "최유진", "period": "last_quarter"},
    ),
    ("2026년 3분기에 최유진이 얼마나 팔았어?", "employee_sales", {"employee": "최유진", "period": "2026-Q3"}),
    ("이서연 사원 올해 실적 좀 보여줘", "employee_sales", {"employee": "이서연 사원", "period": "this_year"}),
    ("E0003 9월 목표 달성했나요?", "employee_sales", {"employee": "E0003", "period": "09"}),
    ("최유진 2026년 10월 달성률", "employee_sales", {"employee": "최유진", "period": "2026-10"}),
    (
        "물류부 직원이 몇 명이에요?",
        "department_statistics",
        {"measure": "headcount", "department": "Logistics"},
    ),
    (
        "부산 영업팀은 몇 명인가요",
        "department_statistics",
        {"measure": "headcount", "department": "Sales", "region": "Busan"},
    ),
    ("부서별 인원 알려줘", "department_statistics", {"measure": "headcount", "group_by": "department"}),
    (
        "지난 분기 지역별 매출 비교해 주세요",
        "department_statistics",
        {"measure": "sales", "group_by": "region", "period": "last_quarter"},
    ),
    (
        "2026년 3분기 부산 매출은 얼마야?",
        "department_statistics",
        {"measure": "sales", "region": "Busan", "period": "2026-Q3"},
    ),
    ("작년 회사 전체 매출 알려줘", "department_statistics", {"measure": "sales", "period": "last_year"}),
    (
        "서울은 지난달에 목표를 달성했어?",
        "department_statistics",
        {"measure": "sales", "region": "Seoul", "period": "last_month"},
    ),
    (
        "지난달 물류부 초과근무는 얼마나 됐어?",
        "department_statistics",
        {"measure": "attendance", "department": "Logistics", "period": "last_month"},
    ),
    ("2026년 3분기 매출 상위 3명은 누구예요?", "top_performers", {"count": 3, "period": "2026-Q3"}),
    (
        "지난달 부산에서 제일 많이 판 사람이 누구야?",
        "top_performers",
        {"region": "Busan", "period": "last_month"},
    ),
    ("올해 목표 달성률 상위 5명", "top_performers", {"by": "attainment", "count": 5, "period": "this_year"}),
    ("10월 매출이 가장 낮은 직원은?", "top_performers", {"lowest": True, "period": "10"}),
    ("서울 실적 1위 누구", "top_performers", {"region": "Seoul", "count": 1}),
    ("윤재호 올해 지각 몇 번 했나요?", "employee_attendance", {"employee": "윤재호", "period": "this_year"}),
    (
        "정하늘 대리 지난 분기 병가 며칠 썼어",
        "employee_attendance",
        {"employee": "정하늘 대리", "period": "last_quarter"},
    ),
    ("2026년 7월 윤재호 근태 보여주세요", "employee_attendance", {"employee": "윤재호", "period": "2026-07"}),
    ("최유진 대리의 인사평가 결과를 알려주세요", "employee_record", {"employee": "최유진 대리"}),
    ("한소라 인사 기록 전체 보여줘", "employee_record", {"employee": "한소라"}),
    ("한소라 과장 연봉이 얼마야?", "employee_salary", {"employee": "한소라 과장"}),
    ("윤재호 급여 좀 알려주세요", "employee_salary", {"employee": "윤재호"}),
    ("마케팅팀에는 누가 있나요?", "list_employees", {"department": "Marketing"}),
    ("서울에서 근무하는 과장 명단", "list_employees", {"region": "Seoul", "position": "manager"}),
    ("지금 휴직 중인 직원은 누구인가요?", "list_employees", {"status": "on_leave"}),
    ("2025년에 입사한 직원들 알려줘", "list_employees", {"hired": "2025"}),
    ("2024년 이후 입사자 목록 부탁해", "list_employees", {"hired": "2024..today"}),
    ("고객지원부 책임자는 누구야?", "list_employees", {"department": "Customer Support"}),
    ("홍길동 씨 3분기 매출은?", "employee_sales", {"employee": "홍길동", "period": "Q3"}),
    (
        "2026년 9월 부산 매출 1위는 누구인가요?",
        "top_performers",
        {"count": 1, "region": "Busan", "period": "2026-09"},
    ),
    ("목표 달성률이 가장 낮은 지역은?", "department_statistics", {"measure": "sales", "group_by": "region"}),
    ("직원이 가장 많은 부서는 어디야?", "department_statistics", {"group_by": "department"}),
    ("박지훈 부장 밑에 누가 있어?", "find_employee", {"employee": "박지훈 부장", "about": "reports"}),
    (
        "경기 지역 영업사원 몇명",
        "department_statistics",
        {"measure": "headcount", "department": "Sales", "region": "Gyeonggi"},
    ),
    (
        "서울이랑 부산 매출 비교해줘 3분기",
        "department_statistics",
        {"measure": "sales", "group_by": "region", "period": "Q3"},
    ),
    ("가장 오래 근무한 직원은?", "list_employees", {"order": "longest"}),
    ("2025년에 퇴사한 사람은?", "list_employees", {"left": "2025", "status": "left"}),
    ("인천 매출 알려줘", "department_statistics", {"measure": "sales", "region": "Incheon"}),
    ("법무팀에 누가 있어?", "list_employees", {"department": "Legal"}),
]


@pytest.mark.parametrize(("question", "tool", "args"), ENGLISH + KOREAN)
def test_question_lands_on_its_tool(
    question: str, tool: str, args: dict[str, Any], offline_tools: list[OfflineTool]
) -> None:
    decision = plan(question, offline_tools)

    assert decision.calls == (Call(tool, args),)


def test_two_questions_in_one_make_two_calls(offline_tools: list[OfflineTool]) -> None:
    decision = plan("How many people work in Logistics, and who works in Marketing?", offline_tools)

    assert decision.calls == (
        Call("department_statistics", {"measure": "headcount", "department": "Logistics"}),
        Call("list_employees", {"department": "Marketing"}),
    )


@pytest.mark.parametrize(
    "question",
    [
        "Did Choi Yujin sell more than Park Jihun this year?",
        "최유진이랑 박지훈 중에 올해 누가 더 많이 팔았어?",
    ],
)
def test_two_people_in_one_question_are_both_answered(
    question: str, offline_tools: list[OfflineTool]
) -> None:
    calls = plan(question, offline_tools).calls

    assert {(call.tool, call.args["period"]) for call in calls} == {("employee_sales", "this_year")}
    assert {call.args["employee"] for call in calls} in (
        {"Choi Yujin", "Park Jihun"},
        {"최유진", "박지훈"},
    )


@pytest.mark.parametrize(
    "question",
    ["What is the salary?", "연봉 얼마야?"],
)
def test_nobody_named_is_asked_back(question: str, offline_tools: list[OfflineTool]) -> None:
    decision = plan(question, offline_tools)

    assert decision.calls == ()
    assert decision.missing is not None
    assert decision.missing[1] == "employee"


def test_what_is_beyond_doubt_is_right(offline_tools: list[OfflineTool]) -> None:
    certainty = Certainty(Planner(offline_tools))
    planned = {question: certainty.calls(question) for question, _, _ in ENGLISH + KOREAN}
    sure = {question: calls for question, calls in planned.items() if calls}
    expected = {
        question: (Call(tool, args),) for question, tool, args in ENGLISH + KOREAN if sure.get(question)
    }
    assert sure == expected
    assert len(sure) >= len(planned) / 3
