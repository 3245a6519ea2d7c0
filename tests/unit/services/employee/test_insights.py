"""`POST /analyze`: trend, attrition with tenure and anomalies, over the company of `sample`."""

from typing import Any

import pytest

from narutalk.identity import Identity
from tests.unit.services.employee.conftest import ClientFor
from tests.unit.tools.employees.sample import HR, USER


async def _asked(client_for: ClientFor, who: Identity, **body: Any) -> dict[str, Any]:
    async with client_for(who) as client:
        answer = await client.post("/analyze", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["text"]
    assert found["citations"]
    return found


async def test_trend_of_a_person(client_for: ClientFor) -> None:
    found = await _asked(client_for, USER, analysis_type="trend", employee_id="E0002")
    months = [(point["month"], point["amount_krw"]) for point in found["figures"]["months"]]
    assert months[0] == ("2026-06-01", 100_000)
    assert months[-1] == ("2026-10-01", 140_000)
    assert found["figures"]["slope_krw_per_month"] == pytest.approx(10_000)
    assert found["total"]["amount_krw"] == 600_000
    assert found["subject"] == "Kim Minsu (E0002)"


async def test_attrition_with_tenure(client_for: ClientFor) -> None:
    asked = {"department": "Sales", "period": "2026", "group_by": "region", "language": "ko"}
    found = await _asked(client_for, USER, analysis_type="attrition", **asked)
    total = found["total"]
    assert (total["at_start"], total["at_end"], total["left"], total["hired"]) == (5, 4, 1, 0)
    assert (total["average"], total["rate_percent"], total["is_small"]) == (4.5, 22.22, True)
    assert {group["key"]: group["left"] for group in found["groups"]} == {"SEO": 1, "BUS": 0}
    assert found["tenure"]["people"] == 4
    assert found["end"] == "2026-11-22"  # today: the year is not over
    assert "퇴사율" in found["text"]


async def test_anomalies_are_for_those_who_see_attendance(client_for: ClientFor) -> None:
    found = await _asked(client_for, HR, analysis_type="anomalies", period="2026-Q3")
    assert found["compared"] > 0
    assert found["found"] == [] or found["enough"]
    async with client_for(USER) as client:
        answer = await client.post("/analyze", json={"analysis_type": "anomalies", "period": "2026-Q3"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"analysis_type": "attrition", "employee_id": "E0002"}, 422),
        ({"analysis_type": "anomalies", "employee_id": "E0002"}, 422),
        ({"analysis_type": "trend", "employee_id": "E9999"}, 404),
        ({"analysis_type": "trend", "department": "Space"}, 422),
        ({"analysis_type": "trend", "group_by": "region"}, 422),
        ({"analysis_type": "sales", "position": "manager"}, 422),
        ({"analysis_type": "attrition", "period": "whenever"}, 422),
    ],
)
async def test_what_does_not_fit_is_refused(client_for: ClientFor, body: dict[str, Any], status: int) -> None:
    async with client_for(HR) as client:
        answer = await client.post("/analyze", json=body)
    assert answer.status_code == status, answer.text
