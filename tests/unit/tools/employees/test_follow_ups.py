"""Questions that go on from the one before."""

import pytest

from narutalk.offline.planning import Call, OfflineTool, plan

FOLLOW_UPS = [
    (
        "How much did Choi Yujin sell in Q3 2026?",
        "and last year?",
        Call("employee_sales", {"employee": "Choi Yujin", "period": "last_year"}),
    ),
    (
        "How much did Choi Yujin sell in Q3 2026?",
        "what about Lee Seo-yeon?",
        Call("employee_sales", {"employee": "Lee Seo-yeon", "period": "2026-Q3"}),
    ),
    ("최유진 3분기 매출 알려줘", "이서연은?", Call("employee_sales", {"employee": "이서연", "period": "Q3"})),
    (
        "부산 3분기 매출은 얼마야?",
        "그럼 서울은?",
        Call("department_statistics", {"measure": "sales", "region": "Seoul", "period": "Q3"}),
    ),
    (
        "Kim Minsu sales in 2026",
        "in Busan",
        Call("employee_sales", {"employee": "Kim Minsu", "period": "2026", "region": "Busan"}),
    ),
    (
        "How many people work in Logistics?",
        "and in Marketing?",
        Call("department_statistics", {"measure": "headcount", "department": "Marketing"}),
    ),
    (
        "Top 3 sellers in 2026-Q3",
        "and the worst?",
        Call("top_performers", {"count": 3, "period": "2026-Q3", "lowest": True}),
    ),
    ("이서연 누구야", "연봉은 얼마야?", Call("employee_salary", {"employee": "이서연"})),
]


@pytest.mark.parametrize(("first", "second", "call"), FOLLOW_UPS)
def test_follow_up_repeats_the_call_with_what_changed(
    first: str, second: str, call: Call, offline_tools: list[OfflineTool]
) -> None:
    before = plan(first, offline_tools).calls

    assert plan(second, offline_tools, before).calls == (call,)
