"""Calls that a question needs beyond doubt are made before the language model is asked, over a real wire."""

from collections.abc import AsyncIterator
from typing import Any
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
from agents.turn import DEGRADED, PLANNED, TurnLimits
from narutalk.errors import TellTheModel
from narutalk.identity import Identity, Role
from narutalk.languages import Language
from narutalk.llm import build_chat_model
from narutalk.offline import OfflineChatModel, OfflineHints
from narutalk.offline.finders import choice, whole_question
from narutalk.quoting import quoted
from narutalk.run_identity import run_config
from narutalk.settings import load_settings
from tests.fakes.openai_server import Call, FakeOpenAI, Refuse, Say
from tools.changing import Approval, ApprovedCall, Proposal, build_changing_tool
from tools.tool import ToolResult, build_tool

ANNA = Identity(user_id="u-anna", username="anna")
HARU = Identity(user_id="u-haru", username="haru", roles=frozenset({Role.HR}))
CARD = AgentCard("toy", {Language.EN: "Counts fruit."}, {Language.EN: ("How many apples are there?",)})
APPLES = "How many apples are there?"
FRUIT = choice({"apple": ["apples", "사과"], "plum": ["plums", "자두"]})

Graph = CompiledStateGraph[Any, Any, Any, Any]
Wanted = tuple[str, dict[str, Any]]


class Args(BaseModel):
    fruit: str = "all"
    at_least: int = Field(default=0, le=50)


class SearchArgs(BaseModel):
    query: str


class Found(ToolResult):
    text: str

    def to_markdown(self, language: Language) -> str:
        return self.text


class Shop:
    """The tools, and what was done with them."""

    def __init__(self) -> None:
        self.done: list[Wanted] = []

    def tools(self) -> list[Any]:
        def require_hr(identity: Identity) -> None:
            if not identity.has_role(Role.HR):
                raise TellTheModel("Only HR may weigh.")

        finders = {"fruit": FRUIT}
        return [
            self._tool("count_fruit", ["how many {fruit} are there"], ["{fruit} 몇 개 있어"], finders),
            self._tool("weigh_fruit", ["how heavy are the {fruit}"], [], finders, requires=require_hr),
            self._eating(finders),
            self._tool("search_recipes", [], [], {"query": whole_question}, args=SearchArgs, fallback=True),
        ]

    def _eating(self, finders: Any) -> Any:
        def eat(_identity: Identity, given: Args, _approved: ApprovedCall) -> Found:
            self.done.append(("eat_fruit", given.model_dump(exclude_defaults=True)))
            return Found(text="eaten")

        return build_changing_tool(
            eat,
            name="eat_fruit",
            description="eat_fruit",
            args=Args,
            hints=OfflineHints(phrases={Language.EN: ["please eat the {fruit}"]}, finders=finders),
            approval=Approval(
                propose=lambda *_: Proposal(description="It will be eaten."), done=lambda _key: None
            ),
        )

    def _tool(self, name: str, english: list[str], korean: list[str], finders: Any, **settings: Any) -> Any:
        def run(_identity: Identity, given: BaseModel) -> Found:
            self.done.append((name, given.model_dump(exclude_defaults=True)))
            return Found(text=f"{name} found 3")

        hints = OfflineHints(
            phrases={Language.EN: english, Language.KO: korean},
            finders=finders,
            fallback=settings.pop("fallback", False),
        )
        args = settings.pop("args", Args)
        return build_tool(run, name=name, description=name, args=args, hints=hints, **settings)


@pytest.fixture
async def model(provider: FakeOpenAI) -> AsyncIterator[BaseChatModel]:
    settings = load_settings(OPENAI_BASE_URL=provider.url, OPENAI_API_KEY="k", _env_file=None)
    async with openai.DefaultAsyncHttpxClient() as client:
        yield build_chat_model(settings, http_client=client)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def agent_of(model: BaseChatModel, shop: Shop, **limits: Any) -> Graph:
    return build_agent(
        card=CARD,
        model=model,
        tools=shop.tools(),
        prompt="Count.",
        checkpointer=InMemorySaver(),
        limits=TurnLimits(**limits),
    )


async def turn(agent: Graph, text: str, *, identity: Identity = ANNA) -> list[AnyMessage]:
    """Return what one question left behind it, in a new conversation."""
    config: Any = run_config(identity)
    config["configurable"]["thread_id"] = str(uuid4())
    values = await agent.ainvoke({"messages": [HumanMessage(text)]}, config)
    return list(values["messages"][1:])


def planned(messages: list[AnyMessage]) -> list[bool]:
    """Whether each of the model's messages was planned by rule."""
    return [
        bool(message.response_metadata.get(PLANNED)) for message in messages if isinstance(message, AIMessage)
    ]


