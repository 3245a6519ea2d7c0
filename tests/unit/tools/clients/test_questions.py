"""Which tool the offline model calls for a question, and with what: no LLM, the tools' own hints."""

from typing import Any

import pytest
from langchain_core.tools import BaseTool

from narutalk.offline.certainty import Certainty
from narutalk.offline.hints import hints_of
from narutalk.offline.planning import Call, OfflineTool, Planner, plan
from tools.changing import approval_of
from tools.clients.phrases import phrases_of

HANBIT_EN, HANBIT_KO = "Hanbit Central Hospital", "한빛중앙병원"

ENGLISH: list[tuple[str, str, dict[str, Any]]] = [
    ("Can you tell me about Hanbit Central Hospital?", "find_client", {"client": HANBIT_EN}),
    ("Who is looking after Hanbit Central Hospital?", "find_client", {"client": HANBIT_EN}),
    ("I need the phone number for C0042", "find_client", {"client": "C0042"}),
    ("Which grade does Hanbit Central Hospital have?", "find_client", {"client": HANBIT_EN}),
    ("Who is the sales rep for hanbit central hospital", "find_client", {"client": HANBIT_EN}),
    (
        "How many pharmacies do we serve in Daegu?",
        "list_clients",
        {"client_type": "pharmacy", "region": "Daegu"},
    ),
    (
        "Show all grade A hospitals in Seoul",
        "list_clients",
        {"grade": "A", "client_type": "hospital", "region": "Seoul"},
    ),
    ("Which clients is Kim Minsu looking after?", "list_clients", {"owner": "Kim Minsu"}),
    ("Please list the inactive clinics", "list_clients", {"status": "inactive", "client_type": "clinic"}),
    ("How many clients are there altogether?", "list_clients", {}),
    (
        "Number of wholesalers in Gyeonggi",
        "list_clients",
        {"client_type": "wholesaler", "region": "Gyeonggi"},
    ),
    (
        "Show me the recent transactions with Hanbit Central Hospital",
        "client_transactions",
        {"client": HANBIT_EN},
    ),
    (
        "How much did Hanbit Central Hospital buy in Q3 2026?",
        "client_transactions",
        {"client": HANBIT_EN, "period": "2026-Q3"},
    ),
    (
        "What was ordered by C0100 last month?",
        "client_transactions",
        {"client": "C0100", "period": "last_month"},
    ),
    (
        "How much Cardivel did Hanbit Central Hospital order in 2025?",
        "client_transactions",
        {"client": HANBIT_EN, "product": "Cardivel", "period": "2025"},
    ),
    ("When was the last purchase by Hanbit Central Hospital?", "client_transactions", {"client": HANBIT_EN}),
    (
        "When will the contract with Hanbit Central Hospital expire?",
        "client_contracts",
        {"client": HANBIT_EN},
    ),
    ("Which contracts are expiring next month?", "client_contracts", {"period": "next_month"}),
    (
        "List the contracts that end in the next 3 months in Busan",
        "client_contracts",
        {"period": "next_3_months", "region": "Busan"},
    ),
    ("How many terminated contracts are there?", "client_contracts", {"status": "terminated"}),
    ("Are there any contracts about to expire?", "client_contracts", {}),
    (
        "Which of our contracts in Seoul is the biggest?",
        "client_contracts",
        {"largest_first": True, "region": "Seoul"},
    ),
    (
        "Compare Busan and Seoul revenue for last quarter",
        "sales_totals",
        {"group_by": "region", "period": "last_quarter"},
    ),
    (
        "How many clinics in Daegu no longer buy from us?",
        "list_clients",
        {"client_type": "clinic", "region": "Daegu", "status": "inactive"},
    ),
    (
        "Which products have come back most this year?",
        "returned_goods",
        {"group_by": "product", "period": "this_year"},
    ),
    (
        "Which customers returned most in Busan last quarter?",
        "returned_goods",
        {"group_by": "client", "region": "Busan", "period": "last_quarter"},
    ),
    (
        "Did clinics in Seoul buy more in August than in July?",
        "sales_totals",
        {"client_type": "clinic", "region": "Seoul", "period": "08", "against": "07"},
    ),
    (
        "How many agreements end in December that do not renew automatically?",
        "client_contracts",
        {"period": "12", "auto_renewal": False},
    ),
    (
        "Show contracts of Kim Minsu's clients ending next month",
        "client_contracts",
        {"owner": "Kim Minsu", "period": "next_month"},
    ),
    (
        "Does the contract with Hanbit Central Hospital renew automatically?",
        "client_contracts",
        {"client": HANBIT_EN},
    ),
    ("What were total sales in September 2026?", "sales_totals", {"period": "2026-09"}),
    ("Revenue by region for last quarter", "sales_totals", {"group_by": "region", "period": "last_quarter"}),
    ("How much did we sell in Busan in 2025?", "sales_totals", {"region": "Busan", "period": "2025"}),
    (
        "How much Fluvaxen was sold in October 2026?",
        "sales_totals",
        {"product": "Fluvaxen", "period": "2026-10"},
    ),
    (
        "Monthly sales of vaccines last year",
        "sales_totals",
        {"group_by": "month", "category": "vaccine", "period": "last_year"},
    ),
    (
        "Sales to pharmacies in Daejeon this year",
        "sales_totals",
        {"client_type": "pharmacy", "region": "Daejeon", "period": "this_year"},
    ),
    (
        "Which region had the highest sales last quarter?",
        "sales_totals",
        {"group_by": "region", "period": "last_quarter"},
    ),
    ("Who are our top 5 clients in Q3?", "top_clients", {"order": "top", "count": 5, "period": "Q3"}),
    (
        "Which hospital in Seoul bought the most last year?",
        "top_clients",
        {"client_type": "hospital", "region": "Seoul", "order": "top", "period": "last_year"},
    ),
    (
        "Bottom 3 customers by revenue in Gwangju",
        "top_clients",
        {"order": "bottom", "count": 3, "region": "Gwangju"},
    ),
    (
        "Who bought the most Insunova in 2026?",
        "top_clients",
        {"order": "top", "product": "Insunova", "period": "2026"},
    ),
    (
        "What are the best selling products this year?",
        "top_products",
        {"order": "top", "period": "this_year"},
    ),
    ("Which products sold worst in Busan?", "top_products", {"order": "bottom", "region": "Busan"}),
    (
        "Top 10 products for clinics in Q2 2026",
        "top_products",
        {"order": "top", "count": 10, "client_type": "clinic", "period": "2026-Q2"},
    ),
    ("Which clients still owe us money?", "unpaid_transactions", {}),
    ("How much is overdue in Busan?", "unpaid_transactions", {"status": "overdue", "region": "Busan"}),
    ("Are there unpaid invoices for Hanbit Central Hospital?", "unpaid_transactions", {"client": HANBIT_EN}),
    ("Show overdue amounts by region", "unpaid_transactions", {"status": "overdue", "group_by": "region"}),
]
KOREAN: list[tuple[str, str, dict[str, Any]]] = [
    ("한빛중앙병원은 어떤 곳이야?", "find_client", {"client": HANBIT_KO}),
    ("한빛중앙병원의 담당자는 누구인가요?", "find_client", {"client": HANBIT_KO}),
    ("C0042 연락처 좀 알려주세요", "find_client", {"client": "C0042"}),
    ("한빛중앙병원 등급 알려줘", "find_client", {"client": HANBIT_KO}),
    ("대구에 약국이 몇 곳 있나요?", "list_clients", {"region": "대구", "client_type": "pharmacy"}),
    (
        "서울의 A등급 병원 목록을 보여줘",
        "list_clients",
        {"region": "서울", "grade": "A", "client_type": "hospital"},
    ),
    ("김민수가 담당하는 거래처는 어디인가요?", "list_clients", {"owner": "김민수"}),
    ("거래 중단된 의원 목록", "list_clients", {"status": "inactive", "client_type": "clinic"}),
    ("전체 거래처 수는 몇 곳인가요?", "list_clients", {}),
    ("경기 지역 도매업체 알려줘", "list_clients", {"region": "경기", "client_type": "wholesaler"}),
    ("한빛중앙병원 최근 거래 내역 보여주세요", "client_transactions", {"client": HANBIT_KO}),
    (
        "2026년 3분기에 한빛중앙병원이 얼마나 샀어?",
        "client_transactions",
        {"client": HANBIT_KO, "period": "2026-Q3"},
    ),
    ("지난달 C0100의 매출은 얼마야?", "client_transactions", {"client": "C0100", "period": "last_month"}),
    (
        "한빛중앙병원이 작년에 카디벨을 얼마나 주문했나요?",
        "client_transactions",
        {"client": HANBIT_KO, "product": "카디벨", "period": "last_year"},
    ),
    ("한빛중앙병원 마지막 구매일은 언제야?", "client_transactions", {"client": HANBIT_KO}),
    ("한빛중앙병원 계약은 언제 만료돼?", "client_contracts", {"client": HANBIT_KO}),
    ("다음 달에 만료되는 계약 보여줘", "client_contracts", {"period": "next_month"}),
    (
        "향후 3개월 안에 끝나는 부산 계약 목록",
        "client_contracts",
        {"period": "next_3_months", "region": "부산"},
    ),
    ("해지된 계약은 몇 건인가요?", "client_contracts", {"status": "terminated"}),
    ("곧 만료될 계약이 있어?", "client_contracts", {}),
    (
        "2분기에 서울 쪽 약국들이 산 금액은 총 얼마야?",
        "sales_totals",
        {"period": "Q2", "region": "서울", "client_type": "pharmacy"},
    ),
    ("부산 계약 중 금액이 제일 큰 건?", "client_contracts", {"largest_first": True, "region": "부산"}),
    (
        "지난 분기 부산 매출은 작년 같은 분기보다 얼마나 늘었어?",
        "sales_totals",
        {"period": "last_quarter", "against": "year_before", "region": "부산"},
    ),
    (
        "서울이랑 대구 지난달 매출 비교해 줘",
        "sales_totals",
        {"group_by": "region", "period": "last_month"},
    ),
    ("작년에 반품이 가장 많았던 제품은?", "returned_goods", {"group_by": "product", "period": "last_year"}),
    ("지난달 부산 반품 금액은?", "returned_goods", {"period": "last_month", "region": "부산"}),
    (
        "전년 동기 대비 올해 부산 매출은?",
        "sales_totals",
        {"period": "this_year", "against": "year_before", "region": "부산"},
    ),
    (
        "자동 연장되지 않는 계약 중에 다음 분기에 끝나는 건 몇 건이야?",
        "client_contracts",
        {"period": "next_quarter", "auto_renewal": False},
    ),
    ("자동으로 갱신되는 계약은 몇 건이야?", "client_contracts", {"auto_renewal": True}),
    ("한빛중앙병원 계약은 자동 갱신돼?", "client_contracts", {"client": HANBIT_KO}),
    ("2026년 9월 총매출은 얼마인가요?", "sales_totals", {"period": "2026-09"}),
    ("지난 분기 지역별 매출 알려줘", "sales_totals", {"group_by": "region", "period": "last_quarter"}),
    ("작년 부산 매출 얼마야?", "sales_totals", {"region": "부산", "period": "last_year"}),
    ("플루백센은 올해 얼마나 팔렸어?", "sales_totals", {"product": "플루백센", "period": "this_year"}),
    (
        "작년 백신 월별 매출 보여줘",
        "sales_totals",
        {"group_by": "month", "category": "vaccine", "period": "last_year"},
    ),
    ("상반기 약국 매출 합계는?", "sales_totals", {"client_type": "pharmacy", "period": "H1"}),
    (
        "지난 분기에 매출이 가장 높은 지역은?",
        "sales_totals",
        {"group_by": "region", "period": "last_quarter"},
    ),
    ("우리 회사 10월 매출은?", "sales_totals", {"period": "10"}),
    ("3분기 매출 상위 5개 거래처는?", "top_clients", {"order": "top", "count": 5, "period": "Q3"}),
    (
        "작년에 서울에서 가장 많이 구매한 병원은 어디야?",
        "top_clients",
        {"order": "top", "client_type": "hospital", "region": "서울", "period": "last_year"},
    ),
    ("광주 매출 하위 3곳 거래처 알려줘", "top_clients", {"order": "bottom", "count": 3, "region": "광주"}),
    (
        "올해 인슈노바를 가장 많이 산 거래처는?",
        "top_clients",
        {"order": "top", "product": "인슈노바", "period": "this_year"},
    ),
    ("올해 가장 많이 팔린 제품이 뭐야?", "top_products", {"order": "top", "period": "this_year"}),
    ("부산에서 가장 적게 팔린 제품은?", "top_products", {"order": "bottom", "region": "부산"}),
    (
        "2분기 의원 대상 상위 10개 제품",
        "top_products",
        {"order": "top", "count": 10, "client_type": "clinic", "period": "Q2"},
    ),
    ("미수금이 있는 거래처 알려줘", "unpaid_transactions", {}),
    ("부산 연체 금액은 얼마인가요?", "unpaid_transactions", {"status": "overdue", "region": "부산"}),
    ("한빛중앙병원 미결제 거래 있어?", "unpaid_transactions", {"client": HANBIT_KO}),
    ("지역별 연체 금액 보여줘", "unpaid_transactions", {"status": "overdue", "group_by": "region"}),
]
FOLLOW_UPS: list[tuple[Call, str, Call]] = [
    (
        Call("sales_totals", {"region": "Busan", "period": "2026-Q3"}),
        "and last year?",
        Call("sales_totals", {"region": "Busan", "period": "last_year"}),
    ),
    (
        Call("sales_totals", {"region": "부산", "period": "2026-Q3"}),
        "서울은?",
        Call("sales_totals", {"region": "서울", "period": "2026-Q3"}),
    ),
    (
        Call("client_contracts", {"client": HANBIT_KO}),
        "새온안과의원 계약은?",
        Call("client_contracts", {"client": "새온안과의원"}),
    ),
    (
        Call("top_products", {"order": "top", "period": "2026-Q3", "region": "Busan"}),
        "and in Seoul?",
        Call("top_products", {"order": "top", "period": "2026-Q3", "region": "Seoul"}),
    ),
    (
        Call("top_clients", {"order": "top", "count": 5, "period": "2026-Q3"}),
        "작년은?",
        Call("top_clients", {"order": "top", "count": 5, "period": "last_year"}),
    ),
    (
        Call("client_transactions", {"client": "C0042", "period": "last_year"}),
        "what about C0100?",
        Call("client_transactions", {"client": "C0100", "period": "last_year"}),
    ),
    (
        Call("client_contracts", {"client": "Hanbit"}),
        HANBIT_EN,
        Call("client_contracts", {"client": HANBIT_EN}),
    ),
]


