"""Approving changes of client data over the client service's own routes, on SQLite and PostgreSQL.

Each person has a thread of their own, as the router gives it to them; a pause is answered by a run with
``command.resume``. What there is afterwards is read from ``/clients`` and its list of changes.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from narutalk.identity import Identity, Role, ensure_keys
from narutalk.settings import load_settings
from services.process import build_app
from tests.contract.services.running import RunningService, listening, serving, wait_until_ready
from tests.unit.tools.clients.sample import TINY, open_company

MIRA = Identity(user_id="u-mira", username="mira", roles=frozenset({Role.USER, Role.MANAGER}))
MAX = Identity(user_id="u-max", username="max", roles=frozenset({Role.USER, Role.MANAGER}))
BUSAN = Identity(user_id="u-bea", username="bea", groups=frozenset({"region:BUS", "employee:E0001"}))
GRADE_TO_B = "Change Hanbit Central Hospital's grade to B"
APPROVE, REFUSE = {"type": "approve"}, {"type": "reject"}


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], ids=str
)
def client_service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, _clean_environment: None
) -> Iterator[RunningService]:
    url = SecretStr(request.getfixturevalue("postgres_url") if request.param == "postgresql" else "")
    settings = load_settings(
        data_dir=tmp_path_factory.mktemp("approving"),
        database_url=url,
        client_database_url=url,
        transaction_database_url=url,
        ship_logs=False,
        _env_file=None,
    )
    ensure_keys(settings)
    with open_company(settings, TINY), listening() as socket:
        app: Any = build_app("client", settings)
        running = RunningService("client", app, f"http://127.0.0.1:{socket.getsockname()[1]}", settings)
        with serving(app, socket):
            wait_until_ready(running)
            yield running


class Talk:
    """One person's thread at the client service."""

    def __init__(self, service: RunningService, who: Identity) -> None:
        self.http: httpx.Client = service.http(who)
        self._thread = self.http.post("/threads", json={}).raise_for_status().json()["thread_id"]

    def shown(self, text: str) -> dict[str, Any]:
        """Ask, and return what waits for an approval; empty where nothing does."""
        state = self._run({"input": {"messages": [{"role": "user", "content": text}]}})
        waiting = state.get("__interrupt__") or [{"value": {}}]
        return dict(waiting[0]["value"])

    def decide(self, decision: dict[str, str] = APPROVE) -> str:
        return str(self._run({"command": {"resume": decision}})["messages"][-1]["content"])

    def grade(self, client_id: str = "C0001") -> str:
        return str(self.http.get(f"/clients/{client_id}").raise_for_status().json()["grade"])

    def changes(self, client_id: str = "C0001") -> list[dict[str, Any]]:
        answer = self.http.get(f"/clients/{client_id}/changes", params={"limit": 100})
        return list(answer.raise_for_status().json()["changes"])

    def _run(self, given: dict[str, Any]) -> dict[str, Any]:
        body = {"assistant_id": "client", "durability": "sync", **given}
        state = self.http.post(f"/threads/{self._thread}/runs/wait", json=body).raise_for_status().json()
        assert "__error__" not in state, state
        return dict(state)


@pytest.fixture
def talks(client_service: RunningService) -> Iterator[tuple[Talk, Talk]]:
    """Two managers' threads; what they changed is taken back."""
    first, second = Talk(client_service, MIRA), Talk(client_service, MAX)
    try:
        yield first, second
    finally:
        if first.grade() != "A":
            first.shown("Change Hanbit Central Hospital's grade to A")
            first.decide()
        first.http.close()
        second.http.close()


def _at_once(*calls: Any) -> list[str]:
    barrier = Barrier(len(calls))

    def called(call: Any) -> str:
        barrier.wait(30)
        return str(call())

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(called, calls))


def test_two_people_who_approve_the_same_at_once_do_it_once(talks: tuple[Talk, Talk]) -> None:
    known = {change["id"] for change in talks[0].changes()}
    for talk in talks:
        assert talk.shown(GRADE_TO_B)["changes"] == [{"field": "Grade", "before": "A", "after": "B"}]

    answers = _at_once(*(talk.decide for talk in talks))

    done = [change for change in talks[0].changes() if change["id"] not in known]
    assert [(change["before"], change["after"]) for change in done] == [({"grade": "A"}, {"grade": "B"})]
    assert sorted("undo that" in answer for answer in answers) == [False, True], answers
    assert talks[0].grade() == "B"


def test_one_person_who_approves_twice_at_once_does_it_once(talks: tuple[Talk, Talk]) -> None:
    made = len(talks[0].changes())
    talks[0].shown(GRADE_TO_B)

    answers = _at_once(talks[0].decide, talks[0].decide)

    assert all("was changed" in answer for answer in answers), answers
    assert len(talks[0].changes()) == made + 1


def test_a_change_says_who_when_what_and_why(talks: tuple[Talk, Talk]) -> None:
    known = {change["id"] for change in talks[0].changes()}
    talks[0].shown(GRADE_TO_B)
    talks[0].decide()

    [change] = [change for change in talks[1].changes() if change["id"] not in known]

    assert (change["asked_by"], change["approved_by"], change["approved_by_id"]) == ("mira", "mira", "u-mira")
    assert (change["kind"], change["reason"]) == ("update_client", GRADE_TO_B)
    assert change["made_at"].endswith(("Z", "+00:00"))
    assert change["run_id"]


def test_what_is_refused_leaves_no_trace(talks: tuple[Talk, Talk]) -> None:
    before = talks[0].http.get("/clients").json(), talks[0].changes()
    talks[0].shown(GRADE_TO_B)

    assert "refused" in talks[0].decide(REFUSE)

    assert (talks[0].http.get("/clients").json(), talks[0].changes()) == before


def test_a_change_is_taken_back_once_and_that_is_written_down(talks: tuple[Talk, Talk]) -> None:
    known = {change["id"] for change in talks[0].changes()}
    talks[0].shown(GRADE_TO_B)
    talks[0].decide()
    assert talks[0].shown("undo that")["changes"] == [{"field": "Grade", "before": "B", "after": "A"}]

    assert "taken back" in talks[0].decide()

    undoing, undone = (change for change in talks[0].changes() if change["id"] not in known)
    assert (undoing["kind"], undoing["undoes"], undone["undone_by"]) == (
        "undo_change",
        undone["id"],
        undoing["id"],
    )
    assert talks[0].grade() == "A"


def test_a_change_is_not_taken_back_over_a_later_one_of_somebody_else(talks: tuple[Talk, Talk]) -> None:
    talks[0].shown(GRADE_TO_B)
    talks[0].decide()
    talks[1].shown("Change Hanbit Central Hospital's grade to C")
    talks[1].decide()
    made = len(talks[0].changes())

    assert talks[0].shown("undo that") == {}

    assert talks[0].grade() == "C"
    assert len(talks[0].changes()) == made


def test_who_does_not_see_a_client_is_shown_nothing_and_finds_no_changes(
    talks: tuple[Talk, Talk], client_service: RunningService
) -> None:
    """She is the employee who looks after it, but it does not lie in the region that she is limited to."""
    elsewhere = Talk(client_service, BUSAN)
    with closing(elsewhere.http) as http:
        assert elsewhere.shown(GRADE_TO_B) == {}
        assert [http.get(f"/clients/C0001{path}").status_code for path in ("", "/changes")] == [404, 404]
    assert talks[0].grade() == "A"
