"""Generates all records of the sample company from a fixed seed: the same on every machine."""

import hashlib
import json
from dataclasses import dataclass
from random import Random
from typing import Any

from tools.sample_company import clients, people, sales, work
from tools.sample_company.company import company_facts

SEED = "naru"

Row = dict[str, Any]


@dataclass(frozen=True)
class SampleData:
    """The rows of every table, as dictionaries of its columns."""

    departments: list[Row]
    regions: list[Row]
    employees: list[Row]
    monthly_sales: list[Row]
    attendance: list[Row]
    reviews: list[Row]
    salaries: list[Row]
    clients: list[Row]
    contracts: list[Row]
    products: list[Row]
    transactions: list[Row]

    def digest(self) -> str:
        """Return a SHA-256 of every row, to tell whether two machines made the same."""
        tables = json.dumps(vars(self), sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(tables.encode()).hexdigest()


def generate() -> SampleData:
    """Return the sample company. Takes a few seconds and writes nothing."""
    everyone = people.generate_people(_random("people"))
    all_clients = clients.generate_clients(_random("clients"), everyone)
    transactions = sales.generate_transactions(_random("transactions"), all_clients)
    monthly_sales = sales.generate_monthly_sales(_random("targets"), everyone, transactions)
    facts = company_facts()
    return SampleData(
        departments=[
            {"code": entry.code, "name_en": entry.en, "name_ko": entry.ko} for entry in facts.departments
        ],
        regions=[{"code": entry.code, "name_en": entry.en, "name_ko": entry.ko} for entry in facts.regions],
        employees=[people.employee_row(person) for person in everyone],
        monthly_sales=monthly_sales,
        attendance=work.generate_attendance(_random("attendance"), everyone),
        reviews=work.generate_reviews(_random("reviews"), everyone, monthly_sales),
        salaries=people.generate_salaries(_random("salaries"), everyone),
        clients=[clients.client_row(client) for client in all_clients],
        contracts=clients.generate_contracts(_random("contracts"), all_clients),
        products=sales.product_rows(),
        transactions=transactions,
    )


def _random(part: str) -> Random:
    """Return a generator of its own for each part, so that a change in one leaves the others as they are."""
    return Random(f"{SEED}:{part}")