def offline(tools: list[BaseTool]) -> list[OfflineTool]:
    found = []
    for tool in tools:
        hints = hints_of(tool)
        assert hints is not None
        schema = tool.tool_call_schema
        assert not isinstance(schema, dict)
        required = schema.model_json_schema().get("required", ())  # type: ignore[union-attr]
        found.append(OfflineTool(tool.name, frozenset(required), hints))
    return found


@pytest.mark.parametrize(("question", "tool", "args"), ENGLISH + KOREAN)
def test_a_question_calls_its_tool(
    sample_tools: list[BaseTool], question: str, tool: str, args: dict[str, Any]
) -> None:
    decision = plan(question, offline(sample_tools))
    assert decision.calls == (Call(tool, args),)


@pytest.mark.parametrize(("before", "question", "after"), FOLLOW_UPS)
def test_a_follow_up_keeps_what_was_said(
    sample_tools: list[BaseTool], before: Call, question: str, after: Call
) -> None:
    assert plan(question, offline(sample_tools), [before]).calls == (after,)


def test_a_part_of_a_name_is_passed_on(sample_tools: list[BaseTool]) -> None:
    for question, part in (
        ("contracts of Hanbit", "Hanbit"),
        ("한빛 계약 알려줘", "한빛"),
        ("한빛병원 계약은?", "한빛병원"),
    ):
        assert plan(question, offline(sample_tools)).calls == (Call("client_contracts", {"client": part}),)


