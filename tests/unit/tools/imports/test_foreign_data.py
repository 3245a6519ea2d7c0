"""Two data sets that nobody here made, imported and asked about; `tests/data/imports/README.md` names them.

The figures are computed from the files themselves, without the importer and without a database.
"""

import csv
import gzip
import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from agents.client.graph import build_graph as build_client_agent
from agents.employee.graph import build_graph as build_employee_agent
from narutalk.clock import build_clock
from narutalk.identity import Identity, Role
from narutalk.llm import build_chat_model
from narutalk.run_identity import run_config
from narutalk.settings import load_settings
from tests.unit.tools.imports.conftest import Books, open_books
from tests.unit.tools.reports.samples import reports_in
from tools.clients.changes.ledger import ChangeLedger
from tools.clients.models import Transaction
from tools.clients.records import SalesFilter
from tools.clients.store import ClientStore
from tools.employees.models import Employee
from tools.employees.publications import Publications
from tools.employees.store import EmployeeStore
from tools.periods import Period

DATA = Path(__file__).parents[3] / "data" / "imports"
ADMIN = Identity(user_id="1", username="admin", roles=frozenset({Role.ADMIN}))
CLIENT_DEFAULTS = {"client_type": "wholesaler", "grade": "C"}

Lines = list[dict[str, str]]


def lines(name: str) -> Lines:
    """The rows of one of the files."""
    path = DATA / name
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(text.decode().splitlines()))


def unpacked(name: str, folder: Path) -> Path:
    """The file as somebody would send it."""
    path = folder / name.removesuffix(".gz")
    if name.endswith(".gz"):
        path.write_bytes(gzip.decompress((DATA / name).read_bytes()))
    else:
        shutil.copy(DATA / name, path)
    return path


def first_of_each(rows: Lines, column: str, path: Path) -> Path:
    """One row for each value of a column: order lines name a customer and a product again and again."""
    kept = {row[column]: row for row in reversed(sorted(rows, key=lambda row: row.get("Order Date", "")))}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(kept.values())
    return path


def won(dollars: str, rate: Decimal) -> int:
    return int((Decimal(dollars) * rate).to_integral_value(ROUND_HALF_EVEN))


async def ask(agent: Any, question: str) -> str:
    """The agent's answer, by the offline model."""
    config: Any = run_config(ADMIN)
    config["configurable"]["thread_id"] = str(uuid4())
    state = await agent.ainvoke({"messages": [HumanMessage(question)]}, config)
    return str(state["messages"][-1].content)


@pytest.fixture(scope="module")
def superstore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    folder = tmp_path_factory.mktemp("superstore")
    books = open_books(load_settings(data_dir=folder, _env_file=None), folder)
    rows = lines("superstore.csv.gz")
    clients = books.load(
        "clients",
        first_of_each(rows, "Customer ID", folder / "customers.csv"),
        columns={"Customer Name": "name_en", "Order Date": "since"},
        constants={**CLIENT_DEFAULTS, "owner": "S-{Region}", "owner_name_en": "{Region} Desk"},
        create_places=True,
    )
    products = books.load(
        "products",
        first_of_each(rows, "Product ID", folder / "products.csv"),
        constants={"name_en": "{Product Name} ({Product ID})", "unit_price": "0"},
    )
    sales = books.load(
        "transactions",
        unpacked("superstore.csv.gz", folder),
        columns={"Row ID": "id", "Sales": "unit_price", "Quantity": ""},
        constants={"quantity": "1"},
        currency="USD",
        rates={"USD": RATE},
    )
    assert [result.problems for result in (clients, products, sales)] == [[], [], []]
    assert (clients.inserted, products.inserted, sales.inserted) == (793, 1862, 9994)
    assert sorted(clients.created) == ["Central", "East", "South", "West"]
    yield books
    books.close()


RATE = Decimal("1300")


def test_the_superstore_sums_are_those_of_the_file(superstore: Books) -> None:
    expected: dict[str, int] = defaultdict(int)
    for row in lines("superstore.csv.gz"):
        expected[row["Order Date"][:4]] += won(row["Sales"], RATE)
    store = ClientStore(superstore.engines["clients"], superstore.engines["transactions"], build_clock(None))

    totals = {
        year: store.total(
            ADMIN, SalesFilter(period=Period(date(int(year), 1, 1), date(int(year), 12, 31)))
        ).amount_krw
        for year in expected
    }

    assert totals == dict(expected)


