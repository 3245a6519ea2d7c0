"""24 questions to the sample company, and what their answers must hold: figures from SQL, texts, sources."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.company import Company

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


def ask(chat: httpx.Client, message: str, conversation_id: str | None = None) -> dict[str, Any]:
    body = {"message": message, **({"conversation_id": conversation_id} if conversation_id else {})}
    answer = chat.post("/api/chat", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def name_of(expected: Case) -> str:
    """What the question's test is called."""
    return re.sub(r"\W+", "-", expected.question)[:40]


def check(company: Company, chat: httpx.Client, expected: Case) -> None:
    """Ask a question, with the one before it, and look whether its answer is right."""
    conversation = ask(chat, expected.after)["conversation_id"] if expected.after else None
    check_answer(company, ask(chat, expected.question, conversation), expected)


def check_answer(company: Company, answer: dict[str, Any], expected: Case) -> None:
    """Look whether an answer is right."""
    assert {agent["name"] for agent in answer["agents"]} == expected.agents
    assert all(agent["status"] == "success" for agent in answer["agents"])
    text = answer["response"]
    missing = [one for one in [*expected.figures(company), *expected.says] if one not in text]
    assert not missing, text
    cited = {citation["source"] for citation in answer["citations"]}
    assert expected.sources <= cited, cited
    records = expected.agents - {"document"}
    assert sum(citation["kind"] == "records" for citation in answer["citations"]) >= len(records)
