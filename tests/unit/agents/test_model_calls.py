"""An agent whose language model fails, calls tools wrongly, or goes too far, over a provider's real wire."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from uuid import uuid4

import openai
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph
from pydantic import BaseModel, Field

from agents.agent import build_agent
from agents.card import AgentCard
from agents.turn import DEGRADED, TurnLimits
from narutalk.errors import TellTheModel
from narutalk.events import Citation
from narutalk.identity import Identity, Role
from narutalk.languages import Language
from narutalk.llm import build_chat_model
from narutalk.offline import OfflineHints
from narutalk.offline.finders import choice
from narutalk.run_identity import run_config
from narutalk.settings import load_settings
from tests.fakes.openai_server import Answer, Asked, Call, FakeOpenAI, Hang, Refuse, Say
from tools.tool import ToolResult, build_tool

ANNA = Identity(user_id="u-anna", username="anna")
HARU = Identity(user_id="u-haru", username="haru", roles=frozenset({Role.HR}))
CARD = AgentCard("toy", {Language.EN: "Counts fruit."}, {Language.EN: ("How many apples are there?",)})
APPLES, KOREAN = "How many apples are there?", "사과 몇 개 있어?"
OFFLINE_ANSWER = "There are 3 apples [1]"
COUNT = Call("count_fruit", {"fruit": "apple"})
DENIED = "Only HR may count pears."

Graph = CompiledStateGraph[Any, Any, Any, Any]


class FruitArgs(BaseModel):
    fruit: str = Field(min_length=2)
    at_least: int = 0


class FruitCount(ToolResult):
    fruit: str

    def to_markdown(self, language: Language) -> str:
        return f"There are 3 {self.fruit}s [1]" if language is Language.EN else f"{self.fruit} 3개 [1]"


class Counter:
    """The tools' work, which says how often it was done."""

    def __init__(self) -> None:
        self.counted: list[str] = []

    def count(self, identity: Identity, args: FruitArgs) -> FruitCount:
        self.counted.append(args.fruit)
        source = Citation(index=1, kind="records", title="Basket", source="basket", detail=identity.user_id)
        return FruitCount(fruit=args.fruit, citations=[source])


class Answered(NamedTuple):
    """A turn of the agent.

    Attributes:
        custom: The events that its middleware wrote, without those of tools.
        shown: All text in its order, with ``|`` where it was taken back.
        messages: What the turn left behind the question.
    """

    custom: list[dict[str, Any]]
    shown: str
    messages: list[AnyMessage]

    @property
    def answer(self) -> AIMessage:
        last = self.messages[-1]
        assert isinstance(last, AIMessage)
        return last

    @property
    def is_degraded(self) -> bool:
        return bool(self.answer.response_metadata.get(DEGRADED))

    @property
    def told(self) -> list[str]:
        """What the tools' messages say."""
        return [message.text for message in self.messages if isinstance(message, ToolMessage)]


@pytest.fixture
async def model(provider: FakeOpenAI) -> AsyncIterator[BaseChatModel]:
    settings = load_settings(
        OPENAI_BASE_URL=provider.url, OPENAI_API_KEY="k", llm_timeout_seconds=3, _env_file=None
    )
    async with openai.DefaultAsyncHttpxClient() as client:
        yield build_chat_model(settings, http_client=client)


@pytest.fixture
def counter() -> Counter:
    return Counter()


def agent_of(model: BaseChatModel, counter: Counter, limits: TurnLimits | None = None) -> Graph:
    return build_agent(
        card=CARD,
        model=model,
        tools=[_count_fruit(counter), _count_pears(counter)],
        prompt="Count.",
        checkpointer=InMemorySaver(),
        limits=(limits or TurnLimits())._replace(plans_first=False),
    )


def _count_fruit(counter: Counter) -> Any:
    hints = OfflineHints(
        phrases={Language.EN: ["how many {fruit} are there"], Language.KO: ["{fruit} 몇 개 있어"]},
        finders={"fruit": choice({"apple": ["apples", "사과"]})},
        fallback=True,
    )
    return build_tool(
        counter.count, name="count_fruit", description="Counts fruit.", args=FruitArgs, hints=hints
    )