def test_a_missing_client_is_asked_for(sample_tools: list[BaseTool]) -> None:
    decision = plan("What is the phone number of the client?", offline(sample_tools))
    assert not decision.calls
    assert decision.missing is not None
    assert decision.missing[1] == "client"


def test_every_tool_has_enough_phrases_and_no_question_is_one_of_them(sample_tools: list[BaseTool]) -> None:
    questions = {question.casefold().rstrip("?") for question, _, _ in ENGLISH + KOREAN}
    assert len(ENGLISH) >= 30
    assert len(KOREAN) >= 30
    for tool in (tool for tool in sample_tools if not approval_of(tool)):
        for phrases in phrases_of(tool.name).values():
            assert len(phrases) >= 15
            assert len(set(phrases)) == len(phrases)
            assert not questions & set(phrases)


def test_what_is_beyond_doubt_is_right(sample_tools: list[BaseTool]) -> None:
    certainty = Certainty(Planner(offline(sample_tools)))
    planned = {question: certainty.calls(question) for question, _, _ in ENGLISH + KOREAN}
    sure = {question: calls for question, calls in planned.items() if calls}
    expected = {
        question: (Call(tool, args),) for question, tool, args in ENGLISH + KOREAN if sure.get(question)
    }
    assert sure == expected
    assert len(sure) >= len(planned) / 3


@pytest.mark.parametrize(("before", "question", "after"), FOLLOW_UPS)
def test_what_goes_on_from_before_is_in_doubt(
    sample_tools: list[BaseTool], before: Call, question: str, after: Call
) -> None:
    assert Certainty(Planner(offline(sample_tools))).calls(question) in ((), (after,)), before
