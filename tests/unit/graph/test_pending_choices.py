"""A person chooses whom a name means, and the question goes on."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from graph.agent_stream import Progress, turn_events
from graph.choices import chosen
from graph.history import marks
from graph.pending import PendingChoice
from graph.references import last_turn
from graph.state import AgentResult
from graph.waves import ready, without_need
from narutalk.choices import CHOICE_KEY, MAX_CANDIDATES, SHOWN, Candidate, Choice
from narutalk.events import Delegation
from narutalk.languages import Language

EN, KO = Language.EN, Language.KO


def candidate(
    id: str, region: tuple[str, str], *, name: tuple[str, str] = ("Park Jihun", "박지훈")
) -> Candidate:
    return Candidate(
        id=id,
        names={EN: name[0], KO: name[1]},
        marks={EN: ["Senior Associate", "Sales", region[0]], KO: ["대리", "영업부", region[1]]},
    )


SEOUL, BUSAN = candidate("E0012", ("Seoul", "서울")), candidate("E0067", ("Busan", "부산"))
CHOICE = Choice.between("Park Jihun", [SEOUL, BUSAN])
PENDING = PendingChoice(question="How much did Park Jihun sell last quarter?", choice=CHOICE)
KOREAN = PendingChoice(
    question="박지훈 담당 고객 중 줄어든 곳은?", choice=CHOICE.model_copy(update={"asked": "박지훈"})
)


@pytest.mark.parametrize(
    "message",
    [
        "the second one",
        "The last one.",
        "the one in Busan",
        "Busan",
        "Park Jihun, Sales, Busan",
        "I mean the one in Sales in Busan",
        "E0067",
        "e0067 please",
        "부산에 있는 사람",
        "부산 영업부 박지훈이요",
        "두 번째 사람",
    ],
)
def test_a_candidate_is_chosen(message: str) -> None:
    assert chosen(message, PENDING) == "How much did Park Jihun (E0067) sell last quarter?"
    assert chosen(message, KOREAN) == "박지훈(E0067) 담당 고객 중 줄어든 곳은?"


@pytest.mark.parametrize(
    "message",
    [
        "Sales",
        "Park Jihun",
        "the third one",
        "How many people are in Busan?",
        "부산 매출은 얼마야?",
        "E0015",
        "never mind",
        "",
        "What were the total sales of the Busan branch in the second quarter of last year?",
    ],
)
def test_what_chooses_nobody_is_a_question_of_its_own(message: str) -> None:
    assert chosen(message, PENDING) is None


def test_a_question_without_the_name_gets_it_at_its_end() -> None:
    pending = PendingChoice(question="and last year?", choice=CHOICE)
    assert pending.with_choice(BUSAN) == "and last year? Park Jihun (E0067)"


def test_whom_the_person_has_seen_comes_first() -> None:
    others = [candidate(f"E1{number:03}", ("Seoul", "서울")) for number in range(SHOWN)]
    far = candidate("E2000", ("Busan", "부산"))
    choice = Choice.between("Park Jihun", [BUSAN, *others, far])
    assert chosen("Busan", PendingChoice(question="Park Jihun?", choice=choice)) == "Park Jihun (E0067)?"
    assert "… and 2 more" in choice.listed("Which one?", EN)
    assert (
        chosen("the last one", PendingChoice(question="Park Jihun?", choice=choice)) == "Park Jihun (E1006)?"
    )
    assert len(Choice.between("x", [BUSAN] * 99).candidates) == MAX_CANDIDATES


def test_the_choice_travels_from_the_tool_to_the_next_turn() -> None:
    progress = Progress()
    message = {
        "type": "tool",
        "content": "Which one?",
        "artifact": {CHOICE_KEY: CHOICE.model_dump(mode="json")},
    }
    assert not [
        *turn_events("updates", {"tools": {"messages": [message]}}, agent="a", alone=True, progress=progress)
    ]
    result = progress.result("employee", duration_ms=1)
    assert result.choice == CHOICE
    answer = AIMessage("Which one?", response_metadata=marks(["employee"], pending=PENDING))
    turn = last_turn([HumanMessage("How much?"), answer, HumanMessage("the second one")])
    assert turn is not None
    assert turn.pending == PENDING


def test_a_model_that_found_out_by_itself_asks_nothing() -> None:
    progress = Progress()
    asked = {"type": "tool", "artifact": {CHOICE_KEY: CHOICE.model_dump(mode="json")}}
    found = {"type": "tool", "artifact": {"citations": []}}
    for message in (asked, found):
        list(turn_events("updates", {"": {"messages": [message]}}, agent="a", alone=True, progress=progress))
    assert progress.choice is None


def test_what_needs_the_choice_waits_for_it() -> None:
    delegations = [
        Delegation(agent="client", task="who manages Hanbit", confidence=1),
        Delegation(agent="employee", task="what did they sell", confidence=1, after=[0]),
    ]
    asks = AgentResult(agent="client", status="success", text="Which one?", choice=CHOICE)
    assert ready(delegations, [asks], [0]) == []
    assert [result.status for result in without_need(delegations, [asks], [0])] == ["cancelled"]
