"""A part that needs another's result comes after it, and knows it; what needs nothing works side by side."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from graph import waves
from graph.dependencies import Part, agent_pointed_at, needed, pointing
from graph.nesting import chains
from graph.state import AgentResult
from narutalk.events import Delegation
from narutalk.quoting import HEADER, MAX_CONTEXT_CHARS, bounded, quoted, unquoted
from tests.fakes.team import Team, build_team

CHAIN = "Who bought most and how much was sold by their rep?"
CHAIN_AND_MORE = "Who bought most and how much was sold by their rep and how much leave is there?"
NESTED = "거래처 중 매출이 가장 높은 곳의 계약 알려줘"


@pytest.fixture
def team() -> Team:
    return build_team()


def order(events: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    return [
        (event["type"], event["agent"]) for event in events if event["type"] in {"agent_start", "agent_end"}
    ]


async def test_what_needs_a_result_comes_after_it_and_quotes_it(team: Team) -> None:
    events = await team.ask(CHAIN)
    assert [entry["after"] for entry in events[0]["delegations"]] == [[], [0]]
    assert order(events) == [
        ("agent_start", "client"),
        ("agent_end", "client"),
        ("agent_start", "employee"),
        ("agent_end", "employee"),
    ]
    assert team.agents["client"].asked[0]["task"] == "Who bought most"
    task = team.agents["employee"].asked[0]["task"]
    assert task == f"how much was sold by their rep?\n\n{HEADER}\n> client says 1 [1]"
    assert [event["task"] for event in events if event["type"] == "agent_start"][1] == (
        "how much was sold by their rep?"
    )
    assert events[-1]["service_used"] == "client+employee"
    assert [entry["name"] for entry in events[-1]["agents"]] == ["client", "employee"]


async def test_what_needs_nothing_does_not_wait(team: Team) -> None:
    events = await team.ask(CHAIN_AND_MORE)
    starts = [entry[1] for entry in order(events) if entry[0] == "agent_start"]
    assert set(starts[:2]) == {"client", "document"}
    assert starts[2:] == ["employee"]
    assert HEADER not in team.agents["document"].asked[0]["task"]


@pytest.mark.parametrize("status", ["error", "timeout", "unavailable"])
async def test_what_needs_a_missing_result_is_not_asked_and_the_answer_says_so(
    team: Team, status: Any
) -> None:
    team.agents["client"].status = status
    events = await team.ask(CHAIN_AND_MORE)
    assert team.agents["employee"].asked == []
    final = events[-1]
    assert {entry["name"]: entry["status"] for entry in final["agents"]} == {
        "client": status,
        "employee": "cancelled",
        "document": "success",
    }
    assert "**Employees** was not asked" in final["response"]
    assert "**Clients** is missing" in final["response"]


async def test_the_same_agent_is_asked_twice_with_ids_of_their_own(team: Team) -> None:
    message_id = str(uuid4())
    events = await team.ask(NESTED, message_id)
    first, second = team.agents["client"].asked
    assert first["task"] == "거래처 중 매출이 가장 높은 곳은 어디야?"
    assert second["task"].startswith("그 거래처의 계약 알려줘")
    assert "> client says 1" in second["task"]
    assert (first["message_id"], second["message_id"] != message_id) == (message_id, True)
    assert events[-1]["response"] == "### 거래처\n\nclient says 1 [1]\n\nclient says 2 [2]"


async def test_a_repeated_question_asks_with_the_same_ids(team: Team) -> None:
    message_id = str(uuid4())
    await team.ask(NESTED, message_id)
    await team.ask(NESTED, message_id)
    ids = [entry["message_id"] for entry in team.agents["client"].asked]
    assert ids[:2] == ids[2:]


@pytest.mark.parametrize("waits", ["client", "employee", "document"])
async def test_a_pause_in_any_wave_goes_on_there_and_asks_nobody_twice(team: Team, waits: str) -> None:
    team.agents[waits].pauses = [{"r1": "Sure?"}]
    paused = await team.ask(CHAIN_AND_MORE)
    assert paused[-1]["type"] == "interrupt" or waits == "document"
    resumed = await team.resume("yes")
    assert [event["type"] for event in resumed].count("final") == 1
    assert len(resumed[-1]["agents"]) == 3
    asked = {name: len(agent.asked) for name, agent in team.agents.items()}
    assert asked == {name: 2 if name == waits else 1 for name in asked}
    assert "> client says" in team.agents["employee"].asked[0]["task"]
    assert await team.waiting() == {}


async def test_what_is_passed_on_is_not_kept(team: Team) -> None:
    await team.ask(CHAIN)
    state = await team.graph.aget_state({"configurable": {"thread_id": team.conversation_id}})
    assert HEADER not in str(state.values)


def test_what_is_missing_is_missing_for_all_that_follows() -> None:
    chain = [
        Delegation(agent="client", task="a", confidence=1),
        Delegation(agent="employee", task="b", confidence=1, after=[0]),
        Delegation(agent="document", task="c", confidence=1, after=[1]),
    ]
    failed = [AgentResult(agent="client", status="error", position=0)]
    unasked = waves.without_need(chain, failed, [0])
    assert [(result.position, result.status) for result in unasked] == [(1, "cancelled"), (2, "cancelled")]
    assert waves.ready(chain, [*failed, *unasked], [0]) == []


@pytest.mark.parametrize(
    ("parts", "needs"),
    [
        ([("Who manages A", "client"), ("what did he sell", "employee")], {"employee": {"client"}}),
        ([("A 담당자는 누구고", "client"), ("그 사람의 실적은?", "employee")], {"employee": {"client"}}),
        ([("who manages it", "client"), ("what does the policy say", "document")], {}),
        ([("how many days of leave", "document"), ("what did he sell", "employee")], {}),
        (
            [("top client", "client"), ("its manager's sales", "employee"), ("his clients", "client")],
            {"employee": {"client"}},
        ),
        ([("how is he doing", "employee"), ("his target", "employee"), ("leave", "document")], {}),
    ],
)
def test_what_needs_what(parts: list[tuple[str, str]], needs: dict[str, set[str]]) -> None:
    found = needed([Part(*part) for part in parts])
    assert {name: {other for other, _ in others} for (name, _), others in found.items() if others} == needs


@pytest.mark.parametrize(
    ("message", "steps"),
    [
        (
            "the contracts of the client with the highest sales last quarter",
            ("Which is the client with the highest sales last quarter?", "the contracts of that client?"),
        ),
        (
            "How many unpaid invoices does the hospital that bought most last year have?",
            (
                "Which is the hospital that bought most last year?",
                "How many unpaid invoices does that hospital have?",
            ),
        ),
        (
            "Who manages the client with the highest sales?",
            ("Which is the client with the highest sales?", "Who manages that client?"),
        ),
        (
            "Who is the account manager of the client with the highest sales?",
            ("Which is the client with the highest sales?", "Who is the account manager of that client?"),
        ),
        (
            "What did the manager of our top client sell last month?",
            (
                "Which is our top client?",
                "Who manages that client?",
                "What did that manager sell last month?",
            ),
        ),
        (
            "거래처 중 매출이 가장 높은 곳의 담당자의 실적은?",
            (
                "거래처 중 매출이 가장 높은 곳은 어디야?",
                "그 거래처의 담당자는 누구야?",
                "그 담당자의 실적은?",
            ),
        ),
        (
            "매출이 가장 높은 거래처의 담당자는 누구야?",
            ("매출이 가장 높은 거래처는 어디야?", "그 거래처의 담당자는 누구야?"),
        ),
        (
            "근속이 가장 긴 직원의 연락처 알려줘",
            ("근속이 가장 긴 직원은 누구야?", "그 사람의 연락처 알려줘"),
        ),
        (
            "작년 실적 1위 직원이 맡은 고객은 몇 곳이야?",
            ("작년 실적 1위 직원은 누구야?", "그 사람이 맡은 고객은 몇 곳이야?"),
        ),
        (
            "How many hospitals does our top seller of 2025 look after?",
            ("Which is our top salesperson of 2025?", "How many hospitals does that salesperson look after?"),
        ),
        (
            "Who supervises our biggest client's account manager?",
            (
                "Which is our biggest client?",
                "Who manages that client?",
                "Who supervises that account manager?",
            ),
        ),
        (
            "What are our best hospital's owner's sales this year?",
            (
                "Which is our best hospital?",
                "Who manages that hospital?",
                "What are that owner's sales this year?",
            ),
        ),
        (
            "How did Hanbit Central Hospital's account manager do last month?",
            ("Who manages Hanbit Central Hospital?", "How did that account manager do last month?"),
        ),
        (
            "Who does the salesperson who looks after C0042 report to?",
            ("Who manages C0042?", "Who does that salesperson report to?"),
        ),
        (
            "한빛중앙병원 담당자의 팀장은 누구야?",
            ("한빛중앙병원 담당자는 누구야?", "그 담당자의 팀장은 누구야?"),
        ),
        (
            "한빛중앙병원 담당자가 지난달에 얼마나 팔았어?",
            ("한빛중앙병원 담당자는 누구야?", "그 담당자가 지난달에 얼마나 팔았어?"),
        ),
    ],
)
def test_a_nested_question_is_taken_apart_as_finely_as_it_can_be(
    message: str, steps: tuple[str, ...]
) -> None:
    assert chains(message)[0] == steps


def test_a_nested_question_can_be_taken_apart_less_finely() -> None:
    assert chains("the sales of the manager of the client with the highest sales") == [
        (
            "Which is the client with the highest sales?",
            "Who manages that client?",
            "the sales of that manager?",
        ),
        ("Which is the client with the highest sales?", "the sales of the manager of that client?"),
    ]


@pytest.mark.parametrize(
    "message",
    [
        "Who sold most?",
        "매출이 가장 높은 직원은 누구야?",
        "the contracts of Hanbit",
        "Who is the account manager of Hanbit Central Hospital?",
        "한빛중앙병원 담당자 이메일 알려줘",
        "부산 병원 담당자의 실적은?",
        "How much did the manager of Sales earn?",
    ],
)
def test_no_nested_question(message: str) -> None:
    assert chains(message) == []


def test_a_context_is_quoted_bounded_and_found_again() -> None:
    assert unquoted(quoted("a?", "b\nc")) == ("a?", "b\nc")
    assert quoted("a?", " ") == "a?"
    assert unquoted("a?\n\nb") == ("a?\n\nb", "")
    assert len(bounded("x" * 9000)) == MAX_CONTEXT_CHARS


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        (
            "Which clients of the best salesperson of Busan shrank this year?",
            "Which is the best salesperson of Busan?",
            "Which clients of that salesperson shrank this year?",
        ),
        (
            "Which of the top salesperson in Seoul's clients are at risk?",
            "Which is the top salesperson in Seoul?",
            "Which of that salesperson's clients are at risk?",
        ),
        (
            "실적 1위 직원의 거래처 중 매출이 줄어든 곳은?",
            "실적 1위 직원은 누구야?",
            "그 사람의 거래처 중 매출이 줄어든 곳은?",
        ),
    ],
)
def test_the_clients_of_the_best_are_asked_of_whom_is_found(question: str, first: str, last: str) -> None:
    assert chains(question) == [(first, last)]


@pytest.mark.parametrize(
    ("text", "earlier", "agent", "expected"),
    [
        ("How much did they sell last month?", "Who manages Hanbit Central Hospital?", "client", "employee"),
        ("그 사람 지난달 실적은?", "한빛중앙병원 담당자는 누구야?", "client", "employee"),
        ("how is their attainment?", "who looks after it", "client", "employee"),
        ("How much did they buy last month?", "Who manages Hanbit Central Hospital?", "client", None),
        ("How much did they sell last month?", "Which contracts end soon?", "client", None),
        ("Which of their clients shrank?", "Who is the best salesperson in Busan?", "employee", "client"),
        ("그 사람 고객 중 줄어든 곳은?", "부산에서 누가 제일 잘 팔아?", "employee", "client"),
        ("그분이 담당하는 거래처는 몇 곳이야?", "한빛중앙병원 담당자는 누구야?", "client", "client"),
        ("which clients do they look after?", "Who is the best salesperson?", "employee", "client"),
        ("How many clients does that salesperson look after?", "Who sold most?", "employee", "client"),
        ("Who manages that owner?", "Who manages Hanbit Central Hospital?", "client", "employee"),
        ("Who does that rep report to?", "Who manages Hanbit Central Hospital?", "client", "employee"),
        ("그 담당자의 상사는 누구야?", "한빛중앙병원 담당자는 누구야?", "client", "employee"),
        ("who manages it", "Which client bought most", "client", "client"),
        ("And last year?", "Who is the best salesperson in Busan?", "employee", None),
    ],
)
def test_words_that_leave_no_doubt_of_the_agent(
    text: str, earlier: str, agent: str, expected: str | None
) -> None:
    assert agent_pointed_at(text, earlier, agent) == expected


def test_whom_korean_leaves_out_is_put_in_where_a_result_is_needed() -> None:
    parts = [Part("담당자는 누구고", "client"), Part("올해 목표 달성률은 어때?", "employee")]
    assert needed(parts)[("employee", 0)] == {("client", 0)}
    assert pointing("올해 목표 달성률은 어때?") == "그 담당자의 올해 목표 달성률은 어때?"
    assert pointing("영업부 목표 달성률은 어때?") == "영업부 목표 달성률은 어때?"
    sales = [Part("매출이 가장 높은 거래처는 어디고", "client"), Part("목표 달성률은 어때?", "employee")]
    assert needed(sales)[("employee", 0)] == set()
