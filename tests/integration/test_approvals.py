"""A change through the real processes: asked for, shown, decided, in the data or not, and taken back."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from narutalk.identity import Role
from tests.company import Company
from tests.integration.questions import ask

pytestmark = pytest.mark.slow

CLIENT = "C0777"
OTHER_GRADES = {"A": "B", "B": "C", "C": "D", "D": "A"}


@dataclass
class Waiting:
    """A change that waits for a person in a conversation."""

    chat: httpx.Client
    conversation_id: str
    interrupt: dict[str, Any]

    @property
    def value(self) -> dict[str, Any]:
        return dict(self.interrupt["value"])

    def resume(self, decision: str, **args: Any) -> httpx.Response:
        body = {
            "interrupt_id": self.interrupt["id"],
            "decision": decision,
            **({"args": args} if args else {}),
        }
        return self.chat.post(f"/api/conversations/{self.conversation_id}/resume", json=body)

    def decide(self, decision: str, **args: Any) -> str:
        """Decide, and return the answer that comes of it."""
        answer = self.resume(decision, **args)
        assert answer.status_code == 200, answer.text
        lines = [
            line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: ")
        ]
        [final] = [event for event in map(json.loads, lines) if event.get("type") == "final"]
        return str(final["response"])


@pytest.fixture
def chat(company: Company) -> Iterator[httpx.Client]:
    with company.login() as client:
        yield client


@pytest.fixture
def grade(company: Company) -> Iterator[str]:
    """The client's grade, which stays what it is beyond the test."""
    before = _grade(company)
    yield before
    assert _grade(company) == before


def _grade(company: Company) -> str:
    [(found,)] = company.rows("clients", "SELECT grade FROM clients WHERE id = ?", CLIENT)
    return str(found)


def _changes(company: Company) -> int:
    [(count,)] = company.rows("clients", "SELECT count(*) FROM client_changes")
    return int(count)


def _ask(chat: httpx.Client, message: str, conversation_id: str | None = None) -> Waiting:
    """Ask for a change, and return what the page makes its card from."""
    answer = ask(chat, message, conversation_id)
    assert [agent["status"] for agent in answer["agents"]] == ["interrupted"], answer
    stored = chat.get(f"/api/conversations/{answer['conversation_id']}").json()
    [agent] = stored["messages"][-1]["agents"]
    assert agent["name"] == "client"
    [interrupt] = agent["interrupts"]
    return Waiting(chat, answer["conversation_id"], interrupt)


@pytest.mark.parametrize(
    ("request_", "field", "undo", "done", "undone"),
    [
        ("Change the grade of {} to {}", "Grade", "undo that", "was changed", "taken back"),
        ("{} 등급을 {}로 바꿔줘", "등급", "방금 변경 취소해줘", "변경했습니다", "취소했습니다"),
    ],
    ids=["en", "ko"],
)
def test_a_change_is_shown_made_and_taken_back(
    company: Company,
    chat: httpx.Client,
    grade: str,
    request_: str,
    field: str,
    undo: str,
    done: str,
    undone: str,
) -> None:
    wanted, before = OTHER_GRADES[grade], _changes(company)

    waiting = _ask(chat, request_.format(CLIENT, wanted))

    assert waiting.value["changes"] == [{"field": field, "before": grade, "after": wanted}]
    assert (_grade(company), _changes(company)) == (grade, before)
    assert done in waiting.decide("approve")
    assert (_grade(company), _changes(company)) == (wanted, before + 1)

    taking_back = _ask(chat, undo, waiting.conversation_id)

    assert taking_back.value["changes"] == [{"field": field, "before": wanted, "after": grade}]
    assert undone in taking_back.decide("approve")
    history = httpx.get(
        f"{company.settings.service_urls('client')[0]}/clients/{CLIENT}/changes",
        headers={"Authorization": f"Bearer {company.token(Role.MANAGER)}"},
    ).json()
    undoing, change = history["changes"][:2]
    assert change["reason"] == request_.format(CLIENT, wanted)
    assert change["conversation_id"] == waiting.conversation_id
    assert change["run_id"]
    assert change["approved_by"] == "admin"
    assert (undoing["undoes"], change["undone_by"]) == (change["id"], undoing["id"])


def test_a_refused_change_leaves_no_trace(company: Company, chat: httpx.Client, grade: str) -> None:
    before = _changes(company)
    waiting = _ask(chat, f"Change the grade of {CLIENT} to {OTHER_GRADES[grade]}")

    assert "refused" in waiting.decide("refuse")

    assert _changes(company) == before
    assert waiting.resume("approve").json()["error"]["code"] == "nothing_waits"


def test_an_edited_change_is_made_as_edited(company: Company, chat: httpx.Client, grade: str) -> None:
    wanted = OTHER_GRADES[OTHER_GRADES[grade]]
    waiting = _ask(chat, f"Change the grade of {CLIENT} to {OTHER_GRADES[grade]}")

    waiting.decide("edit", client=CLIENT, grade=wanted)

    assert _grade(company) == wanted
    _ask(chat, "undo that", waiting.conversation_id).decide("approve")


def test_two_people_who_approve_the_same_change_at_once_make_it_once(
    company: Company, chat: httpx.Client, grade: str
) -> None:
    before = _changes(company)
    with company.login() as other:
        both = [_ask(who, f"Change the grade of {CLIENT} to {OTHER_GRADES[grade]}") for who in (chat, other)]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda waiting: waiting.decide("approve"), both))

    assert _changes(company) == before + 1
    made = [position for position, answer in enumerate(answers) if "was changed" in answer]
    assert len(made) == 1, answers
    _ask(chat, "undo that", both[made[0]].conversation_id).decide("approve")


def test_one_card_that_is_approved_twice_at_once_is_done_once(
    company: Company, chat: httpx.Client, grade: str
) -> None:
    before = _changes(company)
    waiting = _ask(chat, f"Change the grade of {CLIENT} to {OTHER_GRADES[grade]}")
    with company.login() as other, ThreadPoolExecutor(2) as pool:
        twice = (waiting, Waiting(other, waiting.conversation_id, waiting.interrupt))
        statuses = [answer.status_code for answer in pool.map(lambda one: one.resume("approve"), twice)]

    assert sorted(statuses) == [200, 409]
    assert _changes(company) == before + 1
    _ask(chat, "undo that", waiting.conversation_id).decide("approve")
