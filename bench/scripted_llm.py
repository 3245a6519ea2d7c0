"""What the fake provider of a benchmark says: what the offline model worked out for the same questions.

So every side gets the same tool calls and the same texts, and what differs is how often a side asks.
"""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, NamedTuple

from tests.fakes.openai_server import Answer, Asked, Call, Say

HANDOFF = "transfer_to_"
"""How `langgraph-supervisor` begins the names of its tools that hand a conversation to an agent."""
CHARS_PER_TOKEN = 4


class Work(NamedTuple):
    """How a question was answered once.

    Attributes:
        question: In the person's words.
        tasks: Each agent's part of it; in the order of the delegations.
        calls: Each agent's tool calls, as names and arguments.
        texts: Each agent's answer.
        answer: The turn's.
    """

    question: str
    tasks: dict[str, str]
    calls: dict[str, list[tuple[str, dict[str, Any]]]]
    texts: dict[str, str]
    answer: str


class Spent(NamedTuple):
    """What a turn cost at the provider.

    Attributes:
        calls: Requests.
        input_tokens: About a quarter of the characters of messages and tools.
        output_tokens: About a quarter of the characters of texts and calls.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def tokens(self) -> int:
        """In and out."""
        return self.input_tokens + self.output_tokens


async def worked_out(question: str, events: AsyncIterator[dict[str, Any]]) -> Work:
    """Return how a turn went, from its events."""
    work = Work(question, {}, defaultdict(list), defaultdict(str), "")
    async for event in events:
        match event["type"]:
            case "route":
                work.tasks.update({entry["agent"]: entry["task"] for entry in event["delegations"]})
            case "tool" if event["status"] == "running":
                work.calls[event["agent"]].append((event["name"], event["args"]))
            case "token":
                [alone, *_] = work.tasks
                work.texts[event["agent"] or (alone if len(work.tasks) == 1 else "")] += event["text"]
            case "final":
                work = work._replace(answer=event["response"])
    return work


class ScriptedLLM:
    """Answers as a sensible model does that knows the questions; a script for the fake provider.

    An agent's model calls its tools, then answers. A model that combines says what it is given. A
    supervisor's model hands over to each agent that the question needs, one after the other, then answers.

    Args:
        works: Of all questions that may come.
    """

    def __init__(self, works: Iterable[Work]) -> None:
        self._works: dict[str, Work] = {}
        for work in works:
            self._works.update(dict.fromkeys([work.question, *work.tasks.values()], work))
        self._spent = Spent()

    def __call__(self, asked: Asked) -> Answer:
        """Answer a request."""
        say = self._say(asked)
        written = say.text + "".join(call.name + call.json for call in say.calls)
        given = json.dumps([asked.messages, asked.body.get("tools", [])], ensure_ascii=False)
        usage = (-(-len(given) // CHARS_PER_TOKEN), -(-len(written) // CHARS_PER_TOKEN))
        self._spent = Spent(
            self._spent.calls + 1, self._spent.input_tokens + usage[0], self._spent.output_tokens + usage[1]
        )
        return Say(say.text, say.calls, usage)

    def take_spent(self) -> Spent:
        """Return what was spent since this was asked last."""
        spent, self._spent = self._spent, Spent()
        return spent

    def _say(self, asked: Asked) -> Say:
        if not asked.tools:
            return Say(asked.last_text)
        work = self._works[_last_question(asked.messages)]
        if any(tool.startswith(HANDOFF) for tool in asked.tools):
            return _supervise(work, asked)
        agent = next(
            name for name, calls in work.calls.items() if {call for call, _ in calls} <= {*asked.tools}
        )
        if asked.messages[-1]["role"] == "tool" and _called(asked.messages) & {*asked.tools}:
            return Say(work.texts[agent])
        return Say(calls=tuple(Call(name, args) for name, args in work.calls[agent]))


def _supervise(work: Work, asked: Asked) -> Say:
    """Hand over to who has not answered yet, or answer; agents' messages carry their names."""
    behind = asked.messages[_question_position(asked.messages) :]
    answered = {message.get("name") for message in behind if message["role"] == "assistant"}
    missing = next((agent for agent in work.tasks if agent not in answered), None)
    return Say(calls=(Call(f"{HANDOFF}{missing}"),)) if missing else Say(work.answer)


def _called(messages: Sequence[dict[str, Any]]) -> set[str]:
    """Return what was called since the last question."""
    behind = messages[_question_position(messages) :]
    return {call["function"]["name"] for message in behind for call in message.get("tool_calls") or ()}


def _question_position(messages: Sequence[dict[str, Any]]) -> int:
    return max(position for position, message in enumerate(messages) if message["role"] == "user")


def _last_question(messages: Sequence[dict[str, Any]]) -> str:
    return str(messages[_question_position(messages)]["content"])
