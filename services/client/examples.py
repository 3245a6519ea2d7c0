"""Records and answers of the client service as OpenAPI shows them."""

from typing import Any

CLIENT: dict[str, Any] = {
    "id": "C0042",
    "name": {"en": "Hanbit Central Hospital", "ko": "한빛중앙병원"},
    "client_type": "hospital",
    "region_code": "BUS",
    "region": {"en": "Busan", "ko": "부산"},
    "grade": "A",
    "owner_id": "E0042",
    "owner": {"en": "Kim Minsu", "ko": "김민수"},
    "status": "active",
    "since": "2020-01-06",
    "phone": "051-000-0042",
    "address": "부산광역시 새빛로 42",
}
_NAMED = {"client_id": CLIENT["id"], "client": CLIENT["name"]}
CONTRACT: dict[str, Any] = {
    **_NAMED,
    "id": "K00042",
    "title": {"en": "Supply agreement 2026", "ko": "2026년 공급 계약"},
    "start_date": "2026-01-01",
    "end_date": "2026-12-31",
    "annual_value_krw": 240_000_000,
    "payment_terms_days": 30,
    "auto_renewal": True,
    "status": "active",
    "notes": [
        {
            "id": "5f0c2a1e-6d0b-5c57-9f4e-0d6a3b0b7a11",
            "text": "재계약 협의 중",
            "author": "minsu",
            "written_at": "2026-10-02T01:30:00Z",
        }
    ],
}
TRANSACTION: dict[str, Any] = {
    "id": "T000042",
    "client_id": CLIENT["id"],
    "client_type": "hospital",
    "region_code": "BUS",
    "owner_id": "E0042",
    "product_code": "CV-010",
    "product": {"en": "Cardivel", "ko": "카디벨"},
    "category": "cardiovascular",
    "date": "2026-09-30",
    "kind": "sale",
    "quantity": 20,
    "unit_price_krw": 18_500,
    "amount_krw": 370_000,
    "payment_status": "paid",
}
CHANGE: dict[str, Any] = {
    **_NAMED,
    "id": "0b9d5c1e-2a55-5f0e-8d3a-6d1f2c3b4a59",
    "kind": "update_client",
    "contract_id": None,
    "contract": None,
    "before": {"grade": "B"},
    "after": {"grade": "A"},
    "reason": "한빛중앙병원 등급을 A로 올려줘",
    "asked_by_id": "7",
    "asked_by": "minsu",
    "approved_by_id": "7",
    "approved_by": "minsu",
    "conversation_id": "c1f4",
    "run_id": "r1f4",
    "undoes": None,
    "undone_by": None,
    "made_at": "2026-10-02T01:30:00Z",
}
ANALYSIS: dict[str, Any] = {
    "analysis_type": "churn",
    "client": None,
    "period": {"start": "2025-11-01", "end": "2026-10-31", "assumed": True},
    "result": {
        "analysis_type": "churn",
        "as_of": "2026-10-31",
        "counts": {"high": 1, "low": 56},
        "clients": [
            {
                "purchase_days": 12,
                "risk": "high",
                "client_id": CLIENT["id"],
                "name": CLIENT["name"],
                "grade": "A",
                "change": -0.52,
                "overdue_krw": 370_000,
                "reasons": ["shrinking", "overdue"],
            }
        ],
    },
}
