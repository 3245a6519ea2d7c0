"""Which sentences ask the offline model for a change, and with what; and which only ask about one."""

from typing import Any

import pytest
from langchain_core.tools import BaseTool

from narutalk.offline.hints import hints_of
from narutalk.offline.planning import Call, OfflineTool, Plan, Planner
from tests.unit.tools.clients.test_questions import ENGLISH, KOREAN
from tools.clients.models import ChangeKind

HANBIT_EN, HANBIT_KO = "Hanbit Central Hospital", "한빛중앙병원"
CHANGES = set(ChangeKind)

ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("Change Hanbit Central Hospital's grade to A", "update_client", {"client": HANBIT_EN, "grade": "A"}),
    ("change the grade of C0042 to grade b", "update_client", {"client": "C0042", "grade": "B"}),
    ("Please set Hanbit Central Hospital to grade C", "update_client", {"client": HANBIT_EN, "grade": "C"}),
    ("Can you upgrade Hanbit Central Hospital to A?", "update_client", {"client": HANBIT_EN, "grade": "A"}),
    (
        "Update the phone number of C0042 to 02-123-4567",
        "update_client",
        {"client": "C0042", "phone": "02-123-4567"},
    ),
    (
        "Change the address of C0042 to 12 Saebit-ro, Busan",
        "update_client",
        {"client": "C0042", "address": "12 Saebit-ro, Busan"},
    ),
    (
        "Change the contact person of C0042 to Lee Younghee",
        "update_client",
        {"client": "C0042", "contact_name": "Lee Younghee"},
    ),
    (
        "Set the contact e-mail of Hanbit Central Hospital to lee@hanbit.example",
        "update_client",
        {"client": HANBIT_EN, "contact_email": "lee@hanbit.example"},
    ),
    (
        "Make Lee Younghee the contact of C0042",
        "update_client",
        {"client": "C0042", "contact_name": "Lee Younghee"},
    ),
    (
        "Change the contact of C0042 to Lee Younghee, lee@x.example and the phone number to 02-111-2222",
        "update_client",
        {
            "client": "C0042",
            "contact_name": "Lee Younghee",
            "contact_email": "lee@x.example",
            "phone": "02-111-2222",
        },
    ),
    (
        "C0042 연락 담당자를 이영희로 바꿔줘",
        "update_client",
        {"client": "C0042", "contact_name": "이영희"},
    ),
    (
        "한빛중앙병원 연락 담당자 이메일을 lee@hanbit.example로 변경해 줘",
        "update_client",
        {"client": HANBIT_KO, "contact_email": "lee@hanbit.example"},
    ),
    ("한빛중앙병원 등급을 A로 바꿔줘", "update_client", {"client": HANBIT_KO, "grade": "A"}),
    ("한빛중앙병원의 등급 B로 변경해 주세요", "update_client", {"client": HANBIT_KO, "grade": "B"}),
    (
        "C0042 전화번호를 051-222-3333으로 수정해줘",
        "update_client",
        {"client": "C0042", "phone": "051-222-3333"},
    ),
    (
        "C0042 주소를 부산 새빛로 12로 변경해 줘",
        "update_client",
        {"client": "C0042", "address": "부산 새빛로 12"},
    ),
    (
        "Add a note to contract C-0123: they want delivery on Mondays",
        "add_contract_note",
        {"contract": "C0123", "text": "they want delivery on Mondays"},
    ),
    (
        "Please add a note to K00042: pays late, and how do we change Hanbit Central Hospital's terms?",
        "add_contract_note",
        {"contract": "K00042", "text": "pays late, and how do we change Hanbit Central Hospital's terms?"},
    ),
    (
        'Leave a note "call back on Friday" on the contract with Hanbit Central Hospital',
        "add_contract_note",
        {"contract": HANBIT_EN, "text": "call back on Friday"},
    ),
    (
        "계약 K00042에 메모 추가해줘: 금요일에 다시 연락",
        "add_contract_note",
        {"contract": "K00042", "text": "금요일에 다시 연락"},
    ),
    (
        "한빛중앙병원 계약에 '단가 재협상 예정'이라고 메모 남겨줘",
        "add_contract_note",
        {"contract": HANBIT_KO, "text": "단가 재협상 예정"},
    ),
    ("Renew contract K00042 for 2 years", "renew_contract", {"contract": "K00042", "months": 24}),
    ("Extend the contract with C0042 for six months", "renew_contract", {"contract": "C0042", "months": 6}),
    (
        "Renew contract K-42 until 2027-12-31",
        "renew_contract",
        {"contract": "K00042", "until": "2027-12-31"},
    ),
    ("계약 C-0123 갱신해줘 1년", "renew_contract", {"contract": "C0123", "months": 12}),
    ("K00042 계약을 6개월 연장해 주세요", "renew_contract", {"contract": "K00042", "months": 6}),
    (
        "K00042 계약 2027년 6월 30일까지 연장해줘",
        "renew_contract",
        {"contract": "K00042", "until": "2027-06-30"},
    ),
    ("Close contract K00042", "close_contract", {"contract": "K00042"}),
    ("Please terminate the contract with C0042", "close_contract", {"contract": "C0042"}),
    ("Cancel contract K00042", "close_contract", {"contract": "K00042"}),
    ("계약 K00042 해지해줘", "close_contract", {"contract": "K00042"}),
    ("C0042 계약 종료해 주세요", "close_contract", {"contract": "C0042"}),
    ("undo that", "undo_change", {}),
    ("Undo the last change", "undo_change", {}),
    ("Please take that back", "undo_change", {}),
    ("방금 변경 취소해줘", "undo_change", {}),
    ("마지막 변경을 되돌려 주세요", "undo_change", {}),
]
ABOUT: list[str] = [
    "How do I change a client's grade?",
    "Who can change the grade of Hanbit Central Hospital?",
    "What grade did Hanbit Central Hospital change to?",
    "Did anybody change the phone number of C0042?",
    "Who is the contact person of C0042?",
    "C0042 연락 담당자 이메일 알려줘",
    "When was the grade of C0042 changed?",
    "Don't change Hanbit Central Hospital's grade to A",
    "Which contracts should we renew?",
    "Which contracts need renewal next month?",
    "Does the contract with C0042 renew automatically?",
    "When does the contract with C0042 end?",
    "Which contracts were closed last year?",
    "Is there a note on contract K00042?",
    "Can I undo a change?",
    "What happens when we terminate a contract?",
    "등급은 어떻게 변경해?",
    "한빛중앙병원 등급을 변경하려면 어떻게 해야 해?",
    "한빛중앙병원 등급이 바뀌었어?",
    "한빛중앙병원 등급을 A로 바꾸지 마",
    "누가 C0042 전화번호를 바꿨어?",
    "갱신해야 하는 계약 알려줘",
    "다음 달에 갱신되는 계약 보여줘",
    "계약 K00042는 자동 갱신이야?",
    "해지된 계약 알려줘",
    "계약 해지 절차가 어떻게 돼?",
    "계약 K00042에 메모가 있어?",
    "변경 취소는 어떻게 해?",
]


