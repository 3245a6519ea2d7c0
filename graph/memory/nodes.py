"""The supervisor's nodes for long-term memory: recall as a turn begins, and do what is asked of it."""

from collections.abc import Mapping
from typing import Any, Literal

from anyio import to_thread
from langgraph.config import get_stream_writer
from langgraph.runtime import Runtime
from langgraph.types import Command as GoTo

from graph.conversation_id import conversation_id
from graph.history import last_question
from graph.memory.commands import Command, Said, command_in
from graph.memory.items import MAX_TEXT_CHARS, Memory, new_memory, preferences_of
from graph.memory.keeping import Memories
from graph.memory.phrases import say
from graph.memory.recalled import Recalled
from graph.memory.search import MemoryEmbedder, about, fitting
from graph.memory.secrets import holds_secret
from graph.own_answer import close_turn
from graph.state import SupervisorState
from narutalk.events import TokenEvent
from narutalk.languages import Language
from narutalk.run_identity import identity_from_runtime

REMEMBER: Literal["remember"] = "remember"


class MemoryNodes:
    """What the nodes work with.

    Args:
        embedder: Finds memories by meaning; without one they are found by their words.
    """

    def __init__(self, embedder: MemoryEmbedder | None) -> None:
        self._embedder = embedder

    async def recall(self, state: SupervisorState, runtime: Runtime[None]) -> dict[str, Any]:
        """Begin a turn: drop the results of the turn before, and recall what is known of the person.

        Its delegations stay for follow-ups; what was remembered last stays until an agent works, for
        "forget that".

        Raises:
            InvalidInput: ``message_missing``.
        """
        question = last_question(state.get("messages", [])).text
        latest = [] if state.get("results") else state.get("remembered", [])
        recalled = Recalled()
        if runtime.store is not None:
            known = await Memories(runtime.store, identity_from_runtime(runtime)).all()
            recalled = await to_thread.run_sync(self._recalled, question, known, latest)
        return {
            "results": None,
            "sent": [],
            "final": None,
            "previous": state.get("previous", []),
            "remembered": latest,
            "memory": recalled,
        }

    async def remember(self, state: SupervisorState, runtime: Runtime[None]) -> GoTo[Any]:
        """Do what is asked of the memory, and say so; then answer what else the message asks, if anything."""
        recalled = state["memory"]
        command = recalled.command
        if command is None or runtime.store is None:
            raise RuntimeError("`begin` leads here only with a command, and there is one only with a store.")
        memories = Memories(runtime.store, identity_from_runtime(runtime))
        known = await memories.all()
        kept: dict[str, Memory] = {}
        question = last_question(state["messages"]).text
        if command.action == "remember":
            kept, refused = await self._keep(command.said, memories, known, conversation_id(runtime))
            recalled = recalled.model_copy(update={"preferences": preferences_of({**known, **kept})})
            language = recalled.language(question)
            text = _kept_text(kept, refused, len(known), language)
        else:
            language = recalled.language(question)
            text = await _told(command, recalled.keys, memories, known, language)
        # What was remembered last stays so while it is only listed: "forget that" may come next.
        update: dict[str, Any] = {} if command.action == "list" else {"remembered": list(kept)}
        if command.rest:
            recalled = recalled.model_copy(update={"notice": f"{text}\n\n"})
            get_stream_writer()(TokenEvent(text=recalled.notice).model_dump(mode="json"))
            return GoTo(update={**update, "memory": recalled}, goto="route")
        closed = close_turn(state, runtime, text, language, "memory")
        return GoTo(update={**update, **closed, "memory": recalled}, goto="fold")

    def _recalled(self, message: str, known: Mapping[str, Memory], latest: list[str]) -> Recalled:
        """Return what is asked of the memory, and what is known; blocks for the embedding."""
        recalled = Recalled(preferences=preferences_of(known))
        command = command_in(message)
        if command and command.action != "remember":
            keys = self._meant(command, known, [key for key in latest if key in known])
            if keys or command.firm:
                return recalled.model_copy(update={"command": command, "keys": keys})
            command = None
        if command and not command.rest:
            return recalled.model_copy(update={"command": command})
        recalled = recalled.model_copy(update={"command": command})
        found = fitting(recalled.question(message), known, self._embedder)
        return recalled.model_copy(update={"relevant": [known[key].text for key in found]})

    def _meant(self, command: Command, known: Mapping[str, Memory], latest: list[str]) -> list[str]:
        if command.everything:
            return list(known)
        if command.latest:
            return latest
        if command.name:
            return [key for key, memory in known.items() if memory.name == command.name]
        return about(command.about, known, self._embedder)

    async def _keep(
        self, said: list[Said], memories: Memories, known: Mapping[str, Memory], conversation_id: str
    ) -> tuple[dict[str, Memory], Literal["secret", "full", "what"] | None]:
        """Keep what was said, without what is secret; return what was kept, and why something was not."""
        kept: dict[str, Memory] = {}
        refused: Literal["secret", "full", "what"] | None = None
        for one in said:
            if holds_secret(one.text):
                refused = "secret"
            elif not one.text.strip():
                refused = refused or "what"
            else:
                memory = await self._memory(one, conversation_id)
                if await memories.keep(memory, {**known, **kept}):
                    kept[memory.key()] = memory
                else:
                    refused = refused or "full"
        return kept, refused

    async def _memory(self, said: Said, conversation_id: str) -> Memory:
        text = said.text[:MAX_TEXT_CHARS]
        vectors = (
            await to_thread.run_sync(self._embedder.embed_documents, [text]) if self._embedder else [None]
        )
        return new_memory(said, conversation_id=conversation_id, vector=vectors[0])


def _kept_text(
    kept: Mapping[str, Memory],
    refused: Literal["secret", "full", "what"] | None,
    known: int,
    language: Language,
) -> str:
    texts = [memory.text for memory in kept.values()]
    said = [say("remembered", language, texts)] if texts else []
    if refused:
        said.append(say(refused, language, known))
    return "\n\n".join(said)


async def _told(
    command: Command, keys: list[str], memories: Memories, known: Mapping[str, Memory], language: Language
) -> str:
    """List memories, or forget them, and return what is said of it."""
    texts = [known[key].text for key in keys if key in known]
    if command.action == "list":
        return say("list", language, texts) if texts else say("none", language)
    if command.everything:
        return say("forgot_all", language, await memories.forget_all())
    await memories.forget(keys)
    return say("forgotten", language, texts) if texts else say("nothing", language)
