"""The questions that the tests ask each service, and what the company's databases answer."""

import sqlite3
from typing import Any, NamedTuple
from uuid import uuid4

from tests.contract.services.running import RunningService


class Question(NamedTuple):
    """A question to one agent.

    Attributes:
        text: In English or Korean.
        says: What the answer must hold; ``{}`` stands for what the query gives.
        database: That the query runs on; empty when the answer is in a document.
        query: Gives the figure.
        thousands: Whether the figure is written with commas.
    """

    text: str
    says: str
    database: str = ""
    query: str = ""
    thousands: bool = False

    def expected(self, service: RunningService) -> str:
        if not self.database:
            return self.says
        path = service.settings.data_dir / f"{self.database}.db"
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            figure = connection.execute(self.query).fetchone()[0]
        finally:
            connection.close()
        return self.says.format(f"{figure:,}" if self.thousands else figure)


_HEADCOUNT = """SELECT count(*) FROM employees JOIN departments ON code = department_code
                WHERE departments.name_en = '{}' AND status != 'left'"""
_OCTOBER = """SELECT sum(amount_krw) FROM transactions
              WHERE date BETWEEN '2026-10-01' AND '2026-10-31' AND region_code LIKE '{}'"""

ENGLISH = {
    "document": Question("How many unused vacation days can I take into next year?", "Up to 5 unused days"),
    "employee": Question(
        "How many employees are in the Sales department?",
        "{} people",
        "employees",
        _HEADCOUNT.format("Sales"),
    ),
    "client": Question(
        "What was the total revenue from clients in October 2026?",
        "{} KRW",
        "transactions",
        _OCTOBER.format("%"),
        thousands=True,
    ),
}
KOREAN = {
    "document": Question("미사용 연차는 며칠까지 이월되나요?", "최대 5일까지 이월"),
    "employee": Question("물류부 인원은 몇 명인가요?", "{}명", "employees", _HEADCOUNT.format("Logistics")),
    "client": Question(
        "지난달 대구 거래처 매출 합계는?", "{}원", "transactions", _OCTOBER.format("DAE"), thousands=True
    ),
}
ASKED = {**ENGLISH, "router": ENGLISH["employee"]}
"""The question that the tests of the wire ask each service."""


def asks(text: str) -> dict[str, Any]:
    """Return an input with one user message."""
    return {"messages": [{"role": "user", "content": text}]}


def question_for(service: RunningService) -> dict[str, Any]:
    """Return an input that the service's graph answers with its tools, or its agents."""
    return asks(ASKED[service.name].text)


def answer_of(values: Any) -> str:
    """Return the text of the last message of a state."""
    last = values["messages"][-1]
    return str(last["content"] if isinstance(last, dict) else last.content)


def fresh_id() -> str:
    return str(uuid4())
