"""Long-term memory through the supervisor's graph, on the stores of both databases."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from langgraph.store.base import BaseStore
from langgraph.store.postgres.aio import AsyncPostgresStore
from langgraph.store.sqlite.aio import AsyncSqliteStore

from graph.memory.items import MAX_TEXT_CHARS
from graph.memory.keeping import MAX_MEMORIES, Memories
from graph.memory.recalled import Recalled
from graph.routing import decide
from narutalk.embedding import PACKAGED_MODEL, Embedder, build_embedder
from narutalk.identity import Identity
from tests.fakes.team import ANNA, Team, WordClassifier, build_team

BORIS = Identity(user_id="u-boris", username="boris")
NOTE = "Remember that the buyer at Hanbit Hospital prefers calls on Tuesday mornings."
QUESTION = "How much leave do I get when I call the Hanbit buyer?"


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Any) -> AsyncIterator[BaseStore]:
    if request.param == "sqlite":
        async with AsyncSqliteStore.from_conn_string(str(tmp_path / "store.db")) as sqlite:
            await sqlite.setup()
            yield sqlite
    else:
        url = request.getfixturevalue("postgres_url").replace("postgresql+psycopg", "postgresql")
        async with AsyncPostgresStore.from_conn_string(url) as postgres:
            await postgres.setup()
            yield postgres
            for person in (ANNA, BORIS):
                await Memories(postgres, person).forget_all()


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return build_embedder(PACKAGED_MODEL)


@pytest.fixture
def team(store: BaseStore) -> Team:
    return build_team(store)


async def says(team: Team, text: str, *, new: bool = False) -> str:
    """Return the answer to a message, which is what was streamed; in a new conversation if wanted."""
    if new:
        team.conversation_id = str(uuid4())
    events = await team.ask(text)
    streamed = "".join(event["text"] for event in events if event["type"] == "token")
    assert events[-1]["response"] == streamed
    return streamed


async def stored(store: BaseStore, person: Identity = ANNA) -> list[dict[str, Any]]:
    return [item.value for item in await store.asearch((person.user_id, "memories"), limit=1000)]


async def tasks(team: Team, agent: str) -> list[str]:
    return [entry["task"] for entry in team.agents[agent].asked]


async def test_what_is_remembered_is_kept_as_the_manager_reads_it(team: Team, store: BaseStore) -> None:
    assert "I will remember: “the buyer at Hanbit" in await says(team, NOTE)
    assert "기억하겠습니다" in await says(team, "저는 부산 지점에서 일해요")
    note, preference = sorted(await stored(store), key=lambda value: str(value["kind"]))
    assert note["text"] == "the buyer at Hanbit Hospital prefers calls on Tuesday mornings."
    assert (note["kind"], note["name"], note["language"]) == ("note", None, "en")
    assert note["conversation_id"] == team.conversation_id
    assert note["created_at"].endswith("+00:00")
    assert (preference["kind"], preference["name"], preference["value"]) == ("preference", "region", "부산")
    assert (preference["text"], preference["language"]) == ("저는 부산 지점에서 일해요", "ko")
    assert all(not agent.asked for agent in team.agents.values())


async def test_the_same_again_is_one_memory_and_a_preference_replaces_the_one_before(
    team: Team, store: BaseStore
) -> None:
    for text in (NOTE, NOTE.upper(), "I work in the Busan branch.", "I work in the Daegu branch."):
        await says(team, text)
    assert sorted(str(value["value"]) for value in await stored(store)) == ["Daegu", "None"]


async def test_another_conversation_is_told_what_fits(team: Team) -> None:
    await says(team, NOTE)
    answer = await says(team, QUESTION, new=True)
    assert answer.startswith("document says 1 [1]\n\nYou asked me to remember: “the buyer at Hanbit")
    assert "remember" not in await says(team, "How much leave is there?")
    assert "remember" not in await says(team, "hello")


async def test_nobody_else_reads_lists_or_deletes_it(team: Team, store: BaseStore) -> None:
    await says(team, NOTE)
    await says(team, "I work in the Busan branch.")
    team.identity = BORIS
    assert "Hanbit" not in (await says(team, QUESTION, new=True)).partition("[1]")[2]
    assert await says(team, "What do you remember about me?") == "I remember nothing about you."
    await says(team, "who sold most in our branch?")
    assert (await tasks(team, "employee"))[-1] == "who sold most in our branch?"
    assert "(0)" in await says(team, "forget everything")
    assert "nothing" in await says(team, "forget everything about Hanbit")
    assert len(await stored(store)) == 2
    assert await stored(store, BORIS) == []


@pytest.mark.parametrize("user_id", ["u-ann", "u-anna.memories", "*", "u-anna%", "u_anna"])
async def test_no_users_id_opens_anothers_memories(team: Team, user_id: str) -> None:
    await says(team, NOTE)
    team.identity = Identity(user_id=user_id, username="x")
    assert await says(team, "What do you remember?", new=True) == "I remember nothing about you."


async def test_forget_that_works_right_after_remembering(team: Team, store: BaseStore) -> None:
    await says(team, "I work in the Busan branch.")
    await says(team, NOTE)
    await says(team, "hello")
    assert "I have forgotten: “the buyer at Hanbit" in await says(team, "forget that")
    assert [value["name"] for value in await stored(store)] == ["region"]
    assert "nothing to forget" in await says(team, "forget that")
    await says(team, "새싹의원 원장님은 커피를 안 마셔, 기억해 둬")
    assert "새싹의원" in await says(team, "What do you remember about me?")
    assert "잊었습니다: “새싹의원" in await says(team, "그건 잊어줘")
    assert len(await stored(store)) == 1


@pytest.mark.parametrize(
    "text", ["forget it", "forget that", "Never mind, forget it", "잊어줘", "그거 잊어버려"]
)
async def test_it_wipes_nothing_when_a_question_is_meant(team: Team, store: BaseStore, text: str) -> None:
    await says(team, NOTE)
    await says(team, "who sold most?")
    await says(team, text)
    assert len(await stored(store)) == 1
    await says(team, text, new=True)
    assert len(await stored(store)) == 1


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("forget my region", {"note", "team"}),
        ("내 지역 잊어줘", {"note", "team"}),
        ("forget everything about Hanbit", {"region", "team"}),
        ("forget about Hanbit", {"region", "team"}),
        ("Hanbit에 대해 잊어줘", {"region", "team"}),
        ("forget about the discount", {"note", "region", "team"}),
        ("forget everything", set()),
        ("기억을 모두 삭제해 주세요", set()),
    ],
)
async def test_forgetting_in_any_conversation(
    team: Team, store: BaseStore, text: str, left: set[str]
) -> None:
    for said in (NOTE, "I work in the Busan branch.", "저는 물류부 소속입니다"):
        await says(team, said)
    await says(team, text, new=True)
    assert {value["name"] or value["kind"] for value in await stored(store)} == left


async def test_memories_are_listed(team: Team) -> None:
    await says(team, NOTE)
    await says(team, "I work in the Busan branch.")
    listed = await says(team, "What do you remember about me?", new=True)
    assert listed.index("Busan branch") < listed.index("Hanbit")
    assert "“I work in the Busan branch.”" in await says(team, "what is my region?")
    assert "Hanbit" in await says(team, "what do you remember about Hanbit?")
    assert "기억하고 있는 것입니다" in await says(team, "나에 대해 뭘 기억하고 있어?")


async def test_the_persons_region_and_team_stand_in_the_question(team: Team) -> None:
    await says(team, "I work in the Busan branch.")
    await says(team, "저는 물류부 소속입니다")
    await says(team, "who sold most in my region?", new=True)
    await says(team, "우리 지점 직원은 몇 명이야?")
    await says(team, "우리 팀 직원은?")
    assert await tasks(team, "employee") == [
        "who sold most in Busan?",
        "Busan 직원은 몇 명이야?",
        "물류부 직원은?",
    ]
    state = await team.graph.aget_state({"configurable": {"thread_id": team.conversation_id}})
    assert state.values["messages"][0].text == "who sold most in my region?"
    assert "remember" in state.values["route"].reason.text


async def test_a_question_beside_it_is_answered_with_it(team: Team, store: BaseStore) -> None:
    answer = await says(team, "I work in the Busan branch. Who sold most in our branch?")
    assert answer == "I will remember: “I work in the Busan branch.”\n\nemployee says 1 [1]"
    assert await tasks(team, "employee") == ["Who sold most in Busan?"]
    assert len(await stored(store)) == 1


async def test_the_preferred_language_is_that_of_all_answers(team: Team) -> None:
    assert "기억하겠습니다" in await says(team, "From now on answer in Korean")
    assert "거래처" in await says(team, "hello", new=True)
    assert "모르겠" in await says(team, "Purple seven nonetheless")
    await says(team, "who sold most?")
    team.agents["client"].status = "timeout"
    assert "빠져 있습니다" in await says(team, "who bought most?")
    assert [entry["language"] for entry in team.agents["employee"].asked] == ["ko"]
    assert "잊었습니다" in await says(team, "forget my language")
    assert "Documents" in await says(team, "hello")


async def test_short_answers_offer_nothing_more(team: Team) -> None:
    await says(team, "I prefer short answers")
    assert await says(team, "hello", new=True) == "Hello! How can I help you?"


@pytest.mark.parametrize(
    "text",
    [
        "Remember that my password is hunter2!",
        "내 주민등록번호는 900101-1234567이라고 기억해줘",
        "Keep in mind: my card is 4111 1111 1111 1111",
    ],
)
async def test_nothing_secret_is_kept(team: Team, store: BaseStore, text: str) -> None:
    answer = await says(team, text)
    assert "no secrets" in answer or "비밀 정보는 보관하지" in answer
    assert await stored(store) == []


async def test_what_is_kept_is_bounded(team: Team, store: BaseStore) -> None:
    await says(team, "Remember that " + "the cold chain matters " * 80)
    [value] = await stored(store)
    assert len(value["text"]) <= MAX_TEXT_CHARS
    assert "What should I remember?" in await says(team, "Remember this.")
    for number in range(MAX_MEMORIES - 1):
        text = f"thing {number}"
        await store.aput((ANNA.user_id, "memories"), text, {"text": text, "kind": "note"})
    assert f"I remember {MAX_MEMORIES} things already" in await says(team, NOTE)
    assert len(await stored(store)) == MAX_MEMORIES
    listed = await says(team, "What do you remember?")
    assert f"and {MAX_MEMORIES - 20} more" in listed
    state = await team.graph.aget_state({"configurable": {"thread_id": team.conversation_id}})
    assert len(state.values["memory"].relevant) <= 5


async def test_what_others_put_into_the_store_there_harms_nothing(team: Team, store: BaseStore) -> None:
    namespace = (ANNA.user_id, "memories")
    await store.aput(namespace, "broken", {"text": 5})
    await store.aput(namespace, "odd", {"text": "the buyer at Hanbit is ill", "vector": "?"})
    await store.aput((*namespace, "below"), "key", {"text": "the buyer at Hanbit is well"})
    answer = await says(team, QUESTION)
    assert "is ill" in answer
    assert "is well" not in answer
    await says(team, "forget everything")
    assert await stored(store) == []


@pytest.mark.parametrize(
    ("kept", "asked", "other"),
    [
        (
            "Remember that the buyer at Hanbit Hospital prefers calls on Tuesdays",
            "what's the best day to phone Hanbit Hospital",
            "Who sold most in October 2026?",
        ),
        (
            "Remember that my sister's wedding is on December 12",
            "when is my sister getting married?",
            "Which contracts end in December 2026?",
        ),
        (
            "우리 팀 회식은 매달 셋째 주 금요일이라고 기억해 줘",
            "회식 언제지?",
            "미사용 연차는 며칠까지 이월되나요?",
        ),
        (
            "한빛병원 구매 담당자는 화요일 오전 통화를 선호한다고 기억해줘",
            "한빛병원에는 언제 전화하는 게 좋아?",
            "2025년 부산 매출이 얼마야?",
        ),
    ],
)
async def test_memories_are_found_by_meaning(
    store: BaseStore, embedder: Embedder, kept: str, asked: str, other: str
) -> None:
    team = build_team(store, embedder)
    await says(team, kept)
    [value] = await stored(store)
    assert value["text"] in await says(team, asked, new=True)
    assert value["text"] not in await says(team, other)


def test_a_decision_says_what_was_remembered_for_it() -> None:
    recalled = Recalled(preferences={"region": r"Bu\1san", "language": "ko"})
    text = "who sold most in my region?"
    route = recalled.applied(decide(WordClassifier(), recalled.question(text)), text)
    assert route.delegations[0].task == r"who sold most in Bu\1san?"
    assert (route.language, route.reason and route.reason.code) == ("ko", "confident")
    assert route.reason is not None
    assert "remember" in route.reason.text
    plain = recalled.applied(decide(WordClassifier(), "who sold most?"), "who sold most?")
    assert plain.reason is not None
    assert "remember" not in plain.reason.text
