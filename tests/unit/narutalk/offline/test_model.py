from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import StructuredTool
from pydantic import BaseModel

from narutalk.languages import Language
from narutalk.offline import OfflineChatModel, OfflineHints
from narutalk.offline.finders import whole_question
from narutalk.offline.hints import HINTS_KEY


class Args(BaseModel):
    query: str


def build_tool(**hints: object) -> StructuredTool:
    return StructuredTool.from_function(
        func=lambda query: query,
        name="search",
        description="Search.",
        args_schema=Args,
        metadata={
            HINTS_KEY: OfflineHints(
                phrases={Language.EN: ["find"]}, finders={"query": whole_question}, fallback=True, **hints
            )
        },
    )


def test_it_calls_a_tool_then_answers_from_its_result() -> None:
    model = OfflineChatModel().bind_tools([build_tool()])
    question = HumanMessage("Where is the exit?")
    call = model.invoke([question])
    assert call.tool_calls[0]["args"] == {"query": "Where is the exit?"}
    result = ToolMessage("At the end.", tool_call_id=call.tool_calls[0]["id"], name="search")
    assert model.invoke([question, call, result]).text == "At the end."


def test_a_tools_own_writer_writes_the_answer() -> None:
    tool = build_tool(answer=lambda artifact, question, language: f"{language}: {artifact['n']} ({question})")
    model = OfflineChatModel().bind_tools([tool])
    result = ToolMessage("raw", tool_call_id="1", name="search", artifact={"n": 3})
    assert model.invoke([HumanMessage("몇 개야?"), AIMessage(""), result]).text == "ko: 3 (몇 개야?)"


def test_a_failed_call_is_answered_with_its_message() -> None:
    model = OfflineChatModel().bind_tools([build_tool(answer=lambda *_: "never")])
    result = ToolMessage("Not permitted.", tool_call_id="1", name="search", status="error", artifact={})
    assert model.invoke([HumanMessage("salary?"), AIMessage(""), result]).text == "Not permitted."


def test_streaming_says_the_same_as_invoking() -> None:
    model = OfflineChatModel()
    question = [HumanMessage("what can you do")]
    pieces = [chunk.text for chunk in model.stream(question)]
    assert len(pieces) > 1
    assert "".join(pieces) == model.invoke(question).text


async def test_async_streaming_says_the_same() -> None:
    model = OfflineChatModel()
    question = [HumanMessage("누구세요?")]
    pieces = [chunk.text async for chunk in model.astream(question)]
    assert "".join(pieces) == model.invoke(question).text
    assert "오프라인 모델" in "".join(pieces)


def test_without_tools_it_makes_small_talk_and_admits_when_it_cannot() -> None:
    model = OfflineChatModel()
    assert "welcome" in model.invoke([HumanMessage("thanks a lot")]).text
    assert "not sure" in model.invoke([HumanMessage("Colourless green ideas")]).text
