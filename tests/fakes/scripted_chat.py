"""A chat model that says what a test has scripted, and refuses histories that providers refuse."""

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult

Script = Callable[[Sequence[BaseMessage]], AIMessage]


class ScriptedChat(BaseChatModel):
    """Answers as a function of the messages; tools are bound without effect.

    Attributes:
        script: Gets the messages, and returns what the model says.
    """

    script: Script

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, *_args: Any, **_kwargs: Any) -> Any:
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **_kwargs: Any,
    ) -> ChatResult:
        refuse_like_a_provider(messages)
        return ChatResult(generations=[ChatGeneration(message=self.script(messages))])


def refuse_like_a_provider(messages: Sequence[BaseMessage]) -> None:
    """Raise unless the results of every message's tool calls stand right behind it."""
    for position, message in enumerate(messages):
        waiting = {call["id"] for call in message.tool_calls} if isinstance(message, AIMessage) else set()
        for following in messages[position + 1 :]:
            if not isinstance(following, ToolMessage):
                break
            waiting.discard(following.tool_call_id)
        if waiting:
            raise ValueError(f"tool calls without a result: {sorted(map(str, waiting))}")
