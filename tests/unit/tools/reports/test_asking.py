"""Which sentences ask for a report, in what format, language and of what; and what the agents then make."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.tools import BaseTool
from langgraph.checkpoint.memory import InMemorySaver

from agents.client.graph import build_graph
from narutalk.clock import build_clock
from narutalk.db import build_engine, database_url
from narutalk.identity import Identity
from narutalk.offline import OfflineChatModel
from narutalk.offline.hints import hints_of
from narutalk.offline.planning import OfflineTool, Planner
from narutalk.run_identity import run_config
from narutalk.settings import load_settings
from tests.unit.tools.clients.sample import TINY, open_company
from tests.unit.tools.employees.sample import TODAY, fill
from tests.unit.tools.reports.samples import reports_in
from tools.clients.reports.tool import build_report_tool as build_client_report_tool
from tools.clients.tools import build_client_tools
from tools.employees.reports.tool import build_report_tool as build_employee_report_tool
from tools.employees.store import EmployeeStore
from tools.employees.tools import build_employee_tools
from tools.reports.asking import asks_for_report

CLIENTS: list[tuple[str, dict[str, Any]]] = [
    (
        "make me a report of Q3 sales of Busan as PDF",
        {"kind": "sales", "period": "Q3", "region": "Busan", "format": "pdf", "language": "en"},
    ),
    (
        "지난 분기 부산 매출 보고서를 PDF로 만들어줘",
        {"kind": "sales", "period": "last_quarter", "region": "부산", "format": "pdf", "language": "ko"},
    ),
    (
        "Prepare an Excel report of overdue payments in Seoul",
        {"kind": "receivables", "region": "Seoul", "format": "xlsx", "language": "en"},
    ),
    ("이탈 위험 거래처 보고서를 엑셀로 뽑아 줘", {"kind": "churn", "format": "xlsx", "language": "ko"}),
    ("파레토 분석 보고서 만들어 줘", {"kind": "concentration", "language": "ko"}),
    (
        "make a report of contracts that expire next month",
        {"kind": "contracts", "period": "next_month", "language": "en"},
    ),
    ("한빛중앙병원 거래처 보고서 작성해 주세요", {"client": "한빛중앙병원", "language": "ko"}),
    ("I need a churn report in Korean", {"kind": "churn", "language": "ko"}),
]
EMPLOYEES: list[tuple[str, dict[str, Any]]] = [
    (
        "Prepare a PDF report on Kim Minsu's performance in 2025.",
        {"employee": "Kim Minsu", "kind": "sales", "period": "2025", "format": "pdf", "language": "en"},
    ),
    (
        "영업부 근태 보고서를 엑셀로 만들어 줘",
        {"department": "Sales", "kind": "attendance", "format": "xlsx", "language": "ko"},
    ),
    ("퇴사율 보고서 만들어 주세요", {"kind": "turnover", "language": "ko"}),
]


def _planner(tools: list[BaseTool]) -> Planner:
    offline = []
    for tool in tools:
        hints = hints_of(tool)
        assert hints is not None
        required = frozenset(tool.get_input_jsonschema().get("required", ())) - {"runtime"}
        offline.append(OfflineTool(tool.name, required, hints))
    return Planner(offline)


@pytest.mark.parametrize(("sentence", "args"), CLIENTS)
def test_the_client_agent_makes_it(tmp_path: Path, sentence: str, args: dict[str, Any]) -> None:
    with open_company(load_settings(data_dir=tmp_path, _env_file=None), TINY) as opened:
        report = build_client_report_tool(opened.store, reports_in(tmp_path))
        [call] = _planner([*build_client_tools(*opened), report]).plan(sentence).calls

    assert (call.tool, call.args) == ("make_client_report", args)


@pytest.mark.parametrize(("sentence", "args"), EMPLOYEES)
def test_the_employee_agent_makes_it(tmp_path: Path, sentence: str, args: dict[str, Any]) -> None:
    engine = build_engine(database_url("", tmp_path, "employees"))
    try:
        fill(engine)
        store = EmployeeStore(engine, build_clock(TODAY))
        report = build_employee_report_tool(store, reports_in(tmp_path))
        [call] = _planner([*build_employee_tools(store), report]).plan(sentence).calls
    finally:
        engine.dispose()

    assert (call.tool, call.args) == ("make_employee_report", args)


@pytest.mark.parametrize(
    "sentence",
    [
        "What were our sales in Q3?",
        "who does Baek Seungmin report to",
        "List the direct reports of Director Seo.",
        "aging report",
        "How do I write an incident report?",
        "publish a report on Busan 2026-Q3",
        "부산 2026년 3분기 실적 보고서 게시해 줘",
        "지난 분기 부산 매출 알려줘",
        "보고서 마감일은 언제인가요?",
    ],
)
def test_other_sentences_ask_for_none(sentence: str) -> None:
    assert not asks_for_report(sentence)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("make me a report of Q3 sales of Busan as an Excel file", "is ready as Excel"),
        ("지난 분기 부산 매출 보고서를 PDF로 만들어줘", "PDF 파일로 만들었습니다"),
    ],
)
async def test_the_answer_has_a_link_to_the_callers_own_file(
    tmp_path: Path, question: str, told: str
) -> None:
    someone, files = Identity(user_id="u1", username="someone"), reports_in(tmp_path)
    config: Any = run_config(someone)
    config["configurable"]["thread_id"] = str(uuid4())
    with open_company(load_settings(data_dir=tmp_path, _env_file=None), TINY) as opened:
        graph = build_graph(OfflineChatModel(), opened.store, opened.ledger, files, InMemorySaver())
        state = await graph.ainvoke({"messages": [HumanMessage(question)]}, config)
        explained = await graph.ainvoke({"messages": [HumanMessage("show me the sql")]}, config)

    [report] = files.list("u1")
    answer = state["messages"][-1].text
    assert told in answer
    assert f"(/api/reports/client/{report.id})" in answer
    assert files.path("u1", report).stat().st_size == report.size_bytes
    assert "SELECT" in explained["messages"][-1].text
