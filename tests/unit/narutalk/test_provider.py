"""The chat model of a provider: bounded in time, repeated where that helps, and with errors of ours alone."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from pydantic import BaseModel

from narutalk.errors import LlmFailed
from narutalk.llm import MALFORMED_CALLS, build_chat_model
from narutalk.offline import OfflineChatModel
from narutalk.settings import Settings, load_settings
from tests.fakes.openai_server import Answer, Asked, Call, FakeOpenAI, Hang, Refuse, Say

SOON = Refuse(429, "slow down", retry_after_seconds=0.001)


class Fruit(BaseModel):
    """Count fruit."""

    name: str


@pytest.fixture
async def model(provider: FakeOpenAI) -> AsyncIterator[BaseChatModel]:
    async with openai.DefaultAsyncHttpxClient() as client:
        yield build_chat_model(settings(provider.url), http_client=client)


def settings(url: str | None, **given: Any) -> Settings:
    return load_settings(
        OPENAI_BASE_URL=url,
        OPENAI_API_KEY="k",
        model="fake-1",
        _env_file=None,
        **{"llm_timeout_seconds": 2} | given,
    )


async def failure(model: BaseChatModel, text: str = "hello") -> LlmFailed:
    with pytest.raises(LlmFailed) as failed:
        await model.ainvoke(text)
    return failed.value


def test_without_a_provider_it_is_the_offline_model() -> None:
    assert isinstance(build_chat_model(load_settings(_env_file=None)), OfflineChatModel)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
async def test_what_is_refused_for_now_is_asked_again(
    provider: FakeOpenAI, model: BaseChatModel, status: int
) -> None:
    again = Refuse(status, retry_after_seconds=0.001)
    provider.script([again, again, "Yes."])

    assert (await model.ainvoke("hello")).text == "Yes."
    assert len(provider.asked) == 3


async def test_without_a_retry_after_it_backs_off_for_longer_and_longer(
    provider: FakeOpenAI, model: BaseChatModel
) -> None:
    came: list[float] = []

    def refuse_twice(_asked: Asked) -> Answer:
        came.append(time.monotonic())
        return Refuse(503) if len(came) < 3 else "Yes."

    provider.script(refuse_twice)

    assert (await model.ainvoke("hello")).text == "Yes."
    first, second = came[1] - came[0], came[2] - came[1]
    assert first > 0.3
    assert second > 0.7


@pytest.mark.parametrize(
    ("status", "code"), [(429, "llm_rate_limited"), (500, "llm_unavailable"), (503, "llm_unavailable")]
)
async def test_it_gives_up_after_three_attempts(
    provider: FakeOpenAI, model: BaseChatModel, status: int, code: str
) -> None:
    provider.script(lambda _asked: Refuse(status, "not now", retry_after_seconds=0.001))

    failed = await failure(model)

    assert (failed.code, len(provider.asked)) == (code, 3)
    assert "not now" not in failed.message


async def test_a_long_retry_after_is_not_waited_for(provider: FakeOpenAI, model: BaseChatModel) -> None:
    provider.script([Refuse(429, retry_after_seconds=120), "never said"])
    started = time.monotonic()

    failed = await failure(model)

    assert (failed.code, len(provider.asked)) == ("llm_rate_limited", 1)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "llm_refused"),
        (401, "llm_misconfigured"),
        (403, "llm_misconfigured"),
        (404, "llm_misconfigured"),
        (422, "llm_refused"),
    ],
)
async def test_what_will_be_refused_again_is_told_loudly_and_not_repeated(
    provider: FakeOpenAI, model: BaseChatModel, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    provider.script([Refuse(status), "never said"])

    failed = await failure(model)

    assert (failed.code, len(provider.asked)) == (code, 1)
    assert [record.levelname for record in caplog.records if record.name == "narutalk.provider"] == ["ERROR"]


async def test_a_provider_that_cannot_be_reached(model: BaseChatModel) -> None:
    async with openai.DefaultAsyncHttpxClient() as client:
        nowhere = build_chat_model(settings("http://127.0.0.1:9/v1"), http_client=client)
        assert (await failure(nowhere)).code == "llm_unavailable"


@pytest.mark.parametrize("answer", [Hang(), Say("Sales rose by 4 %.", hang_after=2)])
async def test_a_provider_that_is_silent_is_given_up_and_not_asked_again(
    provider: FakeOpenAI, model: BaseChatModel, answer: Answer
) -> None:
    provider.script([answer, "never said"])

    failed = await failure(model)

    assert (failed.code, len(provider.asked)) == ("llm_timeout", 1)


async def test_a_stream_that_is_cut_is_not_begun_again(provider: FakeOpenAI, model: BaseChatModel) -> None:
    provider.script([Say("Sales rose by 4 %.", cut_after=3), "never said"])
    pieces: list[str] = []

    async def read() -> None:
        async for chunk in model.astream("hello"):
            pieces.append(chunk.text)

    with pytest.raises(LlmFailed) as failed:
        await read()

    assert ("".join(pieces), failed.value.code, len(provider.asked)) == ("Sales rose b", "llm_broken_off", 1)


async def test_a_provider_that_keeps_failing_is_left_alone_for_a_while(
    provider: FakeOpenAI, model: BaseChatModel
) -> None:
    provider.script(lambda _asked: SOON)
    await failure(model)

    assert (await failure(model)).code == "llm_unavailable"
    assert len(provider.asked) == 3


async def test_refused_requests_say_nothing_about_the_next(
    provider: FakeOpenAI, model: BaseChatModel
) -> None:
    provider.script([Refuse(400)] * 5 + ["Yes."])
    for _ in range(5):
        await failure(model)

    assert (await model.ainvoke("hello")).text == "Yes."


async def test_who_stops_reading_leaves_nothing_behind(provider: FakeOpenAI, model: BaseChatModel) -> None:
    provider.script([Say("Sales rose by 4 %.", hang_after=2), "Yes."])

    async def read() -> None:
        async for _chunk in model.astream("hello"):
            pass

    reading = asyncio.create_task(read())
    await asyncio.to_thread(provider.wait_for, 1)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    assert (await model.ainvoke("hello")).text == "Yes."


@pytest.mark.parametrize("arguments", ["{name fig", '{"name": "fi', "[1]", '"fig"', "null"])
async def test_streamed_arguments_that_are_no_object_are_named(
    provider: FakeOpenAI, model: BaseChatModel, arguments: str
) -> None:
    """LangChain would make `{}` of them, or complete what is cut off: `{"name": "fi"}`."""
    bad, good = Call("Fruit", arguments), Call("Fruit", {"name": "fig"})
    provider.script([Say(calls=(bad, good))])

    message = await model.bind_tools([Fruit]).ainvoke("count")

    assert isinstance(message, AIMessage)
    assert message.response_metadata[MALFORMED_CALLS] == {bad.id: arguments}
    assert message.tool_calls[-1]["args"] == {"name": "fig"}


async def test_an_answer_that_cannot_be_read_is_a_failure(provider: FakeOpenAI, model: BaseChatModel) -> None:
    provider.script([Say(calls=(Call("Fruit", "[1]"),)), "never said"])
    whole = model.model_copy(update={"streaming": False})

    assert ((await failure(whole)).code, len(provider.asked)) == ("llm_unreadable", 1)


async def test_calls_without_arguments_are_fine(provider: FakeOpenAI, model: BaseChatModel) -> None:
    provider.script([Say(calls=(Call("Fruit", ""), Call("Fruit", "{}")))])

    message = await model.bind_tools([Fruit]).ainvoke("count")

    assert MALFORMED_CALLS not in message.response_metadata
    assert isinstance(message, AIMessage)
    assert [call["args"] for call in message.tool_calls] == [{}, {}]


async def test_usage_is_counted_with_what_was_cached(provider: FakeOpenAI, model: BaseChatModel) -> None:
    provider.script([Say("Yes.", usage=(100, 20), cached_tokens=60)])

    message = await model.ainvoke("hello")

    assert isinstance(message, AIMessage)
    assert message.usage_metadata
    assert message.usage_metadata["total_tokens"] == 120
    assert (message.usage_metadata.get("input_token_details") or {}).get("cache_read") == 60
