"""What the supervisor says in its own words: the model's, or what rules make of it when there is none."""

import asyncio
from collections.abc import Callable, Sequence

import structlog
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage
from pydantic import BaseModel

from graph import answer
from graph.history_nodes import memory_data
from graph.memory.recalled import Recalled
from graph.prompts import COMBINE_PROMPT, GENERAL_PROMPT
from narutalk.errors import LlmFailed
from narutalk.events import ResetEvent, TokenEvent, Usage
from narutalk.languages import Language
from narutalk.offline import OfflineChatModel

logger = structlog.get_logger(__name__)

PIECE_CHARS = 48
TIMEOUT_SECONDS = 30.0

Write = Callable[[BaseModel], None]


class Spoken(BaseModel):
    """What was said.

    Attributes:
        usage: Of the language model.
        degraded: Whether it failed, and rules spoke instead.
    """

    text: str
    usage: Usage = Usage()
    degraded: bool = False


class Speaker:
    """Streams texts as the answer's tokens.

    When the model fails, the tokens so far are taken back, and the text by rule is streamed instead.

    Args:
        model: Writes them; the offline model leaves it to the rules.
        timeout_seconds: For one text, with repetitions.
    """

    def __init__(self, model: BaseChatModel, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._model = model
        self._timeout_seconds = timeout_seconds

    async def combine(
        self, question: HumanMessage, combined: str, write: Write, recalled: Recalled
    ) -> Spoken:
        """Write one answer from several agents' under headings, which stand as they are without a model."""
        if isinstance(self._model, OfflineChatModel):
            write_pieces(combined, write)
            return Spoken(text=combined)
        told = SystemMessage(f"{COMBINE_PROMPT}{recalled.wishes()}")
        asked = [told, *memory_data(recalled), question, AIMessage(combined)]
        spoken = await self._speak(asked, write)
        if spoken is None:
            write_pieces(combined, write)
            return Spoken(text=combined, degraded=True)
        return spoken

    async def small_talk(
        self, messages: Sequence[AnyMessage], language: Language, write: Write, recalled: Recalled
    ) -> Spoken:
        """Answer small talk; by rule, with what can be asked about."""
        if not isinstance(self._model, OfflineChatModel):
            told = SystemMessage(f"{GENERAL_PROMPT}{recalled.wishes()}")
            spoken = await self._speak([told, *messages], write)
            if spoken is not None:
                return spoken
        reply = await OfflineChatModel().ainvoke(list(messages))
        is_short = recalled.preferences.get("format") == "short"
        text = reply.text if is_short else answer.small_talk(reply.text, language)
        write_pieces(text, write)
        return Spoken(text=text, degraded=not isinstance(self._model, OfflineChatModel))

    async def _speak(self, messages: Sequence[AnyMessage], write: Write) -> Spoken | None:
        """Stream the model's text; None when it failed, and what was streamed was taken back."""
        text, usage = "", Usage()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                async for chunk in self._model.astream(list(messages)):
                    usage = usage + Usage.counted(getattr(chunk, "usage_metadata", None))
                    if chunk.text:
                        text += chunk.text
                        write(TokenEvent(text=chunk.text))
            if not text.strip():
                raise LlmFailed("The language model said nothing.", code="llm_empty")
        except (LlmFailed, TimeoutError) as error:
            code = error.code if isinstance(error, LlmFailed) else "llm_timeout"
            logger.warning("answer_degraded", code=code, error=str(error)[:300])
            write(ResetEvent())
            return None
        return Spoken(text=text, usage=usage)


def write_pieces(text: str, write: Write) -> None:
    """Stream a text that is there already, word by word."""
    start = 0
    while start < len(text):
        end = start + PIECE_CHARS
        while end < len(text) and not text[end].isspace():
            end += 1
        write(TokenEvent(text=text[start:end]))
        start = end
