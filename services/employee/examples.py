"""Records and answers of the employee service as OpenAPI shows them."""

from typing import Any

PERSON: dict[str, Any] = {
    "id": "E0042",
    "name_en": "Kim Minsu",
    "name_ko": "김민수",
    "department_code": "SAL",
    "department_en": "Sales",
    "department_ko": "영업부",
    "region_code": "BUS",
    "region_en": "Busan",
    "region_ko": "부산",
    "position": "manager",
    "status": "active",
    "hire_date": "2018-05-14",
    "left_date": None,
    "email": "minsu.kim@example.com",
    "manager_id": "E0001",
    "manager_en": "Park Jihun",
    "manager_ko": "박지훈",
}
PERIOD = {
    "start": "2026-07-01",
    "end": "2026-09-30",
    "assumed": False,
    "data_start": "2024-01-01",
    "data_end": "2026-10-31",
}
SALES = {"amount_krw": 360_000_000, "target_krw": 300_000_000, "attainment_percent": 120.0}
GROUP = {
    "key": "SAL",
    "name_en": "Sales",
    "name_ko": "영업부",
    "headcount": 42,
    "sales": SALES,
    "attendance": None,
    "attendance_withheld": False,
}
STATS: dict[str, Any] = {
    "group_by": "department",
    "period": PERIOD,
    "total": GROUP | {"key": "total", "name_en": "Total", "name_ko": "전체", "headcount": 180},
    "groups": [GROUP],
}
ANALYSIS: dict[str, Any] = {
    "analysis_type": "sales",
    "subject": "Kim Minsu (E0042)",
    "period": PERIOD,
    "headcount": None,
    "sales": SALES
    | {
        "before": SALES | {"amount_krw": 300_000_000, "attainment_percent": 100.0},
        "growth_percent": 20.0,
        "months": [SALES | {"month": "2026-09-01"}],
        "regions": [],
        "top": [],
    },
    "attendance": None,
    "attendance_withheld": False,
    "text": "Sales of Kim Minsu (E0042) in Q3 2026: 360,000,000 KRW, 120.0% of the target.",
}
PUBLICATION: dict[str, Any] = {
    "id": "0b9d5c1e-2a55-5f0e-8d3a-6d1f2c3b4a59",
    "title": "Performance of Sales",
    "language": "en",
    "period_start": "2026-07-01",
    "period_end": "2026-09-30",
    "text": ANALYSIS["text"],
    "figures": {"headcount": 42},
    "published_by": "minsu",
    "published_at": "2026-10-02T01:30:00Z",
}