def _count_pears(counter: Counter) -> Any:
    def require_hr(identity: Identity) -> None:
        if not identity.has_role(Role.HR):
            raise TellTheModel(DENIED)

    return build_tool(
        counter.count,
        name="count_pears",
        description="Counts pears.",
        args=FruitArgs,
        hints=OfflineHints(phrases={Language.EN: ["count the pears"], Language.KO: ["배를 세어 줘"]}),
        requires=require_hr,
    )


async def turn(
    agent: Graph, text: str = APPLES, *, identity: Identity = ANNA, thread_id: str | None = None
) -> Answered:
    config: Any = run_config(identity)
    config["configurable"]["thread_id"] = thread_id or str(uuid4())
    custom, shown = [], ""
    values: dict[str, Any] = {}
    stream: Any = agent.astream(
        {"messages": [HumanMessage(text)]}, config, stream_mode=["custom", "messages", "values"]
    )
    async for mode, data in stream:
        if mode == "messages" and data[0].type == "AIMessageChunk":
            shown += data[0].text
        elif mode == "custom" and data["type"] not in ("tool", "citation"):
            custom.append(data)
            shown += "|" if data["type"] == "reset" else data["text"]
        elif mode == "values":
            values = data
    messages = values["messages"]
    asked = max(index for index, message in enumerate(messages) if isinstance(message, HumanMessage))
    return Answered(custom, shown, messages[asked + 1 :])


@pytest.mark.parametrize("refusal", [429, 500, 503])
async def test_a_provider_that_refuses_once_is_asked_again(
    provider: FakeOpenAI, model: BaseChatModel, counter: Counter, refusal: int
) -> None:
    provider.script([Refuse(refusal, retry_after_seconds=0.001), Say(calls=(COUNT,)), "Three apples [1]."])

    answered = await turn(agent_of(model, counter))

    assert (answered.answer.text, answered.shown) == ("Three apples [1].", "Three apples [1].")
    assert (answered.is_degraded, answered.custom, counter.counted) == (False, [], ["apple"])


@pytest.mark.parametrize(
    ("answer", "requests"),
    [
        (Refuse(429, retry_after_seconds=0.001), 3),
        (Refuse(429, retry_after_seconds=120), 1),
        (Refuse(500, retry_after_seconds=0.001), 3),
        (Refuse(401), 1),
        (Refuse(404), 1),
        (Refuse(400), 1),
        (Hang(), 1),
        (Say("There are many ap", cut_after=3), 1),
        (Say("There are many ap", hang_after=3), 1),
        (Say(""), 1),
    ],
    ids=str,
)
async def test_the_offline_model_answers_when_the_provider_does_not(
    provider: FakeOpenAI, model: BaseChatModel, counter: Counter, answer: Answer, requests: int
) -> None:
    provider.script(lambda _asked: answer)

    answered = await turn(agent_of(model, counter))

    assert (answered.answer.text, answered.is_degraded) == (OFFLINE_ANSWER, True)
    assert answered.shown.rpartition("|")[2] == OFFLINE_ANSWER
    assert answered.custom == [{"type": "reset", "agent": "toy"}]
    assert counter.counted == ["apple"]
    assert len(provider.asked) == requests, "the rest of the turn is left to the offline model"


async def test_what_was_found_before_the_failure_is_not_looked_up_again(
    provider: FakeOpenAI, model: BaseChatModel, counter: Counter
) -> None:
    provider.script([Say(calls=(COUNT,)), Say("There are many ap", cut_after=3)])

    answered = await turn(agent_of(model, counter))

    assert (answered.answer.text, answered.is_degraded) == (OFFLINE_ANSWER, True)
    assert (answered.shown, counter.counted) == (f"There are ma|{OFFLINE_ANSWER}", ["apple"])


async def test_a_provider_that_is_slow_all_along_has_no_more_than_its_share(
    provider: FakeOpenAI, model: BaseChatModel, counter: Counter
) -> None:
    limits = TurnLimits(llm_seconds=0.2)
    provider.script([Hang()])

    answered = await turn(agent_of(model, counter, limits))

    assert (answered.answer.text, answered.is_degraded) == (OFFLINE_ANSWER, True)


