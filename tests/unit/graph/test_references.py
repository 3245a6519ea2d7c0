"""Corrections, and messages that point at the last answer."""

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from graph.references import (
    ANSWER_CHARS,
    QUESTION_CHARS,
    LastTurn,
    context_for,
    corrected,
    entry,
    last_turn,
    named_entry,
    naming,
    ordinal,
)
from graph.routing import Route, decide
from narutalk.events import Delegation
from narutalk.quoting import HEADER
from tests.fakes.team import WordClassifier, build_team

TABLE = "The top clients:\n\n| # | Client |\n| - | - |\n| 1 | Hanbit Hospital |\n| 2 | Purun Clinic |"
TURN = LastTurn("Who bought most?", TABLE)
PREVIOUS = [Delegation(agent="client", task="Who bought most?", confidence=0.9)]


def code(route: Route) -> str | None:
    return route.reason.code if route.reason else None


@pytest.mark.parametrize(
    ("message", "rest"),
    [
        ("no, the Busan branch", "the Busan branch"),
        ("No, I meant last year", "last year"),
        ("아니, 부산 지점", "부산 지점"),
        ("아니요 작년이요", "작년이요"),
        ("Notes of Kim Minsu", None),
        ("아니라고 한 사람", None),
    ],
)
def test_a_correction_says_what_it_is_instead(message: str, rest: str | None) -> None:
    assert corrected(message) == rest


@pytest.mark.parametrize(
    ("message", "position"),
    [("the second one", 2), ("두 번째 거", 2), ("the last one?", -1), ("the second quarter", None)],
)
def test_an_entry_is_counted_off(message: str, position: int | None) -> None:
    assert ordinal(message) == position


@pytest.mark.parametrize(
    ("answer", "position", "found"),
    [
        (TABLE, 2, "| 2 | Purun Clinic |"),
        (TABLE, -1, "| 2 | Purun Clinic |"),
        (TABLE, 3, ""),
        ("Two:\n1. Hanbit\n2. Purun", 1, "1. Hanbit"),
        ("no list", 1, ""),
    ],
)
def test_an_entry_of_an_answer(answer: str, position: int, found: str) -> None:
    assert entry(answer, position) == found


PEOPLE = LastTurn(
    "Who sold most?", "| Rank | Name |\n|-|-|\n| 1 | Lim Yeongyun (E0022) |\n| 2 | Oh Dongwon (E0005) |"
)


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("Show me the contracts of the second one", "Show me the contracts of Oh Dongwon (E0005)"),
        ("What did the first person's team sell?", "What did Lim Yeongyun (E0022)'s team sell?"),
        ("Who manages the last?", "Who manages Oh Dongwon (E0005)?"),
        ("두 번째 직원 실적 보여줘", "Oh Dongwon (E0005) 실적 보여줘"),
        ("첫 번째는 누가 관리해?", "Lim Yeongyun (E0022)는 누가 관리해?"),
        ("What was the first sale?", "What was the first sale?"),
        ("두 번째로 높은 곳은?", "두 번째로 높은 곳은?"),
        ("the second one", ""),
    ],
)
def test_what_is_counted_off_is_named_in_the_question(message: str, named: str) -> None:
    assert naming(message, named_entry(message, PEOPLE)) == named


def test_a_list_is_remembered_over_turns_without_one() -> None:
    asked: list[AnyMessage] = [HumanMessage("Who sold most?"), AIMessage(PEOPLE.answer)]
    asked += [HumanMessage("thanks"), AIMessage("You are welcome.")]

    assert named_entry("the second one", last_turn([*asked, HumanMessage("c")])) == "Oh Dongwon (E0005)"


def test_a_question_about_an_entry_goes_where_it_belongs_with_the_name_in_it() -> None:
    route = decide(WordClassifier(), "how much was sold by the second one", PREVIOUS, PEOPLE)
    task = "how much was sold by Oh Dongwon (E0005)"
    assert [(found.agent, found.task) for found in route.delegations] == [("employee", task)]
    assert code(route) == "reference"


@pytest.mark.parametrize("message", ["no, the Busan branch", "아니, 부산 지점"])
def test_a_correction_asks_the_last_agents_again(message: str) -> None:
    route = decide(WordClassifier(), message, PREVIOUS, TURN)
    assert [(found.agent, found.task) for found in route.delegations] == [("client", corrected(message))]
    assert (route.follow_up, code(route)) == (True, "correction")


def test_a_correction_that_is_about_something_else_goes_there() -> None:
    route = decide(WordClassifier(), "no, how much leave", PREVIOUS, TURN)
    assert [found.agent for found in route.delegations] == ["document"]


@pytest.mark.parametrize(
    ("message", "task"),
    [("the second one", "Tell me about Purun Clinic"), ("두 번째 거", "Purun Clinic에 대해 알려줘")],
)
def test_the_second_one_is_named(message: str, task: str) -> None:
    route = decide(WordClassifier(), message, PREVIOUS, TURN)
    assert [(found.agent, found.task) for found in route.delegations] == [("client", task)]
    assert (route.context, code(route)) == ("| 2 | Purun Clinic |", "reference")


def test_a_pointer_goes_to_the_agent_that_fits_with_what_it_points_at() -> None:
    route = decide(WordClassifier(), "how much was sold by his team?", PREVIOUS, TURN)
    assert [found.agent for found in route.delegations] == ["employee"]
    assert route.context == f"{TURN.question}\n{TURN.answer}"


@pytest.mark.parametrize("message", ["how much was sold by Kim?", "who bought its shares? " + "x" * 80])
def test_what_points_at_nothing_is_told_nothing(message: str) -> None:
    assert decide(WordClassifier(), message, PREVIOUS, TURN).context == ""


def test_what_an_agent_is_told_is_bounded() -> None:
    context = context_for("his manager?", LastTurn("q" * 9000, "a" * 9000))
    assert len(context) == QUESTION_CHARS + ANSWER_CHARS + 1


def test_the_last_turn() -> None:
    asked: list[AnyMessage] = [HumanMessage("a"), AIMessage("b"), HumanMessage("c")]
    assert last_turn(asked) == LastTurn("a", "b")
    assert last_turn(asked[:1]) is None


async def test_another_agent_is_told_what_the_last_answer_was() -> None:
    team = build_team()
    await team.ask("who bought most?")
    await team.ask("how much was sold by his team?")
    task = team.agents["employee"].asked[0]["task"]
    assert task == (f"how much was sold by his team?\n\n{HEADER}\n> who bought most?\n> client says 1 [1]")
