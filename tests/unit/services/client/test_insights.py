"""`POST /analyze` with the analyses of the agent's tools, over the company of `sample`: added up by hand."""

from typing import Any

import pytest

from narutalk.identity import Identity
from tests.unit.services.client.conftest import ClientFor

BUSAN = frozenset({"region:BUS"})


async def _asked(client_for: ClientFor, who: Identity, **body: Any) -> dict[str, Any]:
    async with client_for(who) as client:
        answer = await client.post("/analyze", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["analysis_type"] == found["result"]["analysis_type"] == body["analysis_type"]
    assert found["result"]["citations"]
    return found


async def test_rfm(client_for: ClientFor, user: Identity) -> None:
    found = await _asked(client_for, user, analysis_type="rfm")
    assert found["period"] == {"start": "2025-11-01", "end": "2026-10-31", "assumed": True}
    result = found["result"]
    assert result["clients"] == sum(segment["clients"] for segment in result["segments"]) == 4
    assert sum(segment["net_krw"] for segment in result["segments"]) == 10_100
    best = {entry["client_id"]: entry for entry in result["best"]}
    assert best["C0002"]["net_krw"] == 5_000
    assert set(best["C0002"]["scores"]) == {"recency", "frequency", "money"}


async def test_concentration(client_for: ClientFor, user: Identity) -> None:
    result = (await _asked(client_for, user, analysis_type="concentration"))["result"]
    figures = result["figures"]
    assert (figures["clients"], figures["top"], figures["needed"]) == (4, 1, 2)  # 5,000 + 4,000 of 10,100
    assert figures["top_share"] == pytest.approx(5_000 / 10_100, abs=1e-4)
    assert [entry["net_krw"] for entry in result["top"]] == [5_000, 4_000, 700, 400]
    assert result["top"][-1]["running_share"] == pytest.approx(1)


async def test_receivables_by_age(client_for: ClientFor, user: Identity) -> None:
    result = (await _asked(client_for, user, analysis_type="receivables"))["result"]
    assert result["as_of"] == "2026-10-31"
    ages = [(b["from_days"], b["to_days"], b["overdue_krw"], b["unpaid_krw"]) for b in result["buckets"]]
    assert ages == [
        (0, 30, 0, 700),
        (31, 60, 0, 0),
        (61, 90, 0, 0),
        (91, 120, 2_000, 0),
        (121, None, 400, 0),
    ]


async def test_trend_of_a_client(client_for: ClientFor, user: Identity) -> None:
    found = await _asked(client_for, user, analysis_type="trend", client_id="C0001")
    assert found["client"]["name"]["ko"] == "한빛중앙병원"
    assert found["period"] is None
    months = {point["month"]: point["amount_krw"] for point in found["result"]["figures"]["months"]}
    assert (months["2025-10-01"], months["2026-07-01"], months["2026-08-01"]) == (1_000, 5_000, -1_000)
    assert found["result"]["figures"]["total_krw"] == 5_000


async def test_changes(client_for: ClientFor, user: Identity) -> None:
    asked = {"analysis_type": "changes", "direction": "grew", "period": "2026-Q3", "owner": "Pak Ji-hoon"}
    asked |= {"region": "Busan"}
    result = (await _asked(client_for, user, **asked))["result"]
    assert [(e["client_id"], e["now_krw"], e["before_krw"]) for e in result["entries"]] == [
        ("C0002", 5_000, 0)
    ]


async def test_risks_among_some_clients(client_for: ClientFor, user: Identity) -> None:
    result = (await _asked(client_for, user, analysis_type="risks", grade="A"))["result"]
    assert (result["judged"], sum(result["counts"].values())) == (1, 1)


async def test_story_of_a_client(client_for: ClientFor, user: Identity) -> None:
    result = (await _asked(client_for, user, analysis_type="story", client_id="C0002"))["result"]
    assert (result["client"]["id"], result["total"]["amount_krw"], result["rank"]) == ("C0002", 5_000, 1)
    assert (result["unpaid_krw"], result["overdue_krw"]) == (2_000, 2_000)
    assert [contract["id"] for contract in result["contracts"]] == ["K00003"]


async def test_only_what_the_caller_sees_is_counted(client_for: ClientFor, user: Identity) -> None:
    limited = user.model_copy(update={"groups": BUSAN})
    assert (await _asked(client_for, limited, analysis_type="rfm"))["result"]["clients"] == 2
    figures = (await _asked(client_for, limited, analysis_type="concentration"))["result"]["top"]
    assert [entry["net_krw"] for entry in figures] == [5_000, 700]
    for kind in ("story", "trend", "receivables"):
        async with client_for(limited) as client:
            answer = await client.post("/analyze", json={"analysis_type": kind, "client_id": "C0001"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "client_not_found")


@pytest.mark.parametrize(
    "body",
    [
        {"analysis_type": "story"},
        {"analysis_type": "rfm", "client_id": "C0001"},
        {"analysis_type": "rfm", "region": "Atlantis"},
        {"analysis_type": "trend", "period": "soon"},
        {"analysis_type": "trend", "category": "bread"},
        {"analysis_type": "changes", "count": 1000},
        {"analysis_type": "changes", "owner": "Nobody Here"},
        {"analysis_type": "gossip"},
        {},
    ],
)
async def test_what_does_not_fit_is_refused(
    client_for: ClientFor, user: Identity, body: dict[str, Any]
) -> None:
    async with client_for(user) as client:
        answer = await client.post("/analyze", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_input")
