"""A chat model that streams and calls tools without any LLM."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    ToolMessage,
)
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from pydantic import ConfigDict, PrivateAttr

from narutalk.languages import Language
from narutalk.offline import phrases
from narutalk.offline.hints import hints_of
from narutalk.offline.planning import Call, OfflineTool, Planner, missing_question
from narutalk.offline.unread import note_on
from narutalk.quoting import answer_language, unquoted

CHUNK_CHARS = 24


class OfflineChatModel(BaseChatModel):
    """Picks tools and fills their arguments by the tools' `OfflineHints`, and answers from their results.

    It reads the conversation only: the last question, the tool results that came after it, and the
    calls of the turn before. The same conversation always gives the same answer.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    offline_tools: tuple[OfflineTool, ...] = ()
    planner: Planner | None = None
    _last_bound: tuple[Sequence[Any], "OfflineChatModel"] | None = PrivateAttr(default=None)

    @property
    def _llm_type(self) -> str:
        return "narutalk-offline"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[Any, AIMessage]:
        """Return a copy that may call those of the tools that declare `OfflineHints`.

        An agent binds the same tools before every call, and indexing their phrases takes longer than an
        answer: the last copy is kept.
        """
        if self._last_bound and _are_same(self._last_bound[0], tools):
            return self._last_bound[1]
        offline = offline_tools(tool for tool in tools if isinstance(tool, BaseTool))
        bound = self.model_copy(update={"offline_tools": offline, "planner": Planner(offline)})
        self._last_bound = (tuple(tools), bound)
        return bound

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._reply(messages))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in _chunks(self._reply(messages)):
            if run_manager:
                run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
            yield chunk

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self._generate(messages)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in _chunks(self._reply(messages)):
            if run_manager:
                await run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
            yield chunk

    def _reply(self, messages: Sequence[BaseMessage]) -> AIMessage:
        asked = max((index for index, m in enumerate(messages) if isinstance(m, HumanMessage)), default=None)
        if asked is None:
            return AIMessage(content=phrases.WHAT_IT_IS[Language.EN])
        question, context = unquoted(messages[asked].text)
        language = answer_language(messages)
        results = [message for message in messages[asked + 1 :] if isinstance(message, ToolMessage)]
        if results:
            return AIMessage(content=self._answer(results, question, language, context))
        return self._act(question, language, _previous_calls(messages[:asked]), context)

    def _act(
        self, question: str, language: Language, previous: Sequence[Call], context: str = ""
    ) -> AIMessage:
        if self.planner is None or not self.offline_tools:
            reply = phrases.small_talk(question, language)
            return AIMessage(content=reply or phrases.UNSURE[language])
        decision = self.planner.plan(question, previous, context)
        if decision.missing:
            tool, argument = decision.missing
            ask = missing_question(tool, argument, language)
            return AIMessage(content=ask or phrases.MISSING[language].format(argument=argument))
        if not decision.calls:
            return AIMessage(content=phrases.UNSURE[language])
        calls = [
            {"name": call.tool, "args": call.args, "id": f"call_{uuid4().hex[:16]}", "type": "tool_call"}
            for call in decision.calls
        ]
        return AIMessage(content="", tool_calls=calls)

    def _answer(
        self, results: Sequence[ToolMessage], question: str, language: Language, context: str = ""
    ) -> str:
        writers = {tool.name: tool.hints.answer for tool in self.offline_tools}
        parts = []
        for result in results:
            write = writers.get(result.name or "")
            if write and isinstance(result.artifact, dict) and result.status == "success":
                parts.append(write(result.artifact, question, language))
            else:
                parts.append(result.text)
        parts.append(self._doubt(results, question, language, context))
        return "\n\n".join(part.strip() for part in parts if part.strip())

    def _doubt(self, results: Sequence[ToolMessage], question: str, language: Language, context: str) -> str:
        """Return what the answer must say of words that no tool read; empty when all were."""
        called = [result.name or "" for result in results if result.status == "success"]
        words = self.planner.unread(question, called, context) if self.planner else []
        return note_on(words, language) if words else ""


def _are_same(left: Sequence[Any], right: Sequence[Any]) -> bool:
    return len(left) == len(right) and all(a is b for a, b in zip(left, right, strict=True))


def offline_tools(tools: Iterable[BaseTool]) -> tuple[OfflineTool, ...]:
    """Return those of the tools that declare `OfflineHints`, as the planner sees them."""
    return tuple(_offline_tool(tool) for tool in tools if hints_of(tool))


def _offline_tool(tool: BaseTool) -> OfflineTool:
    hints = hints_of(tool)
    if hints is None:
        raise ValueError(f"tool {tool.name} declares no offline hints")
    required = frozenset(tool.get_input_jsonschema().get("required", ()))
    return OfflineTool(tool.name, required & frozenset(tool.args), hints)


def _previous_calls(messages: Sequence[BaseMessage]) -> list[Call]:
    """Return the calls of the last turn that made any."""
    for message in reversed(messages):
        if isinstance(message, AIMessage) and message.tool_calls:
            return [Call(call["name"], dict(call["args"])) for call in message.tool_calls]
    return []


def _chunks(message: AIMessage) -> Iterator[ChatGenerationChunk]:
    if message.tool_calls:
        chunk = AIMessageChunk(content="", tool_calls=message.tool_calls)
        yield ChatGenerationChunk(message=chunk)
        return
    text = message.text
    start = 0
    while start < len(text):
        end = start + CHUNK_CHARS
        while end < len(text) and not text[end].isspace():
            end += 1
        yield ChatGenerationChunk(message=AIMessageChunk(content=text[start:end]))
        start = end
