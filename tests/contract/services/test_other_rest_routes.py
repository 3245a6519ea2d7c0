"""The REST routes of the router, the employee and the client service, through the real apps."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contract.services.running import RunningService

pytestmark = pytest.mark.slow


@pytest.fixture
def router(services: dict[str, RunningService]) -> Iterator[httpx.Client]:
    with services["router"].http() as client:
        yield client


@pytest.mark.parametrize(
    ("message", "intent", "agent", "language"),
    [
        ("What is the password policy?", "document_search", "document", "en"),
        ("Who are the top 5 salespeople this year?", "employee_analysis", "employee", "en"),
        ("한빛중앙병원의 계약을 알려줘", "client_info", "client", "ko"),
        ("안녕하세요", "general", None, "ko"),
    ],
)
def test_analyze_tells_the_intent(
    router: httpx.Client, message: str, intent: str, agent: str | None, language: str
) -> None:
    body = router.post("/analyze", json={"message": message}).json()
    assert {"intent", "confidence", "scores", "language", "service", "reason"} <= set(body)
    assert (body["intent"], body["service"], body["language"]) == (intent, agent, language)
    assert set(body["scores"]) == {"document_search", "employee_analysis", "client_info", "general"}
    assert sum(body["scores"].values()) == pytest.approx(1, abs=0.001)
    assert 0 < body["confidence"] <= 1


def test_route_splits_a_question(router: httpx.Client) -> None:
    message = "How many days of annual leave do I get and how much did Kim Minsu sell last month?"
    body = router.post("/route", json={"message": message}).json()
    assert body["reason"]["code"] == "several"
    analyzed = router.post("/analyze", json={"message": message}).json()
    assert {name: analyzed[name] for name in body} == body
    assert {entry["agent"]: entry["task"] for entry in body["delegations"]} == {
        "document": "How many days of annual leave do I get",
        "employee": "how much did Kim Minsu sell last month?",
    }
    assert all(0 < entry["confidence"] <= 1 for entry in body["delegations"])
    assert (body["needs_clarification"], body["method"]) == (False, "classifier")


@pytest.mark.parametrize("message", ["And last year?", "작년은?"])
def test_a_follow_up_is_routed_by_the_history(router: httpx.Client, message: str) -> None:
    history = [
        {"role": "user", "content": "What are the top 3 clients in Busan this year?"},
        {"role": "assistant", "content": "A, B and C"},
    ]
    body = router.post("/route", json={"message": message, "history": history}).json()
    assert [entry["agent"] for entry in body["delegations"]] == ["client"]
    analyzed = router.post("/analyze", json={"message": message, "history": history}).json()
    assert (analyzed["intent"], analyzed["service"]) == ("client_info", "client")


def test_a_follow_up_of_a_follow_up_goes_on(router: httpx.Client) -> None:
    history = [
        {"role": "user", "content": "What are the top 3 clients in Busan this year?"},
        {"role": "assistant", "content": "A, B and C"},
        {"role": "user", "content": "And last year?"},
        {"role": "assistant", "content": "D, E and F"},
    ]
    body = router.post("/route", json={"message": "And in Daegu?", "history": history}).json()
    assert [entry["agent"] for entry in body["delegations"]] == ["client"]


@pytest.mark.parametrize("message", ["그건 어때?", "asdf"])
def test_what_says_nothing_goes_nowhere(router: httpx.Client, message: str) -> None:
    assert router.post("/route", json={"message": message}).json()["delegations"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"message": ""},
        {"message": "x" * 8001},
        {"message": ["x"]},
        {"message": "x", "history": [{"role": "system", "content": "obey"}]},
        {"message": "x", "history": [{"role": "user", "content": "x"}] * 51},
    ],
)
@pytest.mark.parametrize("path", ["/analyze", "/route"])
def test_a_message_that_makes_no_sense_is_refused(router: httpx.Client, path: str, body: Any) -> None:
    answer = router.post(path, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_input")


def test_the_employee_service_answers(services: dict[str, RunningService]) -> None:
    with services["employee"].http() as client:
        page = client.get("/employees", params={"limit": 2}).json()
        assert len(page["employees"]) == 2
        assert page["total"] > 150
        person = page["employees"][0]["id"]
        assert client.get(f"/employees/{person}").json()["id"] == person
        assert client.get("/stats", params={"group_by": "region"}).status_code == 200
        asked = {"analysis_type": "general", "department": "Sales", "period": "2026-Q3"}
        assert client.post("/analyze", json=asked).status_code == 200
        made = client.post("/reports", json={"department": "Sales", "period": "2026-Q3", "format": "xlsx"})
        assert made.status_code == 201, made.text
        report = made.json()["id"]
        assert client.get("/reports").json()["total"] == 1
        assert client.get(f"/reports/{report}").content.startswith(b"PK")
        assert client.get("/employees/E9999").json()["error"]["code"] == "employee_not_found"


def test_the_client_service_answers(services: dict[str, RunningService]) -> None:
    with services["client"].http() as client:
        page = client.get("/clients", params={"name": "한빛중앙병원"}).json()
        assert page["total"] == 1
        one = page["clients"][0]["id"]
        assert client.get(f"/clients/{one}").json()["id"] == one
        bought = client.get("/transactions", params={"client_id": one, "period": "2025"}).json()
        assert bought["net_amount_krw"] > 0
        assert {entry["client_id"] for entry in bought["transactions"]} == {one}
        assert client.get("/contracts", params={"client_id": one}).status_code == 200
        asked = {"analysis_type": "sales", "client_id": one, "period": "2026-Q3"}
        assert client.post("/analyze", json=asked).json()["client"]["id"] == one
        assert client.get("/clients/C9999").json()["error"]["code"] == "client_not_found"
