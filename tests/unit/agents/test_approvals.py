"""Calls of a tool that changes something, and what a person decides about them."""

from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel, Field

from agents.agent import build_agent
from agents.approvals import NOT_UNDERSTOOD, REFUSED
from agents.card import AgentCard
from narutalk.errors import Forbidden
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.offline import OfflineHints
from narutalk.run_identity import run_config
from tests.fakes.scripted_chat import ScriptedChat
from tools.tool import ToolResult, build_tool

ANNA = Identity(user_id="u-anna", username="anna", groups=frozenset({"growers"}))
BEN = Identity(user_id="u-ben", username="ben")
CARD = AgentCard("toy", {Language.EN: "Eats fruit."}, {Language.EN: ("Eat an apple",)})
ENGLISH, KOREAN = "Eat three apples", "사과 세 개 먹어 줘"


class EatArgs(BaseModel):
    count: int = Field(ge=1, le=5)


class Eaten(ToolResult):
    count: int

    def to_markdown(self, language: Language) -> str:
        return f"{self.count} eaten" if language is Language.EN else f"{self.count}개 먹음"


class Orchard:
    """An agent whose only tool eats apples, which growers may."""

    def __init__(self) -> None:
        self.eaten: list[tuple[str, int]] = []
        tool = build_tool(
            self._eat,
            name="eat",
            description="Eat apples.",
            args=EatArgs,
            hints=OfflineHints(phrases={}),
            approval=_what_will_happen,
        )
        self._graph = build_agent(
            card=CARD, model=ScriptedChat(script=_say), tools=[tool], prompt="", checkpointer=InMemorySaver()
        )
        self._thread_id = str(uuid4())

    async def ask(self, question: str, identity: Identity = ANNA) -> dict[str, Any]:
        return await self._run({"messages": [HumanMessage(question)]}, identity)

    async def decide(self, decision: Any, identity: Identity = ANNA) -> str:
        ended = await self._run(Command(resume=decision), identity)
        return str(ended["messages"][-1].text)

    async def _run(self, given: Any, identity: Identity) -> dict[str, Any]:
        config = run_config(identity)
        config["configurable"]["thread_id"] = self._thread_id
        return dict(await self._graph.ainvoke(given, RunnableConfig(**config)))  # type: ignore[typeddict-item]

    def _eat(self, identity: Identity, args: EatArgs) -> Eaten:
        self.eaten.append((identity.user_id, args.count))
        return Eaten(count=args.count)


@pytest.fixture
def orchard() -> Orchard:
    return Orchard()


async def test_a_person_is_shown_what_will_happen_before_it_does(orchard: Orchard) -> None:
    asked = await orchard.ask(ENGLISH)

    [waiting] = asked["__interrupt__"]
    assert waiting.value["type"] == "tool_approval"
    assert (waiting.value["name"], waiting.value["args"]) == ("eat", {"count": 3})
    assert waiting.value["description"] == "3 apples will be eaten."
    assert orchard.eaten == []


async def test_it_is_described_in_the_language_of_the_question(orchard: Orchard) -> None:
    asked = await orchard.ask(KOREAN)

    assert asked["__interrupt__"][0].value["description"] == "사과 3개를 먹습니다."


async def test_what_is_approved_happens_once(orchard: Orchard) -> None:
    await orchard.ask(ENGLISH)

    assert await orchard.decide({"type": "approve"}) == "3 eaten"
    assert orchard.eaten == [("u-anna", 3)]


async def test_what_is_edited_happens_with_the_other_arguments(orchard: Orchard) -> None:
    await orchard.ask(ENGLISH)

    assert await orchard.decide(_edit({"count": 1})) == "1 eaten"
    assert orchard.eaten == [("u-anna", 1)]


@pytest.mark.parametrize(("question", "language"), [(ENGLISH, Language.EN), (KOREAN, Language.KO)])
async def test_a_refusal_is_told(orchard: Orchard, question: str, language: Language) -> None:
    await orchard.ask(question)

    assert await orchard.decide({"type": "reject"}) == REFUSED[language]
    assert orchard.eaten == []


async def test_edited_arguments_are_held_to_the_tools_schema(orchard: Orchard) -> None:
    await orchard.ask(ENGLISH)

    assert "count" in await orchard.decide(_edit({"count": 50}))
    assert orchard.eaten == []


@pytest.mark.parametrize(
    "decision",
    [
        pytest.param("yes", id="no decision"),
        pytest.param({"type": "respond", "message": "done"}, id="not allowed"),
        pytest.param({"type": "edit"}, id="nothing edited"),
        pytest.param({"type": "edit", "edited_action": {"name": "burn", "args": {}}}, id="another tool"),
    ],
)
async def test_an_answer_that_makes_no_sense_changes_nothing(orchard: Orchard, decision: Any) -> None:
    await orchard.ask(ENGLISH)

    assert await orchard.decide(decision) == NOT_UNDERSTOOD[Language.EN]
    assert orchard.eaten == []


async def test_who_may_not_do_it_is_not_asked(orchard: Orchard) -> None:
    ended = await orchard.ask(ENGLISH, BEN)

    assert "__interrupt__" not in ended
    assert ended["messages"][-1].text == "Only growers eat apples."


async def test_who_may_not_do_it_any_more_cannot_approve_it(orchard: Orchard) -> None:
    await orchard.ask(ENGLISH)

    assert await orchard.decide({"type": "approve"}, BEN) == "Only growers eat apples."
    assert orchard.eaten == []


def _what_will_happen(identity: Identity, args: EatArgs, language: Language) -> str:
    if "growers" not in identity.groups:
        raise Forbidden("Only growers eat apples.")
    if language is Language.KO:
        return f"사과 {args.count}개를 먹습니다."
    return f"{args.count} apples will be eaten."


def _say(messages: Any) -> AIMessage:
    last: BaseMessage = messages[-1]
    if isinstance(last, ToolMessage):
        return AIMessage(last.text)
    return AIMessage("", tool_calls=[{"id": str(uuid4()), "name": "eat", "args": {"count": 3}}])


def _edit(args: dict[str, Any]) -> dict[str, Any]:
    return {"type": "edit", "edited_action": {"name": "eat", "args": args}}
