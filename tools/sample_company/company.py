"""The facts of the sample company, as `data/company.json` tells them."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

from narutalk.identity import (
    ANALYST_GROUP,
    EMPLOYEE_GROUP_PREFIX,
    OWN_CLIENTS_GROUP,
    REGION_GROUP_PREFIX,
)

FACTS_PATH = Path(__file__).parent / "data" / "company.json"

FIRST_DAY = date(2023, 11, 1)
LAST_DAY = date(2026, 10, 31)
PEOPLE_TO_BE = ("E0001", "E0062", "E0066")
"""Employees with a group of their own from the first start, one below the other: the director of Sales, who
leads sales in Busan, and an associate there. Groups of others are made where they are wanted."""


class Named(NamedTuple):
    """A code with its names."""

    code: str
    en: str
    ko: str


class DepartmentFacts(NamedTuple):
    code: str
    en: str
    ko: str
    headcount: int


class ProductFacts(NamedTuple):
    code: str
    en: str
    ko: str
    category: str
    unit_price_krw: int


class CompanyFacts(NamedTuple):
    departments: tuple[DepartmentFacts, ...]
    regions: tuple[Named, ...]
    products: tuple[ProductFacts, ...]
    document_groups: tuple[str, ...]


@cache
def company_facts() -> CompanyFacts:
    """Read departments, regions and products."""
    facts = json.loads(FACTS_PATH.read_text(encoding="utf-8"))
    return CompanyFacts(
        departments=tuple(
            DepartmentFacts(entry["code"], entry["en"], entry["ko"], entry["headcount"])
            for entry in facts["departments"]
        ),
        regions=tuple(Named(entry["code"], entry["en"], entry["ko"]) for entry in facts["regions"]),
        products=tuple(
            ProductFacts(entry["code"], entry["en"], entry["ko"], entry["category"], entry["unit_price"])
            for entry in facts["products"]
        ),
        document_groups=tuple(facts["document_groups"]),
    )


def sample_groups() -> list[str]:
    """Return the groups people can be put in: of documents and regions, of some employees, and others."""
    facts = company_facts()
    regions = (f"{REGION_GROUP_PREFIX}{region.code}" for region in facts.regions)
    employees = (f"{EMPLOYEE_GROUP_PREFIX}{employee_id}" for employee_id in PEOPLE_TO_BE)
    return [*facts.document_groups, *regions, *employees, OWN_CLIENTS_GROUP, ANALYST_GROUP]
