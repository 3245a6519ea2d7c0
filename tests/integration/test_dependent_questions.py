"""Questions that need another's answer first, through the real processes: the figures against SQL.

What comes first is found by the client agent and travels to the next agent as quoted context.
"""

from collections.abc import Iterator

import httpx
import pytest
from httpx_sse import connect_sse

from tests.company import Company
from tests.integration.questions import (
    LAST_QUARTER,
    OCTOBER,
    Case,
    ask,
    case,
    check,
    contract_ids,
    krw,
    name_of,
    sold_by,
    top_clients,
    won,
)

pytestmark = pytest.mark.slow

YEAR_OF_DATA = ("2025-11-01", "2026-10-31")
"""What "the highest sales" means without a period: the last twelve months with data."""


@pytest.fixture(scope="module")
def chat(company: Company) -> Iterator[httpx.Client]:
    with company.login() as client:
        yield client


def first(company: Company, period: tuple[str, str], name: str) -> str:
    """The client with the highest sales."""
    return top_clients(company, "%", *period, 1, name)[0]


def owner(company: Company, period: tuple[str, str], column: str) -> str:
    """Who looks after the client with the highest sales."""
    query = f"SELECT {column} FROM clients WHERE name_ko = ?"
    return str(company.rows("clients", query, first(company, period, "name_ko"))[0][0])


def contracts(company: Company) -> list[str]:
    return contract_ids(company, first(company, LAST_QUARTER, "name_ko"))


CASES = [
    case(
        "Show me the contracts of the client with the highest sales last quarter",
        "client",
        figures=lambda c: [first(c, LAST_QUARTER, "name_en"), *contracts(c)],
    ),
    case(
        "지난 분기 매출이 가장 높은 거래처의 계약 내역 보여줘",
        "client",
        figures=lambda c: [first(c, LAST_QUARTER, "name_ko"), *contracts(c)],
    ),
    case(
        "How much did the account manager of the client with the highest sales sell in October 2026?",
        "client employee",
        figures=lambda c: [
            owner(c, YEAR_OF_DATA, "owner_name_en"),
            krw(sold_by(c, owner(c, YEAR_OF_DATA, "owner_id"), *OCTOBER)),
        ],
    ),
    case(
        "거래처 중 매출이 가장 높은 곳의 담당자의 2026년 10월 실적은?",
        "client employee",
        figures=lambda c: [
            owner(c, YEAR_OF_DATA, "owner_name_ko"),
            won(sold_by(c, owner(c, YEAR_OF_DATA, "owner_id"), *OCTOBER)),
        ],
    ),
    case(
        "Which client had the highest sales last quarter, who manages it"
        " and what does the policy say about gifts?",
        "client document",
        figures=lambda c: [first(c, LAST_QUARTER, "name_en"), owner(c, LAST_QUARTER, "owner_name_en")],
        says=("up to 50,000 KRW",),
    ),
    case(
        "지난 분기 매출이 가장 높은 거래처는 어디고, 담당자는 누구고, 미사용 연차는 며칠까지 이월돼?",
        "client document",
        figures=lambda c: [first(c, LAST_QUARTER, "name_ko"), owner(c, LAST_QUARTER, "owner_name_ko")],
        says=("5일",),
    ),
    case(
        "and its contracts?",
        "client",
        after="Which client had the highest sales last quarter?",
        figures=contracts,
    ),
]


@pytest.mark.parametrize("expected", CASES, ids=name_of)
def test_the_second_answer_is_about_what_the_first_one_found(
    company: Company, chat: httpx.Client, expected: Case
) -> None:
    check(company, chat, expected)


def test_what_waits_begins_when_the_other_has_ended(chat: httpx.Client) -> None:
    order = []
    with connect_sse(chat, "POST", "/api/chat/stream", json={"message": CASES[2].question}) as source:
        for event in source.iter_sse():
            if event.event in {"agent_start", "agent_end"}:
                order.append((event.event, event.json()["agent"]))
    names = ["client", "client", "employee"]
    assert order == [(event, name) for name in names for event in ("agent_start", "agent_end")]


def test_the_task_of_the_page_is_the_question_without_what_is_passed_on(chat: httpx.Client) -> None:
    answer = ask(chat, CASES[3].question)
    stored = chat.get(f"/api/conversations/{answer['conversation_id']}").json()
    assert "Known already" not in str(stored)
