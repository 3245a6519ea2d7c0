"""Conversations through the real processes, from the files in tests/data/conversations.

A conversation is a list of turns, each with what its answer must be. A turn is one of:

- ``say``: asks; with ``new: true`` in a new conversation, with ``user`` as somebody else (whose it then is).
- ``fill``: asks so many of the messages in ``say``, one after the other, and looks at no answer.
- ``resume``: answers the approval that waits: ``approve``, ``edit`` (with ``args``) or ``refuse``.

What is looked at, where a turn has it: ``agents`` that worked, ``intent``, ``says`` and ``never`` (texts),
``figures`` (from SQL, see `conversation_figures`), ``cites`` (files), ``waits`` (the tool call that waits for
an approval), ``removed`` (which of the conversation's ``documents`` are gone), ``refused`` (an error's code).
"""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from httpx_sse import connect_sse

from narutalk.identity import Role
from tests.company import ADMIN_PASSWORD, Company
from tests.integration.conversation_figures import texts

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

FOLDER = Path(__file__).parents[1] / "data" / "conversations"
CONVERSATIONS = [
    {"about": path.stem, **entry}
    for path in sorted(FOLDER.glob("*.yaml"))
    for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
]
DEFAULT_USER = "jiwoo"


class People:
    """Sessions of the people who talk; whom the company does not know yet, its administrator adds."""

    def __init__(self, company: Company, opened: ExitStack) -> None:
        self._company = company
        self._opened = opened
        self._sessions = {"admin": opened.enter_context(company.login())}

    def session(self, username: str) -> httpx.Client:
        if username not in self._sessions:
            self._add(username)
            session = self._opened.enter_context(self._company.login(username))
            self._sessions[username] = session
        return self._sessions[username]

    def _add(self, username: str) -> None:
        passwords = {"password1": ADMIN_PASSWORD, "password2": ADMIN_PASSWORD}
        admin = self._sessions["admin"]
        form = {"username": username, "csrfmiddlewaretoken": admin.headers["X-CSRFToken"], **passwords}
        added = admin.post("/admin/accounts/user/add/", data=form)
        assert "/change/" in str(added.url), f"{username} was not added"


class Documents:
    """What a conversation finds in the library beside the company's own documents."""

    def __init__(self, company: Company, titles: list[str]) -> None:
        url = company.settings.service_urls("document")[0]
        headers = {"Authorization": f"Bearer {company.token(Role.MANAGER)}"}
        self._service = httpx.Client(base_url=url, headers=headers)
        self._titles = titles

    def __enter__(self) -> "Documents":
        if self._titles:
            texts = [{"title": title, "text": f"About: {title}."} for title in self._titles]
            job = self._service.post("/index", json={"documents": texts}).raise_for_status().json()
            self._wait_for(job["job_id"])
        return self

    def __exit__(self, *_: object) -> None:
        for title, document_id in self._ids().items():
            if title in self._titles:
                self._service.delete(f"/documents/{document_id}").raise_for_status()
        self._service.close()

    def gone(self) -> list[str]:
        """Which of them are there no more."""
        left = self._ids()
        return [title for title in self._titles if title not in left]

    def _ids(self) -> dict[str, str]:
        page = self._service.get("/documents", params={"limit": 100}).raise_for_status().json()
        return {document["title"]: document["document_id"] for document in page["documents"]}

    def _wait_for(self, job_id: str) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            progress = self._service.get(f"/index/{job_id}").json()
            if progress["status"] == "succeeded":
                return
            assert progress["status"] in ("queued", "running"), progress
            time.sleep(0.05)
        raise AssertionError(f"{self._titles} were never indexed")