async def test_the_next_question_goes_to_the_language_model_again(
    provider: FakeOpenAI, model: BaseChatModel, counter: Counter
) -> None:
    agent, thread_id = agent_of(model, counter), str(uuid4())
    provider.script([Refuse(400), "Three, as I said."])
    await turn(agent, thread_id=thread_id)

    answered = await turn(agent, "Sure?", thread_id=thread_id)

    assert (answered.answer.text, answered.is_degraded) == ("Three, as I said.", False)


BAD_CALLS = {
    "no json": (Call("count_fruit", "{fruit apple", id="bad"), "valid JSON"),
    "cut off": (Call("count_fruit", '{"fruit": "app', id="bad"), "valid JSON"),
    "a list": (Call("count_fruit", '["apple"]', id="bad"), "valid JSON"),
    "a missing field": (Call("count_fruit", {}, id="bad"), "fruit: Field required"),
    "a wrong type": (
        Call("count_fruit", {"fruit": "apple", "at_least": "many"}, id="bad"),
        "at_least: Input should be a valid integer",
    ),
    "too short": (Call("count_fruit", {"fruit": "a"}, id="bad"), "at least 2 characters"),
    "no such tool": (Call("count_cars", {}, id="bad"), "There is no tool called"),
}


@pytest.mark.parametrize(
    ("call", "problem", "streamed"),
    [
        *((*bad, True) for bad in BAD_CALLS.values()),
        # LangChain takes a whole answer with a list for unreadable: the provider failed.
        *((*bad, False) for name, bad in BAD_CALLS.items() if name != "a list"),
    ],
)
async def test_wrong_calls_are_told_to_the_model_which_mends_them(
    provider: FakeOpenAI, model: BaseChatModel, counter: Counter, call: Call, problem: str, streamed: bool
) -> None:
    provider.script([Say(calls=(call,)), Say(calls=(COUNT,)), "Three apples [1]."])
    agent = agent_of(model if streamed else _whole(model), counter)

    if streamed:
        messages = (await turn(agent)).messages
    else:
        config: Any = run_config(ANNA)
        config["configurable"]["thread_id"] = str(uuid4())
        messages = (await agent.ainvoke({"messages": [HumanMessage(APPLES)]}, config))["messages"]
        assert "stream" not in provider.asked[0].body or not provider.asked[0].body["stream"]

    assert messages[-1].text == "Three apples [1]."
    assert not messages[-1].response_metadata.get(DEGRADED)
    assert counter.counted == ["apple"]
    (told,) = [entry for entry in provider.asked[1].messages if entry["role"] == "tool"]
    assert (told["tool_call_id"], problem in told["content"]) == ("bad", True)


def _whole(model: BaseChatModel) -> BaseChatModel:
    return model.model_copy(update={"streaming": False, "disable_streaming": True})


@pytest.mark.parametrize(("call", "problem"), BAD_CALLS.values(), ids=BAD_CALLS)
async def test_wrong_calls_are_told_once_and_not_again(
    provider: FakeOpenAI, model: BaseChatModel, counter: Counter, call: Call, problem: str
) -> None:
    """The offline model looks it up itself, and says nothing of what was wrong between the two models."""
    provider.script(lambda _asked: Say(calls=(call,), usage=(10, 5)))

    answered = await turn(agent_of(model, counter))

    assert (answered.answer.text, answered.is_degraded) == (OFFLINE_ANSWER, True)
    assert (len(provider.asked), counter.counted) == (2, ["apple"])
    assert problem in answered.told[0]
    counted = [message.usage_metadata for message in answered.messages if isinstance(message, AIMessage)]
    assert sum(usage["total_tokens"] for usage in counted if usage) == 30


async def test_the_right_ones_of_several_calls_are_carried_out(
    provider: FakeOpenAI, model: BaseChatModel, counter: Counter
) -> None:
    wrong = Call("count_fruit", "{fruit apple")
    provider.script([Say(calls=(wrong, COUNT)), "Three apples [1]."])

    answered = await turn(agent_of(model, counter))

    assert (answered.answer.text, counter.counted) == ("Three apples [1].", ["apple"])
    assert sorted("valid JSON" in text for text in answered.told) == [False, True]


