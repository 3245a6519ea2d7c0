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
from narutalk.errors import Forbidden, TellTheModel
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.offline import OfflineHints
from narutalk.run_identity import run_config
from tests.fakes.scripted_chat import ScriptedChat
from tools.changing import (
    SHOWN_KEY,
    Approval,
    ApprovedCall,
    FieldChange,
    Proposal,
    build_changing_tool,
)
from tools.tool import ToolResult

ANNA = Identity(user_id="u-anna", username="anna", groups=frozenset({"growers"}))
CARL = Identity(user_id="u-carl", username="carl", groups=frozenset({"growers"}))
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
        self.calls: list[ApprovedCall] = []
        self.left = 10
        self.deaths = 0
        tool = build_changing_tool(
            self._eat,
            name="eat",
            description="Eat apples.",
            args=EatArgs,
            hints=OfflineHints(phrases={}),
            approval=Approval(propose=self._what_will_happen, done=self._done),
        )
        self._graph = build_agent(
            card=CARD, model=ScriptedChat(script=_say), tools=[tool], prompt="", checkpointer=InMemorySaver()
        )
        self._thread_id = str(uuid4())

    async def ask(
        self, question: str, identity: Identity = ANNA, question_id: str | None = None
    ) -> dict[str, Any]:
        return await self._run({"messages": [HumanMessage(question, id=question_id)]}, identity)

    async def decide(self, decision: Any, identity: Identity = ANNA) -> str:
        ended = await self._run(Command(resume=decision), identity)
        return str(ended["messages"][-1].text)

    async def go_on(self) -> str:
        return str((await self._run(None, ANNA))["messages"][-1].text)

    async def forget_what_was_shown(self) -> None:
        config = RunnableConfig(configurable={"thread_id": self._thread_id})
        await self._graph.aupdate_state(config, {SHOWN_KEY: {}}, as_node="model")

    async def _run(self, given: Any, identity: Identity) -> dict[str, Any]:
        config = run_config(identity)
        config["configurable"]["thread_id"] = self._thread_id
        return dict(await self._graph.ainvoke(given, RunnableConfig(**config)))  # type: ignore[typeddict-item]

    def _what_will_happen(self, identity: Identity, args: EatArgs, language: Language) -> Proposal:
        if "growers" not in identity.groups:
            raise Forbidden("Only growers eat apples.")
        korean = language is Language.KO
        return Proposal(
            description=f"사과 {args.count}개를 먹습니다."
            if korean
            else f"{args.count} apples will be eaten.",
            changes=[FieldChange(field="left", before=str(self.left), after=str(self.left - args.count))],
            seen={"left": self.left},
        )

    def _eat(self, identity: Identity, args: EatArgs, call: ApprovedCall) -> Eaten:
        self._what_will_happen(identity, args, Language.EN)
        if call.seen["left"] != self.left:
            raise TellTheModel("Somebody else has eaten meanwhile.")
        self.left -= args.count
        self.eaten.append((identity.user_id, args.count))
        self.calls.append(call)
        if self.deaths:
            self.deaths -= 1
            raise RuntimeError("the process died behind the meal")
        return Eaten(count=args.count)

    def _done(self, key: str) -> Eaten | None:
        counts = [count for (_, count), call in zip(self.eaten, self.calls, strict=True) if call.key == key]
        return Eaten(count=counts[0]) if counts else None


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


async def test_what_will_be_different_is_shown_and_what_it_was_made_from_is_not(orchard: Orchard) -> None:
    [waiting] = (await orchard.ask(ENGLISH))["__interrupt__"]

    assert waiting.value["changes"] == [{"field": "left", "before": "10", "after": "7"}]
    assert "seen" not in str(waiting.value)


async def test_the_tool_compares_with_what_was_shown_not_with_what_is_so_now(orchard: Orchard) -> None:
    await orchard.ask(ENGLISH)
    orchard.left = 4

    assert await orchard.decide({"type": "approve"}) == "Somebody else has eaten meanwhile."
    assert orchard.eaten == []


async def test_the_tool_knows_who_asked_for_what_and_who_approved_it(orchard: Orchard) -> None:
    await orchard.ask(ENGLISH)
    await orchard.decide({"type": "approve"}, CARL)

    [call] = orchard.calls
    assert (call.question, call.asked_by_id, call.asked_by) == (ENGLISH, "u-anna", "anna")
    assert orchard.eaten == [("u-carl", 3)]


async def test_a_run_that_died_behind_the_change_tells_its_first_result(orchard: Orchard) -> None:
    orchard.deaths = 1
    await orchard.ask(ENGLISH)
    with pytest.raises(RuntimeError):
        await orchard.decide({"type": "approve"})

    assert await orchard.go_on() == "3 eaten"
    assert orchard.eaten == [("u-anna", 3)]


async def test_the_same_question_asked_again_asks_nobody_for_what_is_done(orchard: Orchard) -> None:
    await orchard.ask(ENGLISH, question_id="q1")
    await orchard.decide({"type": "approve"})

    again = await orchard.ask(ENGLISH, question_id="q1")

    assert "__interrupt__" not in again
    assert again["messages"][-1].text == "3 eaten"
    assert orchard.eaten == [("u-anna", 3)]


async def test_a_call_without_anything_shown_is_not_carried_out(orchard: Orchard) -> None:
    await orchard.ask(ENGLISH)
    await orchard.forget_what_was_shown()

    assert await orchard.decide({"type": "approve"}) == NOT_UNDERSTOOD[Language.EN]
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


def _say(messages: Any) -> AIMessage:
    last: BaseMessage = messages[-1]
    if isinstance(last, ToolMessage):
        return AIMessage(last.text)
    return AIMessage("", tool_calls=[{"id": str(uuid4()), "name": "eat", "args": {"count": 3}}])


def _edit(args: dict[str, Any]) -> dict[str, Any]:
    return {"type": "edit", "edited_action": {"name": "eat", "args": args}}
