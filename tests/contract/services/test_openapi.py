"""Schemathesis over the OpenAPI of every service: requests that fit it, and requests that do not."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from narutalk.identity import Identity, Role
from tests.contract.services.asking import asks, fresh_id
from tests.contract.services.running import RunningService
from tests.contract.services.test_routes import DEV, PUBLIC, REST

pytestmark = [
    pytest.mark.slow,
    # The servers, in threads of this process, use `random` while Hypothesis draws.
    pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies"),
]

FUZZER = Identity(user_id="u-fuzzer", username="fuzzer", roles=frozenset({Role.USER, Role.MANAGER}))
READERS = {
    "user": Identity(user_id="u-user", username="user"),
    "of-one-region": Identity(user_id="u-busan", username="busan", groups=frozenset({"region:BUS"})),
    "of-own-clients": Identity(
        user_id="u-own", username="own", groups=frozenset({"clients:own", "employee:E0002"})
    ),
    "hr": Identity(user_id="u-hr", username="hr", roles=frozenset({Role.HR})),
    "admin": Identity(user_id="u-admin", username="admin", roles=frozenset({Role.ADMIN})),
    "nobody": Identity(user_id="u-nobody", username="nobody", roles=frozenset()),
}
CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]
EXAMPLES = 5
LANGGRAPH_AT = "client"
"""The LangGraph routes are the same code in all services: here they are asked what does not fit too."""
ANSWER_SECONDS = 20
ENDLESS = ("GET /threads/{thread_id}/stream", "POST /threads/{thread_id}/stream/events")
"""Streams without an end are read for so long."""
ENDLESS_SECONDS = 3
MAX_STREAM_EVENTS = 3

AnyCase = Case[Any]
Ask = Callable[[AnyCase], None]


def operations(service: RunningService) -> Iterator[APIOperation[Any, Any, Any, Any]]:
    """Yield what the service's OpenAPI promises; what deletes comes last, the smallest first."""
    config = SchemathesisConfig.from_dict({"max-stream-events": MAX_STREAM_EVENTS})
    described = deepcopy(service.app.openapi())
    for methods in described["paths"].values():
        for operation in methods.values():
            operation.pop("security", None)  # the token is ours to send or to leave out
    schema = schemathesis.openapi.from_dict(described, config=config)
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert len(found) == sum(len(methods) for methods in described["paths"].values())
    return iter(
        sorted(found, key=lambda one: (one.method == "delete", one.method == "delete" and -len(one.path)))
    )


def repeated(strategy: SearchStrategy[AnyCase], ask: Ask, examples: int) -> None:
    """Ask the same examples on every run."""

    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def each(case: AnyCase) -> None:
        ask(case)

    each()


def known_ids(service: RunningService) -> dict[str, str]:
    """Make a thread with a run, and return what the paths can name."""
    with service.http(FUZZER) as client:
        thread_id = fresh_id()
        body = {"assistant_id": service.graph_id, "input": asks("안녕하세요"), "if_not_exists": "create"}
        client.post(f"/threads/{thread_id}/runs/wait", json=body).raise_for_status()
        run = client.get(f"/threads/{thread_id}/runs").json()[0]
        state = client.get(f"/threads/{thread_id}/state").json()
        ids = {
            "thread_id": thread_id,
            "run_id": run["run_id"],
            "checkpoint_id": state["checkpoint"]["checkpoint_id"],
            "assistant_id": service.graph_id,
        }
        return ids | _first_ids(service, client)


def _first_ids(service: RunningService, client: httpx.Client) -> dict[str, str]:
    if service.name == "document":
        return {"document_id": client.get("/documents").json()["documents"][0]["document_id"]}
    if service.name == "employee":
        return {"employee_id": client.get("/employees").json()["employees"][0]["id"]}
    if service.name == "client":
        return {"client_id": client.get("/clients").json()["clients"][0]["id"]}
    return {}


@pytest.fixture
def answered(service: RunningService) -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def test_every_answer_is_declared(service: RunningService, answered: requests.Session) -> None:
    ids = known_ids(service)
    headers = service.headers(FUZZER)
    problems: dict[str, str] = {}

    def ask(case: AnyCase, *, named: dict[str, str] | None = None) -> None:
        if named and isinstance(case.body, dict) and "assistant_id" in case.body:
            case.body["assistant_id"] = named["assistant_id"]
        seconds = ENDLESS_SECONDS if case.operation.label in ENDLESS else ANSWER_SECONDS
        answer = case.call(base_url=service.url, session=answered, headers=headers, timeout=seconds)
        assert answer.status_code != 401
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:  # told after all were asked; raised, it would be asked again
            problems[case.operation.label] = "\n".join(map(str, group.exceptions))

    for operation in operations(service):
        named = {entry.name: ids[entry.name] for entry in operation.path_parameters if entry.name in ids}
        own = (operation.method.upper(), operation.path) in REST[service.name]
        thorough, endless = own or service.name == LANGGRAPH_AT, operation.label in ENDLESS
        keeps = operation.method != "delete" or operation.path.startswith("/threads")
        if keeps and (thorough or not endless):
            examples = EXAMPLES if thorough and not endless else 1
            repeated(operation.as_strategy(path_parameters=named), partial(ask, named=ids), examples)
        if thorough or endless:
            repeated(operation.as_strategy(), ask, EXAMPLES)
        if thorough and (len(operation.query) or len(operation.body) or len(operation.headers)):
            repeated(operation.as_strategy(GenerationMode.NEGATIVE), ask, EXAMPLES)
    assert not problems, "\n\n".join(f"{label}\n{text}" for label, text in problems.items())


@pytest.mark.parametrize("who", READERS)
@pytest.mark.parametrize("name", ["employee", "client"])
def test_company_data_is_answered_as_declared_to_everybody(
    services: dict[str, RunningService], name: str, who: str
) -> None:
    """Requests that fit, some with names and ids that exist, and requests that do not fit."""
    service = services[name]
    headers = service.headers(READERS[who])
    problems: dict[str, str] = {}
    reached: set[str] = set()

    def ask(case: AnyCase, *, session: requests.Session) -> None:
        answer = case.call(base_url=service.url, session=session, headers=headers, timeout=ANSWER_SECONDS)
        if answer.status_code < 400:
            reached.add(case.operation.label)
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:
            problems[case.operation.label] = "\n".join(map(str, group.exceptions))

    with service.http(FUZZER) as client:
        ids = _first_ids(service, client)
    asked = [one for one in operations(service) if (one.method.upper(), one.path) in REST[name]]
    with requests.Session() as session:
        for operation in asked:
            named = {entry.name: ids[entry.name] for entry in operation.path_parameters if entry.name in ids}
            repeated(operation.as_strategy(path_parameters=named), partial(ask, session=session), EXAMPLES)
            if len(operation.query) or len(operation.body):
                strategy = operation.as_strategy(GenerationMode.NEGATIVE)
                repeated(strategy, partial(ask, session=session), EXAMPLES)
    assert not problems, "\n\n".join(f"{label}\n{text}" for label, text in problems.items())
    assert (f"GET /{name}s" in reached) is (name == "employee" or who != "nobody")


def test_no_operation_answers_without_a_token(service: RunningService, answered: requests.Session) -> None:
    def ask(case: AnyCase) -> None:
        answer = case.call(base_url=service.url, session=answered, timeout=ANSWER_SECONDS)
        case.validate_response(answer, checks=CHECKS)
        assert answer.status_code == (200 if public else 401), case.operation.label

    for operation in operations(service):
        public = (operation.method.upper(), operation.path) in PUBLIC | DEV
        repeated(operation.as_strategy(), ask, 1)
