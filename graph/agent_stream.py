"""An agent's stream, read: the turn's events that it holds, and what its result needs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graph.state import AgentResult, Pause, RemoteInterrupt
from narutalk.choices import CHOICE_KEY, Choice
from narutalk.events import Chart, Citation, TokenEvent, Usage, drawable_charts

DEGRADED = "degraded"
"""In an agent's message's `response_metadata`: the offline model wrote it, as the language model failed."""
STREAM_MODES = ["custom", "messages-tuple", "updates"]
INTERRUPT_KEY = "__interrupt__"


@dataclass
class Progress:
    """What has been read so far of a task, in this run and in those before its pauses.

    Attributes:
        text: The last whole message of the model.
        answered: Whether that message is an answer.
        messages: How many messages of the model came to their end.
        resets: How often the text of the next one was taken back in this stream.
        citations: Each once.
        charts: Each once.
        interrupts: What the agent waits for at the end of its run.
        degraded: Whether the offline model stood in for the agent's language model.
        choice: What the last tool call found to choose from.
    """

    text: str = ""
    answered: bool = False
    messages: int = 0
    resets: int = 0
    citations: list[Citation] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    degraded: bool = False
    interrupts: list[RemoteInterrupt] = field(default_factory=list)
    choice: Choice | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Which of the model's texts comes now, counted alike in every stream of the task."""
        return self.messages, self.resets

    def begin(self, pause: Pause | None) -> None:
        """The run begins from its beginning: what is known is what came before the pause."""
        self.text, self.answered, self.messages, self.interrupts, self.choice = "", False, 0, [], None
        self.citations = list(pause.citations) if pause else []
        self.charts = list(pause.charts) if pause else []
        self.usage = pause.usage if pause else Usage()
        self.degraded = pause.degraded if pause else False

    def result(self, agent: str, *, duration_ms: float) -> AgentResult:
        """Return the result of a task that was answered."""
        return AgentResult(
            agent=agent,
            status="success",
            text=self.text,
            citations=self.citations,
            charts=self.charts,
            usage=self.usage,
            degraded=self.degraded,
            duration_ms=duration_ms,
            choice=self.choice,
        )


def turn_events(
    name: str, data: Any, *, agent: str, alone: bool, progress: Progress
) -> Iterator[dict[str, Any]]:
    """Map one event of an agent's stream to the turn's events, and note what the result needs.

    ``tool``, ``citation`` and ``chart`` events pass as the agent wrote them, but no ``chart`` that cannot be
    drawn or is one too many; ``token`` and ``reset`` for whom their text is; text of the model becomes
    ``token``; the updates carry the whole last message, which is the answer, and what the agent waits for.
    """
    if name == "custom" and isinstance(data, dict):
        yield from _own_events(data, agent=agent, alone=alone, progress=progress)
    elif name == "messages":
        chunk = data[0]
        text = chunk.get("content") if isinstance(chunk, dict) else None
        if text and isinstance(text, str) and chunk.get("type") == "AIMessageChunk":
            yield TokenEvent(agent=None if alone else agent, text=text).model_dump(mode="json")
    elif name == "updates" and isinstance(data, dict):
        _note_update(data, progress)


def _own_events(
    data: dict[str, Any], *, agent: str, alone: bool, progress: Progress
) -> Iterator[dict[str, Any]]:
    """Return what an agent's middleware wrote, if it belongs to the turn."""
    kind = data.get("type")
    if kind == "citation":
        citation = Citation.model_validate(data)
        if citation not in progress.citations:
            progress.citations.append(citation)
    if kind == "chart":
        known = progress.charts
        progress.charts = drawable_charts([*known, data])
        if len(progress.charts) > len(known):
            yield data
    elif kind in ("tool", "citation"):
        yield data
    elif kind in ("token", "reset"):
        if kind == "reset":
            progress.resets += 1
        yield {**data, "agent": None if alone else agent}


def note_state(state: dict[str, Any], question_id: str, progress: Progress) -> None:
    """Note what an agent's thread holds of a question, where the stream did not hold it."""
    progress.begin(None)
    progress.interrupts = [RemoteInterrupt.model_validate(found) for found in state["interrupts"]]
    messages = state["values"].get("messages", [])
    asked = [position for position, message in enumerate(messages) if message["type"] == "human"]
    if not asked or messages[asked[-1]].get("id") != question_id:
        return
    since = messages[asked[-1] + 1 :]
    for message in since:
        artifact = message.get("artifact") if message["type"] == "tool" else None
        found = artifact.get("citations", ()) if isinstance(artifact, dict) else ()
        progress.citations += [Citation.model_validate(citation) for citation in found]
        if isinstance(artifact, dict) and artifact.get("chart"):
            progress.charts = drawable_charts([*progress.charts, artifact["chart"]])
    _note_update({"": {"messages": since}}, progress)


def _note_update(update: dict[str, Any], progress: Progress) -> None:
    for found in update.get(INTERRUPT_KEY) or ():
        progress.interrupts.append(RemoteInterrupt.model_validate(found))
    for message in _messages(update, "tool"):
        artifact = message.get("artifact")
        found = artifact.get(CHOICE_KEY) if isinstance(artifact, dict) else None
        progress.choice = Choice.model_validate(found) if found else None
    for message in _messages(update, "ai"):
        progress.messages += 1
        progress.resets = 0
        if isinstance(message.get("content"), str) and not message.get("tool_calls"):
            progress.text = message["content"]
            progress.answered = True
        usage = message.get("usage_metadata") or message.get("additional_kwargs", {}).get("usage_metadata")
        progress.usage = progress.usage + Usage.counted(usage)
        if (message.get("response_metadata") or {}).get(DEGRADED):
            progress.degraded = True


def _messages(update: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    for node_update in update.values():
        found = node_update.get("messages", ()) if isinstance(node_update, dict) else ()
        messages = [message for message in found if isinstance(message, dict)]
        if not any(message.get("type") == "remove" for message in messages):  # it mends the history
            yield from (message for message in messages if message.get("type") == kind)
