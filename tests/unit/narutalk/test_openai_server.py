"""The fake provider, driven by the real ChatOpenAI: later tests stand on what is shown here."""

import json
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, SecretStr

from tests.fakes.openai_server import Asked, Call, FakeOpenAI, Hang, Refuse, Say


class Fruit(BaseModel):
    """Count fruit."""

    name: str


@pytest.fixture
async def provider(fake_openai: FakeOpenAI) -> AsyncIterator[FakeOpenAI]:
    fake_openai.reset()
    async with openai.DefaultAsyncHttpxClient() as client:
        _clients[fake_openai.url] = client
        yield fake_openai


_clients: dict[str, openai.DefaultAsyncHttpxClient] = {}


def chat(provider: FakeOpenAI, **settings: Any) -> ChatOpenAI:
    defaults: dict[str, Any] = {
        "max_retries": 0,
        "timeout": 5,
        "stream_usage": True,
        "http_async_client": _clients[provider.url],
    }
    return ChatOpenAI(
        model="fake-1",
        api_key=SecretStr("k"),
        base_url=provider.url,
        **{**defaults, **settings},
    )


async def whole(model: Any, text: str = "hello") -> AIMessageChunk:
    chunks = [chunk async for chunk in model.astream(text)]
    assert len(chunks) > 2
    return sum(chunks[1:], chunks[0])


async def test_text_is_streamed_with_its_usage_in_the_last_chunk(provider: FakeOpenAI) -> None:
    provider.script([Say("Sales rose by 4 %.", usage=(11, 7))])

    message = await whole(chat(provider))

    assert message.text == "Sales rose by 4 %."
    usage = message.usage_metadata
    assert usage
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (11, 7, 18)
    asked = provider.asked[0]
    assert (asked.last_text, asked.body["stream"]) == ("hello", True)
    assert asked.headers["authorization"] == "Bearer k"


async def test_usage_is_only_streamed_when_asked_for(provider: FakeOpenAI) -> None:
    provider.script(["안녕하세요, 무엇을 도와드릴까요?"])

    message = await whole(chat(provider, stream_usage=False))

    assert message.text == "안녕하세요, 무엇을 도와드릴까요?"
    assert message.usage_metadata is None


async def test_a_whole_answer_without_a_stream(provider: FakeOpenAI) -> None:
    provider.script([Say("Yes.", usage=(3, 2))])

    message = await chat(provider).ainvoke("hello")

    assert message.text == "Yes."
    assert message.usage_metadata
    assert message.usage_metadata["total_tokens"] == 5


@pytest.mark.parametrize("streaming", [True, False])
async def test_tool_calls_with_text_in_pieces_or_whole(provider: FakeOpenAI, streaming: bool) -> None:
    provider.script([Say("I look.", calls=(Call("Fruit", {"name": "사과"}), Call("Fruit", {"name": "fig"})))])
    model = chat(provider, streaming=streaming).bind_tools([Fruit])

    message = await model.ainvoke("count")

    assert message.text == "I look."
    assert [(call["name"], call["args"]) for call in message.tool_calls] == [
        ("Fruit", {"name": "사과"}),
        ("Fruit", {"name": "fig"}),
    ]
    assert provider.asked[0].tools == ["Fruit"]


async def test_malformed_arguments_come_as_they_are(provider: FakeOpenAI) -> None:
    provider.script([Say(calls=(Call("Fruit", "{name fig"),))])

    message = await chat(provider).bind_tools([Fruit]).ainvoke("count")

    assert message.tool_calls == []
    assert [call["args"] for call in message.invalid_tool_calls] == ["{name fig"]


@pytest.mark.parametrize("streaming", [True, False])
async def test_structured_output_fits_the_schema_that_was_asked_for(
    provider: FakeOpenAI, streaming: bool
) -> None:
    provider.script(lambda asked: json.dumps(dict.fromkeys((asked.schema or {})["properties"], "fig")))
    schema = Fruit.model_json_schema()
    model = chat(provider, streaming=streaming).with_structured_output(schema, method="json_schema")

    found = await model.ainvoke("which?")

    assert found == {"name": "fig"}


async def test_errors_have_the_providers_statuses(provider: FakeOpenAI) -> None:
    provider.script([Refuse(429, "slow down", retry_after_seconds=7), Refuse(500)])

    with pytest.raises(openai.RateLimitError, match="slow down") as limited:
        await chat(provider).ainvoke("hello")
    with pytest.raises(openai.InternalServerError):
        await chat(provider).ainvoke("hello")

    assert limited.value.response.headers["retry-after"] == "7"


async def test_the_sdk_repeats_what_is_refused_and_then_gets_the_answer(provider: FakeOpenAI) -> None:
    provider.script([Refuse(429, retry_after_seconds=0.001), Refuse(503, retry_after_seconds=0.001), "Yes."])

    message = await chat(provider, max_retries=2).ainvoke("hello")

    assert message.text == "Yes."
    assert [asked.headers["x-stainless-retry-count"] for asked in provider.asked] == ["0", "1", "2"]


async def test_a_provider_that_hangs_runs_into_the_timeout(provider: FakeOpenAI) -> None:
    provider.script([Hang(), Say("Sales rose by 4 %.", hang_after=2)])
    model = chat(provider, timeout=0.2)

    with pytest.raises(openai.APITimeoutError):
        await model.ainvoke("hello")
    with pytest.raises(Exception, match=r"(?i)time"):
        await whole(model)


async def test_a_stream_that_is_cut_fails_behind_its_first_pieces(provider: FakeOpenAI) -> None:
    provider.script([Say("Sales rose by 4 %.", cut_after=3)])
    pieces = []

    async def read() -> None:
        async for chunk in chat(provider).astream("hello"):
            pieces.append(chunk.text)

    with pytest.raises(Exception, match=r"(?i)peer closed|incomplete|connection"):
        await read()

    assert "".join(pieces) == "Sales rose b"


async def test_a_function_scripts_by_what_was_asked(provider: FakeOpenAI) -> None:
    def echo(asked: Asked) -> str:
        return asked.last_text.upper()

    provider.script(echo)

    assert (await chat(provider).ainvoke("one")).text == "ONE"
    assert (await chat(provider).ainvoke("two")).text == "TWO"
    provider.wait_for(2)


async def test_a_history_that_providers_refuse_is_refused(provider: FakeOpenAI) -> None:
    provider.script(["never said", "Three."])
    call = {"name": "Fruit", "args": {"name": "fig"}, "id": "c1", "type": "tool_call"}
    history = [HumanMessage("count"), AIMessage("", tool_calls=[call])]

    with pytest.raises(openai.BadRequestError, match="without a result"):
        await chat(provider).ainvoke([*history, HumanMessage("and?")])
    answered = await chat(provider).ainvoke([*history, ToolMessage("3", tool_call_id="c1")])

    assert answered.text == "never said"


async def test_requests_beyond_the_script_are_refused(provider: FakeOpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="nothing is scripted"):
        await chat(provider, max_retries=2).ainvoke("hello")

    assert len(provider.asked) == 1