async def test_the_client_agent_answers_about_the_superstore(superstore: Books) -> None:
    store = ClientStore(superstore.engines["clients"], superstore.engines["transactions"], build_clock(None))
    ledger = ChangeLedger(superstore.engines["clients"])
    agent = build_client_agent(
        build_chat_model(superstore.settings), store, ledger, reports_in(superstore.folder), InMemorySaver()
    )
    rows = [row for row in lines("superstore.csv.gz") if row["Order Date"].startswith("2017")]
    by_client: dict[str, int] = defaultdict(int)
    for row in rows:
        by_client[row["Customer Name"]] += won(row["Sales"], RATE)
    best = max(by_client, key=lambda name: by_client[name])

    total = await ask(agent, "What were total sales in 2017?")
    top = await ask(agent, "Who are the top 5 clients by sales in 2017?")
    one = await ask(agent, f"How much did {best} buy in 2017?")

    assert f"{sum(by_client.values()):,}" in total
    assert best in top
    assert f"{by_client[best]:,}" in top
    assert f"{by_client[best]:,}" in one


@pytest.fixture(scope="module")
def chinook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    folder = tmp_path_factory.mktemp("chinook")
    books = open_books(load_settings(data_dir=folder, _env_file=None), folder)
    people = books.load(
        "employees",
        unpacked("chinook_employee.csv", folder),
        columns={"City": "region"},
        constants={"name_en": "{FirstName} {LastName}", "department": "Sales"},
        words={
            "position": {
                "General Manager": "director",
                "Sales Manager": "manager",
                "IT Manager": "manager",
                "Sales Support Agent": "associate",
                "IT Staff": "associate",
            }
        },
        create_places=True,
    )
    customers = books.load(
        "clients",
        unpacked("chinook_customer.csv", folder),
        columns={"Country": "region", "SupportRepId": "owner", "Company": ""},
        constants={**CLIENT_DEFAULTS, "name_en": "{FirstName} {LastName}", "since": "2007-01-01"},
        create_places=True,
    )
    tracks = books.load(
        "products",
        unpacked("chinook_track.csv.gz", folder),
        columns={"TrackId": "code", "Genre": "category"},
        constants={"name_en": "{Name} ({TrackId})"},
        currency="USD",
        rates={"USD": Decimal(1000)},
    )
    sales = books.load(
        "transactions",
        unpacked("chinook_invoice_line.csv.gz", folder),
        columns={"InvoiceLineId": "id", "TrackId": "product", "InvoiceDate": "date"},
        currency="USD",
        rates={"USD": Decimal(1000)},
    )
    assert [result.problems for result in (people, customers, tracks, sales)] == [[], [], [], []]
    assert (people.inserted, customers.inserted, tracks.inserted, sales.inserted) == (8, 59, 3503, 2240)
    yield books
    books.close()


def test_chinooks_customers_have_the_support_reps_of_its_employees(chinook: Books) -> None:
    names = {row["EmployeeId"]: row["FirstName"] for row in lines("chinook_employee.csv")}
    rep_of = {row["CustomerId"]: row["SupportRepId"] for row in lines("chinook_customer.csv")}
    expected: dict[str, int] = defaultdict(int)
    for row in lines("chinook_invoice_line.csv.gz"):
        expected[rep_of[row["CustomerId"]]] += won(row["UnitPrice"], Decimal(1000)) * int(row["Quantity"])

    ours: dict[str, int] = defaultdict(int)
    for sale in chinook.read("transactions", Transaction):
        ours[sale["owner_id"]] += sale["amount_krw"]

    assert ours == expected
    people = {row["id"]: row for row in chinook.read("employees", Employee)}
    assert {number: row["name_en"].split()[0] for number, row in people.items()} == names
    assert people["3"]["manager_id"] == "2"


async def test_the_agents_answer_about_chinook(chinook: Books) -> None:
    employees = EmployeeStore(chinook.engines["employees"], build_clock(None))
    publications = Publications(chinook.engines["employees"])
    agent = build_employee_agent(
        build_chat_model(chinook.settings),
        employees,
        publications,
        reports_in(chinook.folder),
        InMemorySaver(),
    )

    who = await ask(agent, "Who is Jane Peacock's manager?")
    how_many = await ask(agent, "How many employees are there in Calgary?")

    assert "Nancy Edwards" in who
    in_calgary = sum(row["City"] == "Calgary" for row in lines("chinook_employee.csv"))
    assert f"{in_calgary}" in how_many
