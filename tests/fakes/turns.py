"""Turns as the router really streams them."""

import re
from typing import Any

Event = dict[str, Any]

TRAVEL_CITATION: Event = {
    "index": 1,
    "kind": "document",
    "title": "Travel and expense policy",
    "document_id": "travel-policy",
    "source": "travel-policy.md",
    "page": None,
    "section": "Hotels",
    "quote": "Hotel costs are paid up to 150,000 KRW a night",
}
RECORDS_CITATION: Event = {
    "index": 2,
    "kind": "records",
    "title": "Monthly sales of employees",
    "source": "employee_sales",
    "detail": "July to September 2026, all departments",
}
DOCUMENT_USAGE: dict[str, Any] = {
    "input_tokens": 700,
    "cached_tokens": 500,
    "output_tokens": 60,
    "total_tokens": 760,
    "cost_usd": 0.0012,
}
TURN_USAGE: dict[str, Any] = {
    "input_tokens": 900,
    "cached_tokens": 500,
    "output_tokens": 80,
    "total_tokens": 980,
    "cost_usd": 0.0016,
}
SALES_ANSWER = """Here are the **top performers** of the third quarter of 2026 [2], and what the policy pays.

| # | Employee | Department | Region | Sales (KRW) | Target | Achieved |
|--:|---|---|---|--:|--:|--:|
| 1 | Han Ji-woo | Hospital sales | Seoul | 1,284,500,000 | 1,100,000,000 | 117% |
| 2 | Seo Min-jun | Pharmacy sales | Busan | 1,190,200,000 | 1,000,000,000 | 119% |
| 3 | Park Do-yun | Hospital sales | Daegu | 1,045,900,000 | 980,000,000 | 107% |

Hotel costs are paid up to **150,000 KRW** a night [1]; above that, ask your manager *before* the trip:

1. File the request in the expense tool.
2. Add the reason and the offer of a cheaper hotel.
"""
SALES_ANSWER_KO = """2026년 3분기 **실적 상위 직원**입니다 [2]. 출장 숙박비 기준도 함께 안내해 드립니다.

| # | 직원 | 부서 | 지역 | 매출(원) | 달성률 |
|--:|---|---|---|--:|--:|
| 1 | 한지우 | 병원영업팀 | 서울 | 1,284,500,000 | 117% |
| 2 | 서민준 | 약국영업팀 | 부산 | 1,190,200,000 | 119% |
| 3 | 박도윤 | 병원영업팀 | 대구 | 1,045,900,000 | 107% |

숙박비는 1박에 **150,000원**까지 지급됩니다 [1]. 초과할 때에는 출장 전에 팀장의 승인을 받아야 합니다.
"""


def token_events(text: str) -> list[Event]:
    """Return a text as the tokens in which a model streams it."""
    return [{"type": "token", "agent": None, "text": part} for part in re.findall(r"\s*\S+\s*", text)]


def final_event(text: str, **changes: Any) -> Event:
    """Return the closing event of a turn."""
    return {
        "type": "final",
        "response": text,
        "intent": "document_search",
        "service_used": "document",
        "confidence": 0.92,
        "conversation_id": "the router's own",
        "message_id": "the router's own",
        "run_id": None,
        "agents": [
            {
                "name": "document",
                "position": 0,
                "status": "success",
                "duration_ms": 312.5,
                "usage": DOCUMENT_USAGE,
                "degraded": False,
            }
        ],
        "citations": [TRAVEL_CITATION],
        "usage": TURN_USAGE,
        "degraded": False,
        **changes,
    }


def document_turn(
    text: str = "Up to **150,000 KRW** a night [1].", *, task: str = "hotel costs"
) -> list[Event]:
    """Return a turn that the document agent answers."""
    agent = "document"
    delegation = {"agent": agent, "task": task, "confidence": 0.92}
    tool = {"type": "tool", "agent": agent, "name": "search_documents", "args": {"query": task, "top_k": 5}}
    return [
        {
            "type": "route",
            "delegations": [delegation],
            "confidence": 0.92,
            "method": "classifier",
            "intent": "document_search",
        },
        {"type": "agent_start", "agent": agent, "task": task},
        {**tool, "status": "running", "duration_ms": None},
        {**tool, "status": "success", "duration_ms": 41.0},
        {"type": "citation", "agent": agent, **TRAVEL_CITATION},
        *token_events(text),
        {"type": "agent_end", "agent": agent, "status": "success", "duration_ms": 312.5},
        final_event(text),
    ]