@pytest.fixture(scope="session")
def planner(sample_tools: list[BaseTool]) -> Planner:
    tools = []
    for tool in sample_tools:
        hints = hints_of(tool)
        assert hints is not None
        required = frozenset(tool.get_input_jsonschema().get("required", ())) & frozenset(tool.args)
        tools.append(OfflineTool(tool.name, required, hints))
    return Planner(tools)


@pytest.mark.parametrize(("sentence", "tool", "args"), ASKED)
def test_a_request_calls_for_the_change(
    planner: Planner, sentence: str, tool: str, args: dict[str, Any]
) -> None:
    assert planner.plan(sentence).calls == (Call(tool, args),)


@pytest.mark.parametrize("sentence", ABOUT + [question for question, _, _ in ENGLISH + KOREAN])
def test_a_question_calls_for_none(planner: Planner, sentence: str) -> None:
    before = Call("update_client", {"client": HANBIT_EN, "grade": "A"})
    for plan in (planner.plan(sentence), planner.plan(sentence, [before])):
        assert not {call.tool for call in plan.calls} & CHANGES
        assert not (plan.missing and plan.missing[0].name in CHANGES)


@pytest.mark.parametrize(
    ("sentence", "argument"),
    [("Change the grade to A", "client"), ("계약 갱신해줘", "contract"), ("Add a note to K00042", "text")],
)
def test_what_is_missing_is_asked_for(planner: Planner, sentence: str, argument: str) -> None:
    plan = planner.plan(sentence)
    assert plan.calls == ()
    assert plan.missing is not None
    assert plan.missing[1] == argument


def test_a_pronoun_means_the_client_of_the_turn_before(planner: Planner) -> None:
    before = [Call("find_client", {"client": HANBIT_EN})]
    expected = Plan((Call("update_client", {"client": HANBIT_EN, "grade": "B"}),), 0.0).calls
    assert planner.plan("Change its grade to B", before).calls == expected


def test_naming_another_client_does_not_change_that_one_too(planner: Planner) -> None:
    before = [Call("update_client", {"client": HANBIT_EN, "grade": "B"})]
    calls = planner.plan("And C0042?", before).calls
    assert not {call.tool for call in calls} & CHANGES


def test_two_changes_in_one_sentence_are_both_asked_for(planner: Planner) -> None:
    calls = planner.plan("Change C0042's grade to B and close contract K00042").calls
    assert [call.tool for call in calls] == ["update_client", "close_contract"]