@pytest.mark.parametrize(
    ("question", "done"),
    [
        (APPLES, [("count_fruit", {"fruit": "apple"})]),
        ("사과는 몇 개 있어?", [("count_fruit", {"fruit": "apple"})]),
        (
            "How many apples are there and how many plums are there?",
            [("count_fruit", {"fruit": "apple"}), ("count_fruit", {"fruit": "plum"})],
        ),
        (
            "What goes well with roasted duck?",
            [("search_recipes", {"query": "What goes well with roasted duck?"})],
        ),
    ],
)
async def test_the_model_is_asked_once_with_the_results(
    provider: FakeOpenAI, model: BaseChatModel, shop: Shop, question: str, done: list[Wanted]
) -> None:
    provider.script([Say("Three.", usage=(50, 5))])

    messages = await turn(agent_of(model, shop), question)

    assert sorted(shop.done, key=str) == sorted(done, key=str)
    assert (messages[-1].text, planned(messages)) == ("Three.", [True, False])
    [asked] = provider.asked
    assert [message["role"] for message in asked.messages[-len(done) :]] == ["tool"] * len(done)
    first, last = messages[0], messages[-1]
    assert isinstance(first, AIMessage)
    assert isinstance(last, AIMessage)
    assert first.usage_metadata is None, "nothing was spent on it"
    assert last.usage_metadata is not None
    assert last.usage_metadata["total_tokens"] == 55


async def test_the_model_may_call_more(provider: FakeOpenAI, model: BaseChatModel, shop: Shop) -> None:
    provider.script([Say(calls=(Call("count_fruit", {"fruit": "plum"}),)), Say("Three each.")])

    messages = await turn(agent_of(model, shop), APPLES)

    assert [args["fruit"] for _, args in shop.done] == ["apple", "plum"]
    assert (messages[-1].text, planned(messages)) == ("Three each.", [True, False, False])


@pytest.mark.parametrize(
    "question",
    [
        "How many of them are there?",
        "And apples?",
        "How many apples are there too?",
        "How many apples are there without the rotten ones?",
        "How many apples are there in Busan?",
        "How many apples are there and what did we do before?",
        "What about duck?",
        "그럼 자두는?",
        "사과만 보여줘",
        "Please eat the apples",
        "How heavy are the apples?",
        quoted(APPLES, "We speak of the shop in Busan."),
        "",
    ],
)
async def test_whatever_leaves_a_doubt_is_the_models(
    provider: FakeOpenAI, model: BaseChatModel, shop: Shop, question: str
) -> None:
    provider.script([Say("I would rather not guess.")])

    messages = await turn(agent_of(model, shop), question)

    assert (shop.done, planned(messages)) == ([], [False])


async def test_who_has_the_right_gets_what_it_is_needed_for(
    provider: FakeOpenAI, model: BaseChatModel, shop: Shop
) -> None:
    provider.script([Say("Heavy.")])
    messages = await turn(agent_of(model, shop), "How heavy are the apples?", identity=HARU)
    assert (shop.done, planned(messages)) == ([("weigh_fruit", {"fruit": "apple"})], [True, False])


async def test_a_plan_beyond_the_limit_of_calls_is_not_made(
    provider: FakeOpenAI, model: BaseChatModel, shop: Shop
) -> None:
    provider.script([Say("Which one?")])
    question = "How many apples are there and how many plums are there?"
    messages = await turn(agent_of(model, shop, tool_calls=1), question)
    assert (shop.done, planned(messages)) == ([], [False])


async def test_it_can_be_turned_off(provider: FakeOpenAI, model: BaseChatModel, shop: Shop) -> None:
    provider.script([Say("I do not look.")])
    settings = load_settings(agent_plan_first=False, _env_file=None)
    messages = await turn(agent_of(model, shop, **TurnLimits.of(settings)._asdict()), APPLES)
    assert (shop.done, planned(messages)) == ([], [False])


async def test_a_provider_that_fails_after_it_leaves_the_answer_to_the_offline_model(
    provider: FakeOpenAI, model: BaseChatModel, shop: Shop
) -> None:
    provider.script(lambda _asked: Refuse(400))
    messages = await turn(agent_of(model, shop), APPLES)
    assert shop.done == [("count_fruit", {"fruit": "apple"})], "what was found is not looked up again"
    assert (messages[-1].text, messages[-1].response_metadata.get(DEGRADED)) == ("count_fruit found 3", True)


async def test_the_offline_model_plans_as_ever(shop: Shop) -> None:
    messages = await turn(agent_of(OfflineChatModel(), shop), APPLES)
    assert planned(messages) == [False, False]
    assert [message.text for message in messages if isinstance(message, ToolMessage)] == [
        "count_fruit found 3"
    ]