def two_agent_turn(text: str = SALES_ANSWER) -> list[Event]:
    """Return a turn on which two agents work, and whose answer combines what they found."""
    sales = {
        "type": "tool",
        "agent": "employee",
        "name": "top_performers",
        "args": {"period": "2026-Q3", "limit": 3},
    }
    search = {
        "type": "tool",
        "agent": "document",
        "name": "search_documents",
        "args": {"query": "hotel costs"},
    }
    return [
        {
            "type": "route",
            "delegations": [
                {"agent": "employee", "task": "Top performers of the third quarter", "confidence": 0.88},
                {"agent": "document", "task": "Hotel costs in the travel policy", "confidence": 0.81},
            ],
            "confidence": 0.85,
            "method": "classifier",
            "intent": "employee_analysis",
        },
        {"type": "agent_start", "agent": "employee", "task": "Top performers of the third quarter"},
        {"type": "agent_start", "agent": "document", "task": "Hotel costs in the travel policy"},
        {**sales, "status": "running"},
        {**search, "status": "running"},
        {**search, "status": "success", "duration_ms": 38.2},
        {**sales, "status": "success", "duration_ms": 64.9},
        {"type": "citation", "agent": "document", **TRAVEL_CITATION},
        {"type": "citation", "agent": "employee", **RECORDS_CITATION},
        {"type": "agent_end", "agent": "document", "status": "success", "duration_ms": 402.0},
        {"type": "agent_end", "agent": "employee", "status": "success", "duration_ms": 655.3},
        *token_events(text),
        final_event(
            text,
            intent="employee_analysis",
            service_used="employee, document",
            confidence=0.85,
            agents=[
                {"name": "employee", "status": "success", "duration_ms": 655.3},
                {"name": "document", "status": "success", "duration_ms": 402.0},
            ],
            citations=[TRAVEL_CITATION, RECORDS_CITATION],
        ),
    ]


def bars(title: str, *values: float) -> Event:
    """Return a chart as `tools/charts.py` makes it."""
    encoding = {
        "x": {"field": "y", "type": "quantitative", "title": "KRW"},
        "y": {"field": "x", "type": "nominal", "title": "Age", "sort": None},
    }
    return {
        "title": title,
        "spec": {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "title": title,
            "width": "container",
            "height": 260,
            "data": {"values": [{"x": f"{30 * n} days", "y": value} for n, value in enumerate(values)]},
            "mark": {"type": "bar", "color": "#2563eb"},
            "encoding": encoding,
        },
    }


def chart_turn(*charts: Event, kept: list[Event] | None = None, text: str = SALES_ANSWER) -> list[Event]:
    """Return a turn on which the client agent streams charts, and whose answer keeps them all, or `kept`."""
    agent = "client"
    return [
        {
            "type": "route",
            "delegations": [{"agent": agent, "task": "receivables", "confidence": 0.9}],
            "confidence": 0.9,
            "method": "classifier",
            "intent": "client_analysis",
        },
        {"type": "agent_start", "agent": agent, "task": "receivables"},
        *({"type": "chart", "agent": agent, **chart} for chart in charts),
        *token_events(text),
        {"type": "agent_end", "agent": agent, "status": "success", "duration_ms": 80.0},
        final_event(
            text,
            intent="client_analysis",
            service_used=agent,
            agents=[{"name": agent, "status": "success", "duration_ms": 80.0}],
            citations=[],
            charts=list(charts) if kept is None else kept,
        ),
    ]


TRAVEL_DOCUMENT: dict[str, Any] = {
    "document_id": "travel-policy",
    "title": "Travel and expense policy",
    "source": "travel-policy.md",
    "language": "en",
    "category": "Policy",
    "date": "2026-03-01",
    "format": "md",
    "passages": [
        {
            "index": 0,
            "section": "Purpose",
            "text": "# Travel and expense policy\n\n"
            "This policy says what the company pays when people "
            "travel for it. It holds for all employees in all regions.\n\n"
            "## Purpose\n\nTravel is planned, modest and safe.",
        },
        {
            "index": 1,
            "section": "Hotels",
            "text": "## Hotels\n\nHotel costs are paid up to 150,000 KRW a night in Seoul and "
            "120,000 KRW elsewhere.\n\n"
            "| Region | Limit per night (KRW) |\n|---|--:|\n| Seoul | 150,000 |\n| Elsewhere | 120,000 |\n\n"
            "Above that, a manager approves *before* the trip.",
        },
        {
            "index": 2,
            "section": "Meals",
            "text": "## Meals\n\nMeals are paid at cost, up to 60,000 KRW a day. <script>alert(1)</script> "
            "Keep the receipts: [how to file them](https://intranet.example/expenses).",
        },
    ],
}
