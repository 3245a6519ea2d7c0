"""Long conversations: their state stays bounded, and what was said long ago can still be asked about."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from graph.history import SUMMARY_CHARS, Summary, foldable, folded, marks, note, turns_of
from graph.history_nodes import History, context
from graph.recollection import asks_about_the_conversation, recollect
from tests.fakes.team import Team, build_team

CITIES = ("Busan", "Daegu", "Incheon", "Ulsan", "Jeju")
CITIES_KO = ("대구", "인천", "울산", "제주", "광주")
FILLER = "The figures come from the monthly report that the sales team keeps and checks every week. " * 3


def turn(question: str, answer: str, *, is_open: bool = False) -> list[AnyMessage]:
    metadata = marks(["employee"], is_open=is_open)
    return [HumanMessage(question, id=f"q-{question}"), AIMessage(answer, response_metadata=metadata)]


def filler(number: int) -> list[AnyMessage]:
    city = CITIES[1 + number % 4]
    return turn(
        f"How many units were sold in {city} in week {number}?",
        f"**{city}** sold {number * 31} units. {FILLER}\n\n| Rep | Units |\n| Kim Minsu | {number * 7} |",
    )


def conversation(third: list[AnyMessage], turns: int = 100) -> Summary:
    first = turn("What is our travel policy?", "Trips are approved by the team lead [1].")
    every = [first, filler(2), third, *(filler(number) for number in range(4, turns + 1))]
    summary = Summary()
    for start in range(0, len(every), 10):
        summary = folded(summary, every[start : start + 10])
    return summary


def answer_to(summary: Summary, question: str) -> str:
    found = recollect(summary, [HumanMessage(question)], question)
    return found.text if found else ""


ENGLISH = turn(
    "What were the sales in Busan?",
    f"Sales in Busan were KRW 48,210,000 in March. {FILLER} Park Jiwon leads them.",
)
KOREAN = turn(
    "부산 지점 매출 알려줘", "부산 지점의 3월 매출은 48,210,000원입니다. 담당자는 박지원 과장입니다."
)


@pytest.mark.parametrize(
    "question",
    [
        "What was the figure for Busan that you told me?",
        "How much did you say Busan sold?",
        "What did I ask about Busan?",
    ],
)
def test_turn_three_is_quoted_after_a_hundred(question: str) -> None:
    text = answer_to(conversation(ENGLISH), question)

    assert text.startswith('In turn 3 you asked: "What were the sales in Busan?"')
    assert "48,210,000" in text


@pytest.mark.parametrize(
    "question", ["아까 부산 매출 얼마라고 했지?", "부산 지점 매출, 전에 알려준 거 뭐였지?"]
)
def test_turn_three_is_quoted_in_korean(question: str) -> None:
    text = answer_to(conversation(KOREAN), question)

    assert text.startswith('3번째로 이렇게 물어보셨습니다: "부산 지점 매출 알려줘"')
    assert "48,210,000원" in text


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("What did I ask at the beginning?", 1),
        ("What was my first question?", 1),
        ("처음에 뭐 물어봤지?", 1),
        ("제가 3번째 질문한 게 뭐였죠?", 3),
        ("What was my 3rd question?", 3),
        ("What did I just ask?", 100),
        ("방금 뭐 물어봤지?", 100),
    ],
)
def test_a_turn_is_found_by_its_place(question: str, number: int) -> None:
    assert str(number) in answer_to(conversation(ENGLISH), question).splitlines()[0].split('"')[0]


@pytest.mark.parametrize(
    "question",
    [
        "How many days of annual leave do I get?",
        "What was the revenue in Busan last year?",
        "Who visited the client before?",
        "부산 매출 얼마야?",
        "처음 입사하면 연차가 며칠이야?",
        "이전 분기 매출 알려줘",
        "거래처에서 제기한 질문 목록 보여줘",
    ],
)
def test_questions_to_the_agents_are_none_about_the_conversation(question: str) -> None:
    assert not asks_about_the_conversation(question)


def test_what_was_never_said_is_not_recollected() -> None:
    assert answer_to(conversation(ENGLISH), "What did you tell me about Reykjavik?") == ""


def test_an_open_question_is_kept_and_found() -> None:
    missing = turn("Which contracts of Gangnam Clinic end?", "**Clients** is missing.", is_open=True)

    text = answer_to(conversation(missing, turns=400), "Which questions are still open?")

    assert "Gangnam Clinic" in text
    assert "not fully answered" in text


def test_names_and_figures_outlast_the_sentences() -> None:
    summary = conversation(ENGLISH, turns=140)

    kept = summary.notes[2]
    assert {"Busan", "KRW", "48,210,000", "Park Jiwon"} <= {*kept.names}


def test_the_summary_is_bounded_and_every_turn_is_counted() -> None:
    summary = conversation(ENGLISH, turns=600)

    assert sum(entry.size_chars() for entry in summary.notes) <= SUMMARY_CHARS
    assert summary.turns == 600
    assert summary.notes[0].question == "What is our travel policy?"
    assert len(summary.text("Busan")) <= 6_000


def test_turns_fold_whole_and_the_last_one_stays() -> None:
    long: list[AnyMessage] = [
        HumanMessage("q1"),
        AIMessage("x" * 20_000),
        HumanMessage("q2"),
        AIMessage("y" * 20_000),
    ]

    assert foldable(long) == turns_of(long)[:1]
    assert foldable(long[:2]) == []


def test_a_question_without_an_answer_is_open() -> None:
    assert note(1, [HumanMessage("Is anybody there?")]).open


async def test_the_model_writes_the_summary_and_reads_it_as_data() -> None:
    history = History(FakeListChatModel(responses=["Busan sold 48,210,000."]))
    messages = [message for number in range(1, 60) for message in filler(number)]

    update = await history.fold({"messages": with_ids(messages)})

    assert update["summary"].written == "Busan sold 48,210,000."
    told = context({"messages": [HumanMessage("hello")], "summary": update["summary"]})[0]
    assert "<summary>\nBusan sold 48,210,000." in told.text


class _Stuck(FakeListChatModel):
    async def ainvoke(self, *_args: Any, **_kwargs: Any) -> AIMessage:
        await asyncio.Event().wait()
        raise AssertionError


class _Broken(FakeListChatModel):
    async def ainvoke(self, *_args: Any, **_kwargs: Any) -> AIMessage:
        raise ConnectionError("gone")


@pytest.mark.parametrize("model", [_Stuck(responses=[]), _Broken(responses=[])])
async def test_what_is_extracted_stands_in_for_a_model_that_fails(model: FakeListChatModel) -> None:
    messages = [message for number in range(1, 60) for message in filler(number)]

    update = await History(model, timeout_seconds=0.01).fold({"messages": with_ids(messages)})

    assert update["summary"].written == ""
    assert "units were sold in Daegu" in update["summary"].text()


def with_ids(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    return [message.model_copy(update={"id": str(position)}) for position, message in enumerate(messages)]


async def state_of(team: Team) -> dict[str, Any]:
    state = await team.graph.aget_state({"configurable": {"thread_id": team.conversation_id}})
    return dict(state.values)


async def state_bytes(team: Team) -> int:
    return len(JsonPlusSerializer().dumps_typed(await state_of(team))[1])


async def talk(team: Team, turns: range) -> None:
    for number in turns:
        await team.ask(f"Who sold most in {CITIES[number % 5]} in week {number}? {FILLER}")


async def test_follow_ups_pauses_and_recollection_work_behind_a_summary() -> None:
    team = build_team()
    await team.ask("Who sold most in Busan at Christmas?")
    await talk(team, range(2, 60))
    assert "summary" in await state_of(team)

    await team.ask("and last year?")
    assert team.agents["employee"].asked[-1]["task"] == "and last year?"

    team.agents["employee"].pauses = [{"r1": "Send it?"}]
    assert (await team.ask("who sold most?"))[-1]["type"] == "interrupt"
    resumed = await team.resume("yes")
    assert resumed[-1]["type"] == "final"

    asked = len(team.agents["employee"].asked)
    events = await team.ask("What did you say about Christmas?")
    assert [event["type"] for event in events] == ["route", "token", "final"]
    assert events[-1]["response"].startswith('In turn 1 you asked: "Who sold most in Busan at Christmas?"')
    assert "employee says 1" in events[-1]["response"]
    assert len(team.agents["employee"].asked) == asked


@pytest.mark.slow
async def test_the_state_does_not_grow_from_turn_200_to_500() -> None:
    team = build_team()
    sizes: list[int] = []
    for start in range(0, 500, 20):
        await talk(team, range(start + 1, start + 21))
        sizes.append(await state_bytes(team))

    late = sizes[9:]
    assert max(late) < 64_000
    assert max(late[len(late) // 2 :]) <= max(late[: len(late) // 2]) * 1.05
