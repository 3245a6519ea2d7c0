"""What is asked: lists and analyses over REST, and the tools; the arguments change from call to call."""

from collections.abc import Iterable
from enum import StrEnum
from itertools import cycle, islice
from typing import Any, NamedTuple

from narutalk.identity import OWN_CLIENTS_GROUP, REGION_GROUP_PREFIX, Identity, Role

Arguments = dict[str, Any]


class Way(StrEnum):
    """How something is asked, and with that how long it may take."""

    LIST = "list"
    ANALYSIS = "analysis"
    TOOL = "tool"


AIM_MS = {Way.LIST: 100.0, Way.ANALYSIS: 500.0, Way.TOOL: 500.0}

BOSS = Identity(user_id="1", username="boss", roles=frozenset({Role.USER, Role.MANAGER}))
OF_REGION = Identity(user_id="2", username="seoul", groups=frozenset({f"{REGION_GROUP_PREFIX}SEO"}))
OWNER = Identity(user_id="3", username="owner", groups=frozenset({OWN_CLIENTS_GROUP}), employee_id="E0037")


class Case(NamedTuple):
    """One question.

    Attributes:
        name: What the table calls it.
        way: How it is asked.
        what: A path, or a tool's name.
        arguments: Of the query, the body or the tool, taken in turns.
        asker: Who asks.
    """

    name: str
    way: Way
    what: str
    arguments: tuple[Arguments, ...]
    asker: Identity = BOSS

    def calls(self, count: int) -> Iterable[Arguments]:
        """Return the arguments of so many calls."""
        return islice(cycle(self.arguments), count)


def _each(name: str, *values: Any, **rest: Any) -> tuple[Arguments, ...]:
    return tuple({name: value, **rest} for value in values)


CLIENTS = ("C0042", "C0005", "C0584", "C0999", "C0311", "C0777")
REGIONS = ("Seoul", "부산", "Gyeonggi")
PRODUCTS = ("CV-010", "DM-030", "CV-020")
WHOLE, RAGGED = "2026-H1", "2025-02-11..2026-08-19"
"""Periods of whole months, and one that begins and ends within a month."""
EVERYTHING: tuple[Arguments, ...] = ({},)

