"""A fresh company with nothing but imported data answers about it, in both languages; figures from SQL."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.company import Company, start_company
from tests.integration.foreign_company import import_everything

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

YEAR = "date BETWEEN ? AND ?"
IN_2016, IN_2017 = ("2016-01-01", "2016-12-31"), ("2017-01-01", "2017-12-31")

Figures = Callable[[Company], list[str]]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("foreign")
    data_dir = folder / "data"
    import_everything(data_dir, folder)
    with start_company(data_dir) as started:
        yield started


@pytest.fixture(scope="module")
def chat(company: Company) -> Iterator[httpx.Client]:
    with company.login() as client:
        yield client


def total(company: Company, first: str, last: str) -> list[str]:
    query = f"SELECT sum(amount_krw) FROM transactions WHERE {YEAR}"
    return [f"{company.rows('transactions', query, first, last)[0][0]:,}"]


def best_clients(company: Company) -> list[str]:
    query = f"""SELECT client_id, sum(amount_krw) AS bought FROM transactions WHERE {YEAR}
                GROUP BY client_id ORDER BY bought DESC LIMIT 3"""
    rows = company.rows("transactions", query, *IN_2017)
    names = dict(company.rows("clients", "SELECT id, name_en FROM clients"))
    return [text for client, bought in rows for text in (names[client], f"{bought:,}")]


def bought(company: Company, client: str, first: str, last: str) -> list[str]:
    query = f"SELECT sum(amount_krw), count(*) FROM transactions WHERE client_id = ? AND {YEAR}"
    [(amount, count)] = company.rows("transactions", query, client, first, last)
    [(name,)] = company.rows("clients", "SELECT name_en FROM clients WHERE id = ?", client)
    return [name, f"{amount:,}", f"{count}"]


def regions(company: Company) -> list[str]:
    query = f"SELECT region_code, sum(amount_krw) FROM transactions WHERE {YEAR} GROUP BY region_code"
    names = dict(company.rows("clients", "SELECT code, name_en FROM client_regions"))
    rows = company.rows("transactions", query, *IN_2017)
    return [text for code, sold in rows for text in (names[code], f"{sold:,}")]


def shrunk(company: Company) -> list[str]:
    theirs = {row[0] for row in company.rows("clients", "SELECT id FROM clients WHERE owner_id = 'S-WEST'")}
    query = f"SELECT client_id, sum(amount_krw) FROM transactions WHERE {YEAR} GROUP BY client_id"
    now, before = (dict(company.rows("transactions", query, *year)) for year in (IN_2017, IN_2016))
    bought = {one for one in theirs if one in {*now, *before}}
    less = [one for one in bought if now.get(one, 0) < before.get(one, 0)]
    return [f"{len(less)} of {len(bought)} clients of West Desk"]


def manager_of_jane(company: Company) -> list[str]:
    query = """SELECT manager.name_en, manager.id FROM employees JOIN employees AS manager
               ON manager.id = employees.manager_id WHERE employees.name_en = 'Jane Peacock'"""
    [(name, number)] = company.rows("employees", query)
    return [f"{name} ({number})"]


def people_in_calgary(company: Company) -> list[str]:
    query = """SELECT count(*) FROM employees JOIN regions ON code = region_code
               WHERE regions.name_en = 'Calgary' AND status != 'left'"""
    return [f"{company.rows('employees', query)[0][0]} people"]


@pytest.mark.parametrize(
    ("question", "agent", "figures"),
    [
        ("What were total sales in 2017?", "client", lambda c: total(c, *IN_2017)),
        ("2016년 총 매출은?", "client", lambda c: total(c, *IN_2016)),
        ("Who are the top 3 clients by sales in 2017?", "client", best_clients),
        ("How much did CG-12520 buy in 2017?", "client", lambda c: bought(c, "CG-12520", *IN_2017)),
        ("CG-12520 2016년 구매 내역 알려줘", "client", lambda c: bought(c, "CG-12520", *IN_2016)),
        ("2017년 지역별 매출 보여줘", "client", regions),
        ("Which of West Desk's clients shrank in 2017?", "client", shrunk),
        ("Who is Jane Peacock's manager?", "employee", manager_of_jane),
        ("Who is employee 3's manager?", "employee", manager_of_jane),
        ("How many employees are there in Calgary?", "employee", people_in_calgary),
    ],
)
def test_it_answers_about_imported_data(
    company: Company, chat: httpx.Client, question: str, agent: str, figures: Figures
) -> None:
    answer = chat.post("/api/chat", json={"message": question}).raise_for_status().json()
    assert [entry["name"] for entry in answer["agents"]] == [agent], answer["response"]
    wanted = figures(company)
    assert wanted
    assert not [text for text in wanted if text not in answer["response"]], answer["response"]


def test_what_was_imported_is_all_there_is(company: Company) -> None:
    counted = {
        "employees": company.rows("employees", "SELECT count(*) FROM employees"),
        "clients": company.rows("clients", "SELECT count(*) FROM clients"),
        "transactions": company.rows("transactions", "SELECT count(*) FROM transactions"),
    }
    assert counted == {"employees": [(8,)], "clients": [(793,)], "transactions": [(9994,)]}
