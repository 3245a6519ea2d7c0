"""Charts of an answer: streamed, answered, stored with the turn, and given again."""

from uuid import uuid4

import httpx
from structlog.testing import capture_logs

from narutalk.events import MAX_CHART_BYTES, MAX_CHARTS
from tests.fakes.router_server import Fail, FakeRouter
from tests.fakes.turns import bars, chart_turn
from tests.unit.django_admin.streams import asking, following, frames, ids_of, read_messages

AGES = bars("Receivables by age", 1200, 700, 90)
MONTHS = bars("월별 순매출", 5, 8)
BIG = {"title": "Everything", "spec": {"data": {"values": ["x" * MAX_CHART_BYTES]}}}
FROM_ELSEWHERE = {"title": "Elsewhere", "spec": {"data": {"url": "https://elsewhere.example/data.json"}}}


def test_charts_are_streamed_and_kept_with_the_turn(client: httpx.Client, router: FakeRouter) -> None:
    router.script(*chart_turn(AGES, MONTHS))

    with asking(client) as source:
        conversation_id, message_id = ids_of(source)
        got = list(frames(source))

    streamed = [frame.event for frame in got if frame.type == "chart"]
    assert streamed == [{"type": "chart", "agent": "client", **chart} for chart in (AGES, MONTHS)]
    assert got[-1].event["charts"] == [AGES, MONTHS]
    question, answer = read_messages(client, conversation_id)
    assert (question["charts"], answer["charts"]) == ([], [AGES, MONTHS])
    with following(client, message_id, after=99) as source:
        assert [frame.event["charts"] for frame in frames(source)] == [[AGES, MONTHS]]


def test_the_whole_answer_has_its_charts(client: httpx.Client, router: FakeRouter) -> None:
    router.script(*chart_turn(AGES))

    assert client.post("/api/chat", json={"message": "Who owes us?"}).json()["charts"] == [AGES]


def test_a_chart_that_cannot_be_drawn_costs_only_itself(client: httpx.Client, router: FakeRouter) -> None:
    router.script(*chart_turn(BIG, AGES, FROM_ELSEWHERE))

    with capture_logs() as logs, asking(client) as source:
        conversation_id, _ = ids_of(source)
        got = list(frames(source))

    assert [frame.event["title"] for frame in got if frame.type == "chart"] == [AGES["title"]]
    assert got[-1].event["charts"] == [AGES]
    assert read_messages(client, conversation_id)[1]["charts"] == [AGES]
    dropped = [log for log in logs if log["event"] == "chart dropped"]
    assert len(dropped) == 2
    assert f"at most {MAX_CHART_BYTES} bytes" in str(dropped[0]["reasons"])


def test_an_answer_has_so_many_charts_and_no_more(client: httpx.Client, router: FakeRouter) -> None:
    many = [bars(f"Chart {number}", number + 1) for number in range(MAX_CHARTS + 2)]
    router.script(*chart_turn(*many))

    assert client.post("/api/chat", json={"message": "All"}).json()["charts"] == many[:MAX_CHARTS]


def test_a_turn_that_failed_keeps_what_came_and_its_repetition_begins_anew(
    client: httpx.Client, router: FakeRouter
) -> None:
    message_id = str(uuid4())
    router.script(*chart_turn(AGES)[:3], Fail())
    with asking(client, message_id=message_id) as source:
        conversation_id, _ = ids_of(source)
        assert list(frames(source))[-1].type == "error"
    assert read_messages(client, conversation_id)[1]["charts"] == [AGES]

    router.script(*chart_turn(MONTHS))
    with asking(client, message_id=message_id) as source:
        list(frames(source))
    assert read_messages(client, conversation_id)[1]["charts"] == [MONTHS]


def test_the_schema_says_what_a_chart_is(client: httpx.Client) -> None:
    schemas = client.get("/api/openapi.json").json()["components"]["schemas"]

    assert set(schemas["Chart"]["required"]) == {"title", "spec"}
    for body in ("Answer", "MessageOut"):
        charts = schemas[body]["properties"]["charts"]
        assert (charts["items"]["$ref"], charts["maxItems"]) == ("#/components/schemas/Chart", MAX_CHARTS)
