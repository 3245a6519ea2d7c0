"""What an answer is based on: charts and the SQL, through a whole agent with the offline model."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import ValidationError

from agents.client.graph import build_graph
from narutalk.events import MAX_CHART_BYTES, Chart, turn_event_adapter
from narutalk.identity import Identity
from narutalk.offline import OfflineChatModel
from narutalk.run_identity import run_config
from narutalk.settings import load_settings
from tests.unit.tools.clients.sample import TINY, open_company
from tests.unit.tools.reports.samples import reports_in

SOMEONE = Identity(user_id="u1", username="someone")


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Any]:
    with open_company(load_settings(data_dir=tmp_path, _env_file=None), TINY) as opened:
        yield build_graph(
            OfflineChatModel(), opened.store, opened.ledger, reports_in(tmp_path), InMemorySaver()
        )


async def _ask(graph: Any, question: str) -> tuple[str, list[dict[str, Any]]]:
    config = run_config(SOMEONE)
    config["configurable"] = {**config.get("configurable", {}), "thread_id": "one"}
    asked = {"messages": [{"role": "user", "content": question}]}
    events = [event async for event in graph.astream(asked, config, stream_mode="custom")]
    state = await graph.aget_state(config)
    return state.values["messages"][-1].text, events


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("question", "how"),
    [
        ("Show the ageing of receivables", "show me how you got this"),
        ("외상 매출금 연령 분석", "어떻게 계산했어?"),
    ],
)
async def test_an_answer_shows_its_query_when_asked(agent: Any, question: str, how: str) -> None:
    before, _ = await _ask(agent, how)
    answer, _ = await _ask(agent, question)
    explained, _ = await _ask(agent, how)
    again, _ = await _ask(agent, how)

    assert "```sql" not in before
    assert "3,100" in answer  # 2,000 + 700 + 400, by hand
    assert "`receivables_ageing`" in explained
    assert "FROM transactions" in explained
    assert "-- " in explained
    assert "overdue" in explained
    assert explained == again


@pytest.mark.asyncio
async def test_a_chart_is_streamed_behind_its_tool(agent: Any) -> None:
    _, events = await _ask(agent, "Show the ageing of receivables")

    kinds = [event["type"] for event in events if event["type"] != "token"]
    assert kinds == ["tool", "tool", "citation", "chart"]
    chart = next(event for event in events if event["type"] == "chart")
    assert turn_event_adapter.validate_python(chart).type == "chart"
    values = chart["spec"]["data"]["values"]
    assert sum(row["y"] for row in values) == 3_100


@pytest.mark.parametrize(
    "spec",
    [
        {"data": {"values": ["x" * MAX_CHART_BYTES]}},
        {"data": {"url": "https://elsewhere.example/data.json"}},
        {"layer": [{"encoding": {"href": {"field": "x"}}}]},
    ],
)
def test_a_chart_is_small_and_brings_its_data(spec: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Chart(title="x", spec=spec)
