"""How every agent is built, shown with a toy tool and the offline model."""

from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph
from pydantic import BaseModel

from agents.agent import build_agent
from agents.card import AgentCard
from narutalk.errors import RetryWithFix, TellTheModel
from narutalk.events import Citation
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.offline import OfflineChatModel, OfflineHints
from narutalk.offline.finders import choice
from narutalk.quoting import answered_in
from narutalk.run_identity import run_config
from tools.tool import ToolResult, build_tool

ANNA = Identity(user_id="u-anna", username="anna")
CARD = AgentCard("toy", {Language.EN: "Counts fruit."}, {Language.EN: ("How many apples are there?",)})
REFUSAL = {"en": "The pears are not yours to count.", "ko": "배는 세실 수 없습니다."}


class FruitArgs(BaseModel):
    fruit: str


class FruitCount(ToolResult):
    fruit: str
    count: int

    def to_markdown(self, language: Language) -> str:
        return (
            f"{self.count} {self.fruit}s [1]"
            if language is Language.EN
            else f"{self.fruit} {self.count}개 [1]"
        )


def count_fruit(identity: Identity, args: FruitArgs) -> FruitCount:
    if args.fruit == "pear":
        raise TellTheModel(REFUSAL["en"], details=REFUSAL)
    if args.fruit == "plum":
        raise RetryWithFix("There are no plums; ask about apples.")
    if args.fruit == "fig":
        raise RuntimeError("the basket broke")
    source = Citation(index=1, kind="records", title="Basket", source="basket", detail=identity.user_id)
    return FruitCount(fruit=args.fruit, count=3, citations=[source])


@pytest.fixture
def agent() -> CompiledStateGraph[Any, Any, Any, Any]:
    hints = OfflineHints(
        phrases={Language.EN: ["how many {fruit} are there"], Language.KO: ["{fruit} 몇 개 있어"]},
        finders={
            "fruit": choice(
                {
                    "apple": ["apples", "사과"],
                    "pear": ["pears", "배가"],
                    "plum": ["plums", "자두"],
                    "fig": ["figs", "무화과"],
                }
            )
        },
        fallback=True,
    )
    tool = build_tool(
        count_fruit, name="count_fruit", description="Counts fruit.", args=FruitArgs, hints=hints
    )
    return build_agent(
        card=CARD, model=OfflineChatModel(), tools=[tool], prompt="Count.", checkpointer=InMemorySaver()
    )


def config() -> Any:
    made = run_config(ANNA)
    made["configurable"]["thread_id"] = str(uuid4())
    return made


async def turn(
    agent: CompiledStateGraph[Any, Any, Any, Any], text: str, language: Language | None = None
) -> tuple[list[dict[str, Any]], list[Any]]:
    """Return what a turn streamed, and the messages it left."""
    events: list[dict[str, Any]] = []
    values: dict[str, Any] = {}
    stream: Any = agent.astream(
        {"messages": [HumanMessage(text, **answered_in(language))]},
        config(),
        stream_mode=["custom", "values"],
    )
    async for mode, data in stream:
        if mode == "custom":
            events.append(data)
        else:
            values = data
    return events, values["messages"]


async def test_a_tool_call_is_streamed_before_and_after_with_its_source(
    agent: CompiledStateGraph[Any, Any, Any, Any],
) -> None:
    events, messages = await turn(agent, "How many apples are there?")
    running, success, citation = events
    call = {"type": "tool", "agent": "toy", "position": 0, "name": "count_fruit", "args": {"fruit": "apple"}}
    assert running == {**call, "status": "running", "duration_ms": None}
    assert success == {**call, "status": "success", "duration_ms": success["duration_ms"]}
    assert 0 <= success["duration_ms"] < 60_000
    assert (citation["type"], citation["agent"], citation["index"]) == ("citation", "toy", 1)
    assert (citation["title"], citation["detail"]) == ("Basket", "u-anna")
    assert messages[-1].text == "3 apples [1]"


