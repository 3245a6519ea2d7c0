"""24 questions through the real processes: figures against SQL, sources against the files that hold them."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from narutalk.identity import Role
from tests.company import Company

pytestmark = pytest.mark.slow

Figures = Callable[[Company], list[str]]


def krw(amount: int) -> str:
    return f"{amount:,} KRW"


def won(amount: int) -> str:
    return f"{amount:,}원"


def headcount(company: Company, department: str) -> int:
    query = """SELECT count(*) FROM employees JOIN departments ON code = department_code
               WHERE departments.name_en = ? AND status != 'left'"""
    return int(company.rows("employees", query, department)[0][0])


def top_sellers(company: Company, first: str, last: str, count: int) -> list[tuple[str, str, int]]:
    query = """SELECT name_en, name_ko, sum(amount_krw) AS sold FROM monthly_sales
               JOIN employees ON employees.id = employee_id
               WHERE month BETWEEN ? AND ? GROUP BY employees.id ORDER BY sold DESC LIMIT ?"""
    return company.rows("employees", query, first, last, count)


def sold_by(company: Company, employee_id: str, first: str, last: str) -> int:
    query = "SELECT sum(amount_krw) FROM monthly_sales WHERE employee_id = ? AND month BETWEEN ? AND ?"
    return int(company.rows("employees", query, employee_id, first, last)[0][0])


def bought_by(company: Company, name: str, first: str, last: str) -> int:
    client_id = company.rows("clients", "SELECT id FROM clients WHERE name_en = ?", name)[0][0]
    query = "SELECT sum(amount_krw) FROM transactions WHERE client_id = ? AND date BETWEEN ? AND ?"
    return int(company.rows("transactions", query, client_id, first, last)[0][0])


def total(company: Company, first: str, last: str, region: str = "%") -> int:
    query = "SELECT sum(amount_krw) FROM transactions WHERE date BETWEEN ? AND ? AND region_code LIKE ?"
    return int(company.rows("transactions", query, first, last, region)[0][0])


def top_clients(company: Company, region: str, first: str, last: str, count: int, name: str) -> list[str]:
    query = """SELECT client_id FROM transactions WHERE region_code LIKE ? AND date BETWEEN ? AND ?
               GROUP BY client_id ORDER BY sum(amount_krw) DESC LIMIT ?"""
    ids = [row[0] for row in company.rows("transactions", query, region, first, last, count)]
    return [company.rows("clients", f"SELECT {name} FROM clients WHERE id = ?", one)[0][0] for one in ids]


def contract_ids(company: Company, name: str) -> list[str]:
    query = "SELECT contracts.id FROM contracts JOIN clients ON clients.id = client_id WHERE name_ko = ?"
    return [row[0] for row in company.rows("clients", query, name)]


def manager_of(company: Company, employee_id: str) -> str:
    query = """SELECT manager.name_en FROM employees JOIN employees AS manager
               ON manager.id = employees.manager_id WHERE employees.id = ?"""
    return str(company.rows("employees", query, employee_id)[0][0])


@dataclass(frozen=True)
class Case:
    """A question, and what its answer must hold.

    Attributes:
        agents: Who must have worked on it, and nobody else.
        figures: Texts that the answer must hold, from SQL.
        says: Texts that the answer must hold, from the documents.
        sources: Files among the answer's citations.
        after: The question before it in the same conversation.
    """

    question: str
    agents: frozenset[str]
    figures: Figures = field(default=lambda _company: [])
    says: tuple[str, ...] = ()
    sources: frozenset[str] = frozenset()
    after: str | None = None


def case(question: str, agents: str = "", **expected: Any) -> Case:
    expected["sources"] = frozenset(expected.get("sources", "").split())
    return Case(question, frozenset(agents.split()), **expected)


LAST_QUARTER = ("2026-07-01", "2026-09-30")
OCTOBER = ("2026-10-01", "2026-10-31")
YEAR_2025 = ("2025-01-01", "2025-12-31")
THIS_YEAR = ("2026-01-01", "2026-12-31")
KIM_MINSU = "E0015"

ENGLISH = [
    case(
        "How many unused vacation days can I take into next year, and until when?",
        "document",
        says=("Up to 5 unused days", "31 March"),
        sources="annual-leave-policy.docx",
    ),
    case(
        "At what temperature is Insunova stored?",
        "document",
        says=("2–8 °C",),
        sources="product-sheet-insunova.pdf",
    ),
    case(
        "Who were the top 5 salespeople last quarter?",
        "employee",
        figures=lambda c: [
            text for row in top_sellers(c, *LAST_QUARTER, 5) for text in (row[0], krw(row[2]))
        ],
    ),
    case(
        "How many employees are in the Sales department?",
        "employee",
        figures=lambda c: [f"{headcount(c, 'Sales')} people"],
    ),
    case("Who is Kim Minsu's manager?", "employee", figures=lambda c: [manager_of(c, KIM_MINSU)]),
    case(
        "How much did Hanbit Central Hospital buy in 2025?",
        "client",
        figures=lambda c: [krw(bought_by(c, "Hanbit Central Hospital", *YEAR_2025))],
    ),
    case(
        "What are the top 3 clients in Busan this year?",
        "client",
        figures=lambda c: top_clients(c, "BUS", *THIS_YEAR, 3, "name_en"),
    ),
    case(
        "And last year?",
        "client",
        after="What are the top 3 clients in Busan this year?",
        figures=lambda c: top_clients(c, "BUS", *YEAR_2025, 3, "name_en"),
    ),
    case(
        "What is the overtime limit per week and how many employees are in the Logistics department?",
        "document employee",
        figures=lambda c: [f"{headcount(c, 'Logistics')} people"],
        says=("12 hours per week",),
        sources="overtime-policy.docx",
    ),
    case(
        "How long must my password be, who was the top salesperson in October 2026, "
        "and what was the total revenue from clients in October 2026?",
        "document employee client",
        figures=lambda c: [top_sellers(c, *OCTOBER, 1)[0][0], krw(total(c, *OCTOBER))],
        says=("14 characters",),
        sources="password-policy.md",
    ),
    case("Good morning! How are you?", says=("Documents", "Employees", "Clients")),
    case(
        "What is the company's policy on bringing dogs to the office?",
        "document",
        says=("I found nothing about this in the documents you can read",),
    ),
]
KOREAN = [
    case("청바지는 무슨 요일에 입을 수 있나요?", "document", says=("금요일",), sources="dress-code-ko.md"),
    case("인슈노바 보관 온도는?", "document", says=("2–8 °C",), sources="product-sheet-insunova.pdf"),
    case(
        "김민수 10월 매출은 얼마야?",
        "employee",
        figures=lambda c: [won(sold_by(c, KIM_MINSU, *OCTOBER))],
    ),
    case(
        "작년은?",
        "employee",
        after="김민수 10월 매출은 얼마야?",
        figures=lambda c: [won(sold_by(c, KIM_MINSU, *YEAR_2025))],
    ),
    case("물류부 인원은 몇 명인가요?", "employee", figures=lambda c: [f"{headcount(c, 'Logistics')}명"]),
    case("한빛중앙병원의 계약을 알려줘", "client", figures=lambda c: contract_ids(c, "한빛중앙병원")),
    case("지난달 대구 거래처 매출 합계는?", "client", figures=lambda c: [won(total(c, *OCTOBER, "DAE"))]),
    case(
        "작년 매출 상위 거래처 3곳 알려주세요",
        "client",
        figures=lambda c: top_clients(c, "%", *YEAR_2025, 3, "name_ko"),
    ),
    case(
        "미사용 연차는 며칠까지 이월되고 영업부 인원은 몇 명이야?",
        "document employee",
        figures=lambda c: [f"{headcount(c, 'Sales')}명"],
        says=("최대 5일까지 이월",),
        sources="annual-leave-policy-ko.pdf",
    ),
    case(
        "연차는 며칠이고, 지난 분기 최고 영업사원은 누구고, 올해 부산 상위 거래처 3곳은 어디야?",
        "document employee client",
        figures=lambda c: [
            top_sellers(c, *LAST_QUARTER, 1)[0][1],
            *top_clients(c, "BUS", *THIS_YEAR, 3, "name_ko"),
        ],
        sources="annual-leave-policy-ko.pdf",
    ),
    case("안녕하세요", says=("문서", "직원", "거래처")),
    case("스톡옵션 행사 가격은 얼마인가요?", "document", says=("찾지 못했습니다",)),
]


@pytest.fixture(scope="module")
def chat(company: Company) -> Iterator[httpx.Client]:
    with company.login() as client:
        yield client


def ask(chat: httpx.Client, message: str, conversation_id: str | None = None) -> dict[str, Any]:
    body = {"message": message, **({"conversation_id": conversation_id} if conversation_id else {})}
    answer = chat.post("/api/chat", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    "expected", [*ENGLISH, *KOREAN], ids=lambda one: re.sub(r"\W+", "-", one.question)[:40]
)
def test_the_answer_is_right(company: Company, chat: httpx.Client, expected: Case) -> None:
    conversation = ask(chat, expected.after)["conversation_id"] if expected.after else None
    answer = ask(chat, expected.question, conversation)
    assert {agent["name"] for agent in answer["agents"]} == expected.agents
    assert all(agent["status"] == "success" for agent in answer["agents"])
    text = answer["response"]
    missing = [one for one in [*expected.figures(company), *expected.says] if one not in text]
    assert not missing, text
    cited = {citation["source"] for citation in answer["citations"]}
    assert expected.sources <= cited, cited
    records = expected.agents - {"document"}
    assert sum(citation["kind"] == "records" for citation in answer["citations"]) >= len(records)


def test_there_are_twelve_questions_in_each_language() -> None:
    assert len(ENGLISH) == len(KOREAN) == 12


def test_what_was_found_nowhere_has_no_sources(chat: httpx.Client) -> None:
    for question in (ENGLISH[-1].question, KOREAN[-1].question):
        assert ask(chat, question)["citations"] == []


def test_conversations_remember_how_each_answer_came_about(chat: httpx.Client) -> None:
    answer = ask(chat, ENGLISH[8].question)
    stored = chat.get(f"/api/conversations/{answer['conversation_id']}").json()
    question, reply = stored["messages"]
    assert question["content"] == ENGLISH[8].question
    assert reply["content"] == answer["response"]
    assert {agent["name"] for agent in reply["agents"]} == {"document", "employee"}
    assert reply["citations"] == answer["citations"]
    assert reply["confidence"] == answer["confidence"]
    assert reply["duration_ms"] > 0


def test_a_turn_ends_as_a_run_that_succeeded(company: Company, chat: httpx.Client) -> None:
    answer = ask(chat, ENGLISH[3].question)
    runs = httpx.get(
        f"{company.settings.service_urls('router')[0]}/threads/{answer['conversation_id']}/runs",
        headers={"Authorization": f"Bearer {company.token(Role.ADMIN)}"},
    )
    assert [run["status"] for run in runs.json()] == ["success"]


def test_one_request_id_is_in_the_logs_of_every_process(company: Company, chat: httpx.Client) -> None:
    request_id = "integration-test-0001"
    answer = chat.post(
        "/api/chat", json={"message": KOREAN[4].question}, headers={"X-Request-ID": request_id}
    )
    assert answer.headers["X-Request-ID"] == request_id
    for service in ("manager", "router", "employee"):
        # The line is written when the response has ended: its last bytes may be here a moment before.
        found = company.wait_until_logged(
            service, rf'.*"event": "request".*{request_id}.*|.*{request_id}.*"event": "request".*'
        )
        assert json.loads(found)["service"] == service
