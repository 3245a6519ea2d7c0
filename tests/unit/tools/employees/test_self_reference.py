"""People who ask about themselves."""

from typing import Any

import pytest

from narutalk.errors import TellTheModel
from narutalk.identity import Identity
from narutalk.offline.planning import OfflineTool, plan
from tests.unit.tools.employees.sample import HR, MANAGER
from tools.employees.arguments import (
    DevelopmentArgs,
    FindEmployeeArgs,
    PersonArgs,
    PersonPeriodArgs,
    PersonSalesArgs,
)
from tools.employees.development_work import DevelopmentWork
from tools.employees.self_reference import find_oneself
from tools.employees.store import EmployeeStore
from tools.employees.tools import EmployeeWork

SEOYEON = Identity(user_id="u9", username="seoyeon", groups=frozenset({"employee:e0003"}))


@pytest.mark.parametrize("me", ["me", "Me", "나", "본인"])
def test_me_is_the_employee_who_asks(store: EmployeeStore, me: str) -> None:
    work = EmployeeWork(store)

    assert work.find(SEOYEON, FindEmployeeArgs(employee=me)).person.id == "E0003"
    assert work.sales(MANAGER, PersonSalesArgs(employee=me)).person.id == "E0001"
    assert work.attendance(SEOYEON, PersonPeriodArgs(employee=me)).person.id == "E0003"
    assert work.salary(SEOYEON, PersonArgs(employee=me)).person.id == "E0003"
    development = DevelopmentWork(store).development(SEOYEON, DevelopmentArgs(employee=me))
    assert development.person is not None
    assert development.person.id == "E0003"


def test_who_is_tied_to_no_employee_is_told_so(store: EmployeeStore) -> None:
    with pytest.raises(TellTheModel, match="not known which employee you are") as caught:
        EmployeeWork(store).attendance(HR, PersonPeriodArgs(employee="me"))
    assert caught.value.details["reason"] == "no_employee"


@pytest.mark.parametrize(
    ("question", "tool", "args"),
    [
        ("What is my salary?", "employee_salary", {"employee": "me"}),
        ("내 급여 알려줘", "employee_salary", {"employee": "me"}),
        ("Show my attendance", "employee_attendance", {"employee": "me"}),
        (
            "How often was I late last month?",
            "employee_attendance",
            {"employee": "me", "period": "last_month"},
        ),
        ("내 근태 보여줘", "employee_attendance", {"employee": "me"}),
        ("나의 이번 달 실적은?", "employee_sales", {"employee": "me", "period": "this_month"}),
        ("who is my manager?", "find_employee", {"employee": "me", "about": "manager"}),
        ("Show me the sales of Kim Minsu", "employee_sales", {"employee": "Kim Minsu"}),
        ("sales of my department", "department_statistics", {"measure": "sales"}),
    ],
)
def test_questions_about_oneself(
    offline_tools: list[OfflineTool], question: str, tool: str, args: dict[str, Any]
) -> None:
    (call,) = plan(question, offline_tools).calls

    assert call.tool == tool
    assert args.items() <= call.args.items()
    assert ("employee" in call.args) is ("employee" in args)


@pytest.mark.parametrize(
    "question",
    ["최근 3개월 내 부산 매출", "Can I see the sales of Busan?", "give me my region's sales", "내 부서"],
)
def test_questions_about_others_are_not_about_oneself(question: str) -> None:
    assert find_oneself(question) is None