async def test_the_answer_is_in_the_questions_language(
    agent: CompiledStateGraph[Any, Any, Any, Any],
) -> None:
    _, messages = await turn(agent, "사과 몇 개 있어?")
    assert messages[-1].text == "apple 3개 [1]"


async def test_the_answer_is_in_the_language_the_person_prefers(
    agent: CompiledStateGraph[Any, Any, Any, Any],
) -> None:
    _, messages = await turn(agent, "How many apples are there?", Language.KO)
    assert messages[-1].text == "apple 3개 [1]"
    _, messages = await turn(agent, "배가 몇 개 있어?", Language.EN)
    assert messages[-1].text == REFUSAL["en"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [("How many pears are there?", REFUSAL["en"]), ("배가 몇 개 있어?", REFUSAL["ko"])],
)
async def test_what_the_model_must_be_told_becomes_the_answer(
    agent: CompiledStateGraph[Any, Any, Any, Any], text: str, answer: str
) -> None:
    events, messages = await turn(agent, text)
    assert [(event["type"], event["status"]) for event in events] == [("tool", "running"), ("tool", "error")]
    assert events[-1]["duration_ms"] is not None
    told = messages[-2]
    assert isinstance(told, ToolMessage)
    assert (told.status, told.text, told.name) == ("error", answer, "count_fruit")
    assert isinstance(messages[-1], AIMessage)
    assert messages[-1].text == answer


async def test_wrong_arguments_are_told_to_the_model_too(
    agent: CompiledStateGraph[Any, Any, Any, Any],
) -> None:
    events, messages = await turn(agent, "How many plums are there?")
    assert [event["status"] for event in events] == ["running", "error"]
    assert messages[-2].status == "error"
    assert messages[-1].text == "There are no plums; ask about apples."


async def test_an_unexpected_error_fails_the_run(agent: CompiledStateGraph[Any, Any, Any, Any]) -> None:
    with pytest.raises(RuntimeError, match="the basket broke"):
        await turn(agent, "How many figs are there?")


async def test_a_tool_needs_a_verified_person(agent: CompiledStateGraph[Any, Any, Any, Any]) -> None:
    """Without one nothing is counted: the refusal is what the tool answers."""
    nobody: Any = {"configurable": {"thread_id": str(uuid4()), "user_id": "u-anna"}}
    values = await agent.ainvoke({"messages": [HumanMessage("How many apples are there?")]}, nobody)
    assert "3 apples" not in values["messages"][-1].text
    assert values["messages"][-2].status == "error"


async def test_every_thread_is_its_own_conversation(agent: CompiledStateGraph[Any, Any, Any, Any]) -> None:
    _, first = await turn(agent, "How many apples are there?")
    _, second = await turn(agent, "How many apples are there?")
    assert len(first) == len(second) == 4


async def test_a_question_that_is_asked_again_begins_anew(
    agent: CompiledStateGraph[Any, Any, Any, Any],
) -> None:
    """A first process dies behind the tool call; a second one gets the same question, on the same thread."""
    thread, question = config(), HumanMessage("How many apples are there?", id=str(uuid4()))
    async for update in agent.astream({"messages": [question]}, thread, stream_mode="updates"):
        if "tools" in update:
            break
    broken = (await agent.aget_state(thread)).values["messages"]
    assert [type(message) for message in broken][:2] == [HumanMessage, AIMessage]
    events: list[dict[str, Any]] = []
    async for event in agent.astream({"messages": [question]}, thread, stream_mode="custom"):
        events.append(event)
    assert [event["type"] for event in events] == ["tool", "tool", "citation"]
    messages = (await agent.aget_state(thread)).values["messages"]
    assert [type(message) for message in messages] == [HumanMessage, AIMessage, ToolMessage, AIMessage]
    assert messages[-1].text == "3 apples [1]"
    assert not {message.id for message in broken[1:]} & {message.id for message in messages}