_TRANSACTIONS: dict[str, tuple[Arguments, ...]] = {
    "all": EVERYTHING,
    "client": _each("client_id", *CLIENTS),
    "client, period": _each("client_id", *CLIENTS, period=WHOLE),
    "period": _each("period", "2026-Q3", "2025", "2026-10-05"),
    "period within months": _each("period", RAGGED),
    "product": _each("product", *PRODUCTS),
    "product, period": _each("product", *PRODUCTS, period=WHOLE),
    "region": _each("region", *REGIONS),
    "region, status": _each("region", *REGIONS, payment_status="overdue"),
    "status": _each("payment_status", "overdue", "unpaid", "paid"),
    "kind, type": _each("client_type", "clinic", "wholesaler", kind="return"),
    "amount at least": _each("min_amount_krw", 1_000_000, 20_000_000, 100_000_000),
    "amount between": _each("min_amount_krw", 1_000_000, 5_000_000, max_amount_krw=5_100_000),
    "amount, period": _each("min_amount_krw", 1_000_000, 20_000_000, period=WHOLE),
    "client, amount": _each("client_id", *CLIENTS, min_amount_krw=1_000_000),
}
_CLIENTS: dict[str, tuple[Arguments, ...]] = {
    "name": _each("name", "한빛", "Saeon Eye", "라온빛 정형외과", "hanbit"),
    "region": _each("region", *REGIONS),
    "grade": _each("grade", "A", "C"),
    "region, grade, status": _each("region", *REGIONS, grade="B", status="active"),
}
_CONTRACTS: dict[str, tuple[Arguments, ...]] = {
    "all": EVERYTHING,
    "client": _each("client_id", *CLIENTS),
    "status, region": _each("region", *REGIONS, status="active"),
    "period": _each("period", "next_90_days", "2027"),
}
_ANALYSES: dict[str, tuple[Arguments, ...]] = {
    kind: (
        {"analysis_type": kind},
        {"analysis_type": kind, "period": "2025"},
        {"analysis_type": kind, "period": RAGGED},
    )
    for kind in ("general", "sales", "churn", "contracts")
}
_TOOLS: dict[str, tuple[Arguments, ...]] = {
    **{
        f"sales_totals by {group}": _each("period", None, WHOLE, "2023-11..2026-10", group_by=group)
        for group in ("region", "type", "product", "category", "month", "owner")
    },
    "sales_totals within months": _each("group_by", "region", "category", "owner", period=RAGGED),
    "sales_totals of category": _each("category", "vaccine", "pain", group_by="month"),
    "top_clients": _each("period", None, WHOLE, "2023-11..2026-10"),
    "top_clients within months": _each("period", RAGGED),
    "top_clients of product": _each("product", *PRODUCTS),
    "top_clients of category": _each("category", "vaccine", "pain"),
    "top_products": _each("region", *REGIONS),
    "unpaid_transactions": _each("group_by", "client", "region"),
    "clients_at_risk": EVERYTHING,
    "clients_at_risk of region": _each("region", *REGIONS),
    "clients_at_risk of one": _each("client", *CLIENTS),
    "rfm_segments": _each("period", None, WHOLE, "2023-11..2026-10"),
    "rfm_segments within months": _each("period", RAGGED),
    "sales_concentration": _each("period", None, "2023-11..2026-10"),
    "sales_concentration of category": _each("category", "vaccine", "pain"),
    "receivables_ageing": EVERYTHING,
    "receivables_ageing of region": _each("region", *REGIONS),
    "sales_trend": EVERYTHING,
    "sales_trend of product": _each("product", *PRODUCTS),
    "sales_trend of category": _each("category", "vaccine", "pain"),
    "client_changes": _each("direction", "shrank", "grew"),
    "client_changes within months": _each("period", "2026-02-11..2026-08-19"),
    "client_story": _each("client", *CLIENTS),
    "client_transactions": _each("client", *CLIENTS),
    "list_clients": _each("region", *REGIONS),
    "client_contracts": EVERYTHING,
}
_LIMITED: tuple[tuple[str, str, Arguments], ...] = (
    ("sales_totals by month", "sales_totals", {"group_by": "month"}),
    ("sales_totals by category", "sales_totals", {"group_by": "category"}),
    ("top_clients", "top_clients", {}),
    ("clients_at_risk", "clients_at_risk", {}),
    ("rfm_segments", "rfm_segments", {}),
    ("receivables_ageing", "receivables_ageing", {}),
)


def all_cases() -> list[Case]:
    """Return every question, in the order of the table."""
    lists = [
        Case(f"{path}: {name}", Way.LIST, f"/{path}", arguments)
        for path, named in (("transactions", _TRANSACTIONS), ("clients", _CLIENTS), ("contracts", _CONTRACTS))
        for name, arguments in named.items()
    ]
    analyses = [Case(f"analyze: {name}", Way.ANALYSIS, "/analyze", said) for name, said in _ANALYSES.items()]
    tools = [Case(name, Way.TOOL, name.split()[0], said) for name, said in _TOOLS.items()]
    limited = [
        Case(f"{name}, {whose}", Way.TOOL, tool, (said,), asker)
        for whose, asker in (("one region's", OF_REGION), ("one owner's", OWNER))
        for name, tool, said in _LIMITED
    ]
    limited_lists = [
        Case(f"transactions: all, {whose}", Way.LIST, "/transactions", EVERYTHING, asker)
        for whose, asker in (("one region's", OF_REGION), ("one owner's", OWNER))
    ]
    return [*lists, *limited_lists, *analyses, *tools, *limited]
