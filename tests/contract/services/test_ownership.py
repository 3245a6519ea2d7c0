"""Walks every route of every service as a stranger who knows every id of the owner.

Nothing is found, changed or told: what is another's looks the same as what does not exist. The fifth server
has the test graphs, and a run of the owner's that is going on.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from narutalk.identity import Identity, Role
from tests.contract.services.asking import asks
from tests.contract.services.belongings import (
    Ids,
    hold_conversation,
    make_belongings,
    random_ids,
    read_everything,
)
from tests.contract.services.ownership import LANGGRAPH, MARKER, REST, WEBSOCKET, Ask, Declarations, routes
from tests.contract.services.running import NAMES, RunningService

pytestmark = pytest.mark.slow

STRANGER = Identity(user_id="u-boris", username="boris", roles=frozenset(Role) - {Role.ADMIN})
"""A role opens what is the company's, never what is another's."""
READER = Identity(user_id="u-boris", username="boris")
"""Of documents: there a manager may change what is in the index."""

ANSWER_SECONDS = 10
PUBLIC_IDS = ("graph_id", "employee_id", "client_id")


@pytest.fixture(scope="module")
def conversation_id(services: dict[str, RunningService]) -> str:
    return hold_conversation(services["router"])


@pytest.fixture(scope="module", params=[*NAMES, "graphs"])
def walked(
    request: pytest.FixtureRequest, services: dict[str, RunningService], graphs: RunningService
) -> RunningService:
    return graphs if request.param == "graphs" else services[request.param]


@pytest.fixture(scope="module")
def owned(walked: RunningService, conversation_id: str) -> list[Ids]:
    """The ids of all that the owner made at the service."""
    return make_belongings(walked, conversation_id)


@pytest.fixture(scope="module")
def stranger(walked: RunningService) -> Iterator[httpx.Client]:
    with walked.http(READER if walked.name == "document" else STRANGER) as client:
        yield client


@pytest.fixture(scope="module")
def own_thread_id(walked: RunningService, stranger: httpx.Client) -> str:
    """A thread of the stranger's, that ran."""
    thread_id = str(stranger.post("/threads", json={}).json()["thread_id"])
    body = {"assistant_id": walked.graph_id, "input": asks("안녕하세요")}
    stranger.post(f"/threads/{thread_id}/runs/wait", json=body).raise_for_status()
    return thread_id


def declarations(service: RunningService) -> Declarations:
    return LANGGRAPH | REST[service.name]


def test_every_route_is_declared(walked: RunningService) -> None:
    undeclared = set(routes(walked.app)) - set(declarations(walked)) - {("GET", "/me"), ("GET", "/broken")}
    assert not undeclared
    assert not set(REST[walked.name]) - set(routes(walked.app))


def test_a_stranger_finds_and_changes_nothing(
    walked: RunningService, owned: list[Ids], stranger: httpx.Client, own_thread_id: str
) -> None:
    before = read_everything(walked, owned)
    served = set(routes(walked.app))
    problems: list[str] = []
    for (method, path), asked in declarations(walked).items():
        if (method, path) not in served or method == WEBSOCKET:
            continue
        for ids in owned if "{thread_id}" in path else owned[:1]:
            for ask in asked:
                answer = _sent(stranger, method, path, ask, {**ids, "own_thread_id": own_thread_id})
                problems += _problems(ask, answer, ids)
                if ask.code and not ask.creates:
                    other = random_ids(ids) | {"own_thread_id": own_thread_id}
                    told = _told(_sent(stranger, method, path, ask, other))
                    if told != _told(answer):
                        problems.append(f"{method} {path}: {_told(answer)}, but {told} for what is not there")
    assert not problems, "\n".join(problems)
    assert read_everything(walked, owned) == before


def test_a_stranger_hears_nothing_on_a_websocket(
    walked: RunningService, owned: list[Ids], own_thread_id: str
) -> None:
    before = read_everything(walked, owned)
    headers = walked.headers(STRANGER)
    for path, asked in websockets(walked):
        for ids in owned:
            url = walked.url.replace("http", "ws", 1) + path.format(**ids)
            for ask in asked:
                with connect(url, additional_headers=headers) as socket:
                    socket.send(json.dumps(_filled(ask.body, {**ids, "own_thread_id": own_thread_id})))
                    with pytest.raises(ConnectionClosed) as closed:
                        socket.recv(timeout=ANSWER_SECONDS)
                assert closed.value.rcvd
                assert (closed.value.rcvd.code, MARKER in closed.value.rcvd.reason) == (ask.status, False), (
                    ask
                )
    assert read_everything(walked, owned) == before


def test_a_websocket_needs_a_token(walked: RunningService, owned: list[Ids]) -> None:
    for path, _asked in websockets(walked):
        url = walked.url.replace("http", "ws", 1) + path.format(**owned[0])
        for headers in ({}, {"Authorization": "Bearer not.a.token"}):
            with pytest.raises(InvalidStatus) as refused, connect(url, additional_headers=headers):
                pass
            assert refused.value.response.status_code in (401, 403)


def websockets(service: RunningService) -> list[tuple[str, tuple[Ask, ...]]]:
    """Return the paths of its WebSockets, and what is asked there."""
    served = set(routes(service.app))
    declared = declarations(service).items()
    return [
        (path, asked)
        for (method, path), asked in declared
        if method == WEBSOCKET and (method, path) in served
    ]


def _sent(client: httpx.Client, method: str, path: str, ask: Ask, ids: Ids) -> httpx.Response:
    in_path = ids | ({"thread_id": ids["own_thread_id"]} if ask.on_own_thread else {})
    sent = {} if ask.body is None else {"json": _filled(ask.body, ids)}
    return client.request(method, path.format(**in_path), params=_filled(ask.query, ids), **sent)


def _filled(template: Any, ids: Ids) -> Any:
    if isinstance(template, Mapping):
        return {key: _filled(value, ids) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(entry, ids) for entry in template]
    if isinstance(template, str) and template.startswith("{"):
        return template.format(**ids)
    return template


def _told(answer: httpx.Response) -> tuple[int, str | None]:
    is_error = answer.status_code >= 400
    return answer.status_code, answer.json()["error"]["code"] if is_error else None


def _problems(ask: Ask, answer: httpx.Response, ids: Ids) -> Iterator[str]:
    request = answer.request
    sent = f"{request.method} {request.url.raw_path.decode()} {request.content.decode()}"
    if _told(answer) != (ask.status, ask.code):
        yield f"{sent}: {answer.status_code} {answer.text[:100]}"
    told = f"{answer.text} {answer.headers}"
    secrets = [value for name, value in ids.items() if name.endswith("_id") and name not in PUBLIC_IDS]
    leaked = [value for value in (MARKER, *secrets) if value in told and value not in sent]
    if leaked:
        yield f"{sent}: tells the owner's {leaked}"