@pytest.mark.parametrize(
    ("question", "found", "said"),
    [
        (APPLES, "There are 3 apples [1]", "the limit of 4 tool calls for one question was reached"),
        (KOREAN, "apple 3개 [1]", "질문 하나에 허용된 도구 호출 한도(4회)에 도달하여"),
    ],
)
async def test_a_model_that_calls_tools_without_end_is_stopped_with_what_was_found(
    provider: FakeOpenAI, model: BaseChatModel, counter: Counter, question: str, found: str, said: str
) -> None:
    def more(asked: Asked) -> Say:
        return Say("Once more. ", calls=(Call("count_fruit", {"fruit": "apple"}),), usage=(10, 5))

    provider.script(more)

    answered = await turn(agent_of(model, counter, TurnLimits(tool_calls=4)), question)

    assert (len(counter.counted), len(provider.asked)) == (4, 5)
    assert answered.answer.text.startswith(found)
    assert said in answered.answer.text
    assert not answered.answer.tool_calls
    assert not answered.is_degraded
    assert answered.shown.rpartition("|")[2] == answered.answer.text
    assert answered.answer.usage_metadata
    assert answered.answer.usage_metadata["total_tokens"] == 15


async def test_calls_beyond_the_limit_are_not_carried_out(
    provider: FakeOpenAI, model: BaseChatModel, counter: Counter
) -> None:
    calls = tuple(Call("count_fruit", {"fruit": "apple"}) for _ in range(5))
    provider.script([Say(calls=calls), "Three apples [1]."])

    answered = await turn(agent_of(model, counter, TurnLimits(tool_calls=3)))

    assert (answered.answer.text, len(counter.counted)) == ("Three apples [1].", 3)


@pytest.mark.parametrize(
    ("question", "found", "said"),
    [
        (APPLES, "There are 3 apples [1]", "the limit of 1,000 tokens for one question was reached"),
        (KOREAN, "apple 3개 [1]", "질문 하나에 허용된 토큰 한도(1,000개)에 도달하여"),
    ],
)
async def test_a_model_that_uses_too_many_tokens_is_not_asked_again(
    provider: FakeOpenAI, model: BaseChatModel, counter: Counter, question: str, found: str, said: str
) -> None:
    provider.script([Say(calls=(COUNT,), usage=(990, 10)), "never said"])

    answered = await turn(agent_of(model, counter, TurnLimits(tokens=1000)), question)

    assert answered.answer.text.startswith(found)
    assert said in answered.answer.text
    assert (answered.shown.rpartition("|")[2], len(provider.asked)) == (answered.answer.text, 1)


async def test_a_limit_that_is_reached_with_nothing_found_says_so(
    provider: FakeOpenAI, model: BaseChatModel, counter: Counter
) -> None:
    provider.script([Say(calls=(Call("count_fruit", "{"),), usage=(990, 10))])

    answered = await turn(agent_of(model, counter, TurnLimits(tokens=1000)))

    assert answered.answer.text.startswith("I stopped here: the limit of 1,000 tokens")
    assert "Nothing was found till then." in answered.answer.text
    assert answered.shown.rpartition("|")[2] == answered.answer.text


async def test_a_tool_that_the_caller_may_not_use_is_not_offered_and_refused_all_the_same(
    provider: FakeOpenAI, model: BaseChatModel, counter: Counter
) -> None:
    provider.script([Say(calls=(Call("count_pears", {"fruit": "pear"}),)), "I may not."])

    answered = await turn(agent_of(model, counter))

    assert provider.asked[0].tools == ["count_fruit"]
    assert f"- count_pears: {DENIED}" in provider.asked[0].messages[0]["content"]
    assert (answered.told, counter.counted) == ([DENIED], [])


async def test_who_may_use_a_tool_is_offered_it(
    provider: FakeOpenAI, model: BaseChatModel, counter: Counter
) -> None:
    provider.script([Say(calls=(Call("count_pears", {"fruit": "pear"}),)), "Three pears [1]."])

    await turn(agent_of(model, counter), identity=HARU)

    assert provider.asked[0].tools == ["count_fruit", "count_pears"]
    assert provider.asked[0].messages[0]["content"] == "Count."
    assert counter.counted == ["pear"]
