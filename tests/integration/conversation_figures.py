"""What answers must hold, from the company's databases, by the names that the conversations use."""

from collections.abc import Callable
from datetime import date
from typing import Any

from tests.company import Company
from tests.integration import questions


def amount(krw: int) -> list[str]:
    """An amount as it is written in both languages."""
    return [f"{krw:,}"]


def sold_by(company: Company, *asked: str) -> list[str]:
    return amount(questions.sold_by(company, *asked))


def bought_by(company: Company, *asked: str) -> list[str]:
    return amount(questions.bought_by(company, *asked))


def total(company: Company, *asked: str) -> list[str]:
    return amount(questions.total(company, *asked))


def manager_of(company: Company, employee_id: str) -> list[str]:
    return [questions.manager_of(company, employee_id)]


def people(company: Company, department: str, region: str) -> list[str]:
    query = """SELECT count(*) FROM employees JOIN departments ON code = department_code
               WHERE departments.name_en = ? AND region_code LIKE ? AND status != 'left'"""
    return [str(company.rows("employees", query, department, region)[0][0])]


def top_names(company: Company, first: str, last: str, count: int, column: str) -> list[str]:
    position = ("name_en", "name_ko").index(column)
    return [str(row[position]) for row in questions.top_sellers(company, first, last, count)]


def owner_of_client(company: Company, client: str, column: str) -> list[str]:
    [(owner,)] = company.rows("clients", "SELECT owner_id FROM clients WHERE name_en = ?", client)
    [(name,)] = company.rows("employees", f"SELECT {column} FROM employees WHERE id = ?", owner)
    return [str(name)]


def contracts_of_the_top_client(
    company: Company, place: int, region: str, first: str, last: str
) -> list[str]:
    [*_, name] = questions.top_clients(company, region, first, last, place, "name_ko")
    return questions.contract_ids(company, name)


FIGURES: dict[str, Callable[..., list[str]]] = {
    "bought_by": bought_by,
    "contract_ids": questions.contract_ids,
    "contracts_of_the_top_client": contracts_of_the_top_client,
    "manager_of": manager_of,
    "owner_of_client": owner_of_client,
    "people": people,
    "sold_by": sold_by,
    "top_clients": questions.top_clients,
    "top_names": top_names,
    "total": total,
}


def texts(company: Company, figures: dict[str, list[Any]]) -> list[str]:
    """Return the texts that an answer must hold."""
    found = []
    for name, asked in figures.items():
        given = [one.isoformat() if isinstance(one, date) else one for one in asked]
        found += FIGURES[name](company, *given)
    return found