class Talk:
    """One conversation after the other, of one person or of several."""

    def __init__(self, company: Company, people: People, documents: "Documents") -> None:
        self._company = company
        self._people = people
        self._documents = documents
        self._ids: dict[str, str] = {}
        self._waiting: list[dict[str, Any]] = []

    def take(self, user: str, turn: dict[str, Any]) -> None:
        """Take a turn, and look at its answer."""
        session = self._people.session(user)
        if turn.get("new"):
            self._ids.pop(user, None)
        if "resume" in turn:
            answer = self._resume(session, self._ids[user], turn)
        elif "fill" in turn:
            for number in range(turn["fill"]):
                answer = self._ask(session, user, turn["say"][number % len(turn["say"])])
        else:
            answer = self._ask(session, user, turn["say"])
        if "removed" in turn:
            assert self._documents.gone() == turn["removed"]
        if "refused" in turn:
            assert answer["error"]["code"] == turn["refused"]
        else:
            self._check(session, answer, turn)

    def _ask(self, session: httpx.Client, user: str, message: str) -> dict[str, Any]:
        body = {"message": message, "conversation_id": self._ids.get(user)}
        response = session.post("/api/chat", json=body)
        assert response.status_code == httpx.codes.OK, response.text
        answer: dict[str, Any] = response.json()
        self._ids[user] = answer["conversation_id"]
        return answer

    def _resume(self, session: httpx.Client, conversation_id: str, turn: dict[str, Any]) -> dict[str, Any]:
        [asked] = self._waiting
        body = {"interrupt_id": asked["id"], "decision": turn["resume"], "args": turn.get("args")}
        url = f"/api/conversations/{conversation_id}/resume"
        with connect_sse(session, "POST", url, json=body) as source:
            if source.response.is_error:
                refusal: dict[str, Any] = json.loads(source.response.read())
                return refusal
            events = [sse.json() for sse in source.iter_sse()]
        closing: dict[str, Any] = events[-1]
        assert closing["type"] == "final", closing
        return closing

    def _check(self, session: httpx.Client, answer: dict[str, Any], turn: dict[str, Any]) -> None:
        text = answer["response"]
        assert answer["degraded"] is False
        assert {agent["status"] for agent in answer["agents"]} <= (
            {"interrupted"} if "waits" in turn else {"success"}
        )
        if "agents" in turn:
            assert {agent["name"] for agent in answer["agents"]} == {*turn["agents"]}, text
        if "intent" in turn:
            assert answer["intent"] == turn["intent"]
        wanted = [*turn.get("says", ()), *texts(self._company, turn.get("figures", {}))]
        assert not [one for one in wanted if one not in text], text
        assert not [one for one in turn.get("never", ()) if one in text], text
        assert {*turn.get("cites", ())} <= {citation["source"] for citation in answer["citations"]}
        if "waits" in turn:
            self._waiting = _interrupts(session, answer["conversation_id"])
            [value] = [asked["value"] for asked in self._waiting]
            assert {"tool": value["name"], "args": value["args"]} == turn["waits"]


def _interrupts(session: httpx.Client, conversation_id: str) -> list[dict[str, Any]]:
    stored = session.get(f"/api/conversations/{conversation_id}").json()["messages"][-1]
    return [asked for agent in stored["agents"] for asked in agent.get("interrupts", [])]


@pytest.fixture(scope="module")
def people(company: Company) -> Iterator[People]:
    with ExitStack() as opened:
        yield People(company, opened)


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda entry: entry["id"])
def test_a_conversation(company: Company, people: People, conversation: dict[str, Any]) -> None:
    user = conversation.get("user", DEFAULT_USER)
    with Documents(company, conversation.get("documents", [])) as documents:
        talk = Talk(company, people, documents)
        for turn in conversation["turns"]:
            talk.take(turn.get("user", user), turn)


def test_there_are_thirty_of_them_in_both_languages() -> None:
    kinds = [entry["about"] for entry in CONVERSATIONS]
    assert len({entry["id"] for entry in CONVERSATIONS}) == len(CONVERSATIONS) >= 30
    assert sum(entry["id"].startswith("ko-") for entry in CONVERSATIONS) >= 10
    at_least = {"follow_ups": 8, "corrections": 4, "memory": 6, "forgetting": 3, "approvals": 4, "long": 2}
    assert all(kinds.count(kind) >= count for kind, count in at_least.items())
