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


def best_seller(company: Company, region: str, first: str, last: str, column: str) -> list[str]:
    query = f"""SELECT {column}, sum(amount_krw) AS sold FROM monthly_sales
                JOIN employees ON employees.id = employee_id WHERE region_code = ? AND month BETWEEN ? AND ?
                GROUP BY employees.id ORDER BY sold DESC LIMIT 1"""
    [(name, sold)] = company.rows("employees", query, region, first, last)
    return [str(name), f"{sold:,}"]


def clients_of(company: Company, owner: str) -> list[str]:
    [(count,)] = company.rows("clients", "SELECT count(*) FROM clients WHERE owner_id = ?", owner)
    return [f"{count:,} clients"]


def contact_of(company: Company, client_id: str) -> list[str]:
    query = "SELECT contact_name, contact_email, phone FROM clients WHERE id = ?"
    return [str(value) for value in company.rows("clients", query, client_id)[0]]


def shrunk_clients(
    company: Company, owner: str, first: str, last: str, first_before: str, last_before: str, column: str
) -> list[str]:
    """The names of an owner's clients that bought less, what they bought, and how many they are."""
    clients = dict(company.rows("clients", f"SELECT id, {column} FROM clients WHERE owner_id = ?", owner))
    query = (
        "SELECT client_id, sum(amount_krw) FROM transactions WHERE date BETWEEN ? AND ? GROUP BY client_id"
    )
    now = dict(company.rows("transactions", query, first, last))
    before = dict(company.rows("transactions", query, first_before, last_before))
    bought = {one: (now.get(one, 0), before.get(one, 0)) for one in clients if one in {*now, *before}}
    less = [(clients[one], *both) for one, both in bought.items() if both[0] < both[1]]
    counted = {
        "name_en": f"{len(less)} of {len(bought)} clients",
        "name_ko": f"거래처 {len(bought)}곳 중 매출이 줄어든 곳은 {len(less)}곳",
    }
    return [counted[column], *(text for name, *sums in less for text in (name, *(f"{s:,}" for s in sums)))]


def _owes_most(company: Company) -> str:
    query = """SELECT client_id FROM transactions WHERE payment_status IN ('unpaid', 'overdue')
               GROUP BY client_id ORDER BY sum(amount_krw) DESC LIMIT 1"""
    return str(company.rows("transactions", query)[0][0])


def owes_most(company: Company, column: str) -> list[str]:
    """Who owes most, and who looks after it."""
    query = f"SELECT {column}, owner_{column} FROM clients WHERE id = ?"
    return [str(name) for name in company.rows("clients", query, _owes_most(company))[0]]


def attainment_of_whose_client_owes_most(company: Company, first: str, last: str) -> list[str]:
    query = """SELECT 100.0 * sum(amount_krw) / sum(target_krw) FROM monthly_sales
               WHERE employee_id = ? AND month BETWEEN ? AND ?"""
    [(owner,)] = company.rows("clients", "SELECT owner_id FROM clients WHERE id = ?", _owes_most(company))
    [(percent,)] = company.rows("employees", query, owner, first, last)
    return [f"{percent:.1f}%"]


FIGURES: dict[str, Callable[..., list[str]]] = {
    "attainment_of_whose_client_owes_most": attainment_of_whose_client_owes_most,
    "best_seller": best_seller,
    "bought_by": bought_by,
    "clients_of": clients_of,
    "contact_of": contact_of,
    "contract_ids": questions.contract_ids,
    "contracts_of_the_top_client": contracts_of_the_top_client,
    "manager_of": manager_of,
    "owes_most": owes_most,
    "owner_of_client": owner_of_client,
    "people": people,
    "shrunk_clients": shrunk_clients,
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
