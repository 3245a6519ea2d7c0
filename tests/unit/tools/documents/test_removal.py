"""Removing documents by asking for it, with the offline model."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from agents.document.graph import build_graph
from narutalk.identity import Identity, Role
from narutalk.offline import OfflineChatModel
from narutalk.run_identity import run_config
from tools.documents.library import DocumentLibrary
from tools.documents.removal import ASKS_TO_REMOVE, UNKNOWN

MANAGER = Identity(user_id="m", username="max", roles=frozenset({Role.MANAGER}))


class Conversation:
    """One conversation with the document agent."""

    def __init__(self, library: DocumentLibrary, identity: Identity) -> None:
        self._graph = build_graph(OfflineChatModel(), library, InMemorySaver())
        self._config = run_config(identity)
        self._config["configurable"]["thread_id"] = str(uuid4())

    async def ask(self, text: str) -> dict[str, Any]:
        return await self._run({"messages": [HumanMessage(text)]})

    async def decide(self, decision: dict[str, Any]) -> str:
        return str((await self._run(Command(resume=decision)))["messages"][-1].text)

    async def go_on(self) -> str:
        return str((await self._run(None))["messages"][-1].text)

    async def _run(self, given: Any) -> dict[str, Any]:
        return dict(await self._graph.ainvoke(given, RunnableConfig(**self._config)))  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("question", "description", "done"),
    [
        (
            "Remove the document Annual leave",
            "The document “Annual leave” (annual-leave.md) will be removed for everyone.",
            "The document **Annual leave** (annual-leave.md) was removed.",
        ),
        (
            "경조사 휴가 문서 삭제해 줘",
            "‘경조사 휴가’(family-events.md) 문서가 모든 사람에게서 삭제됩니다.",
            "**경조사 휴가**(family-events.md) 문서를 삭제했습니다.",
        ),
    ],
)
async def test_a_document_is_removed_once_that_is_approved(
    library: DocumentLibrary, question: str, description: str, done: str
) -> None:
    conversation = Conversation(library, MANAGER)

    asked = await conversation.ask(question)

    assert asked["__interrupt__"][0].value["description"] == description
    before = library.store.count()
    assert await conversation.decide({"type": "approve"}) == done
    assert library.store.count() == before - 1


async def test_a_refused_document_stays(library: DocumentLibrary) -> None:
    conversation = Conversation(library, MANAGER)
    before = library.store.count()
    await conversation.ask("Delete Annual leave")

    assert "refused" in await conversation.decide({"type": "reject"})
    assert library.store.count() == before


async def test_who_may_not_remove_it_is_told(library: DocumentLibrary, user: Identity) -> None:
    ended = await Conversation(library, user).ask("Delete Annual leave")

    assert "__interrupt__" not in ended
    assert ended["messages"][-1].text == UNKNOWN["en"]


@pytest.mark.parametrize("question", ["When are old papers deleted?", "How do I delete Annual leave days?"])
async def test_a_question_about_removing_removes_nothing(library: DocumentLibrary, question: str) -> None:
    assert not ASKS_TO_REMOVE.search(question)
    assert "__interrupt__" not in await Conversation(library, MANAGER).ask(question)


async def test_one_approval_that_arrives_twice_removes_once(library: DocumentLibrary) -> None:
    conversation = Conversation(library, MANAGER)
    await conversation.ask("Remove the document Annual leave")
    before = library.store.count()

    answers = await asyncio.gather(*(conversation.decide({"type": "approve"}) for _ in range(2)))

    assert set(answers) == {"The document **Annual leave** (annual-leave.md) was removed."}
    assert library.store.count() == before - 1


async def test_two_people_who_approve_the_same_removal_do_it_once(library: DocumentLibrary) -> None:
    conversations = [Conversation(library, MANAGER) for _ in range(2)]
    for conversation in conversations:
        await conversation.ask("Remove the document Annual leave")

    answers = await asyncio.gather(*(one.decide({"type": "approve"}) for one in conversations))

    assert sorted(answers) == sorted(
        ["The document **Annual leave** (annual-leave.md) was removed.", UNKNOWN["en"]]
    )


async def test_a_removal_whose_end_was_lost_is_told_again(
    library: DocumentLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = Conversation(library, MANAGER)
    await conversation.ask("Remove the document Annual leave")
    with monkeypatch.context() as died:
        died.setattr(library, "publish", _die)
        with pytest.raises(RuntimeError):
            await conversation.decide({"type": "approve"})

    assert await conversation.go_on() == "The document **Annual leave** (annual-leave.md) was removed."


def _die() -> None:
    raise RuntimeError("the process died behind the removal")
