"""What `narutalk import` says, and what it leaves in the databases."""

from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from narutalk.settings import load_settings
from services.cli import app
from tools.clients.database import build_transaction_engine
from tools.clients.models import Product
from tools.employees.database import build_employee_engine
from tools.employees.models import Employee

EMPLOYEES = """\
Employee number,Name,Unit,Branch,Title,Hired,Email,Reports to
e1,Ann Lee,Sales,Seoul,boss,03/02/2020,ann@x.example,
e2,Bo Park,Sales,Busan,사원,05/14/2021,bo@x.example,e1
"""
PEOPLE = ("employees", "people.csv", "--map", "Unit=department", "--map", "Branch=region")
RIGHT = (*PEOPLE, "--map", "Title=position", "--value", "position:boss=director", "--dates", "mdy")
ALL = (*RIGHT, "--create-places")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("people.csv").write_text(EMPLOYEES)


def run(*arguments: str) -> tuple[int, str]:
    """Run the command, and return its exit code and what it said."""
    done = CliRunner().invoke(app, ["import", *arguments, "--data-dir", "data"])
    return done.exit_code, " ".join(done.output.split())


def stored_people() -> list[tuple[str, str | None, str]]:
    engine = build_employee_engine(load_settings(data_dir=Path("data"), _env_file=None))
    try:
        with engine.connect() as connection:
            query = select(Employee.id, Employee.manager_id, Employee.position).order_by(Employee.id)
            return [(row.id, row.manager_id, row.position) for row in connection.execute(query)]
    finally:
        engine.dispose()


def test_a_file_is_tried_then_imported_then_left_as_it_is() -> None:
    tried = run(*ALL, "--dry-run")
    nobody = stored_people()
    imported = run(*ALL)
    again = run(*ALL)

    assert tried[0] == imported[0] == again[0] == 0
    assert "2 rows would be imported: 2 new, 0 changed, 0 as they were." in tried[1]
    assert "Branch → region" in tried[1]
    assert nobody == []
    assert "New departments and regions:" in imported[1]
    assert "2 rows imported: 2 new, 0 changed, 0 as they were." in imported[1]
    assert stored_people() == [("E1", None, "director"), ("E2", "E1", "associate")]
    assert "2 rows imported: 0 new, 0 changed, 2 as they were." in again[1]


def test_what_is_wrong_in_rows_is_listed_and_nothing_is_imported() -> None:
    code, said = run(*RIGHT)

    assert code == 2
    assert "department_unknown" in said
    assert "2 rows; nothing was imported." in said
    assert stored_people() == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("people", "people.csv"), 1, "kind_unknown"),
        (("employees", "none.csv"), 2, "does not exist"),
        ((*PEOPLE, "--map", "Title"), 2, "has no = between two parts"),
        ((*PEOPLE, "--value", "boss=director"), 2, "names no field before a colon"),
        ((*PEOPLE, "--rate", "USD=many"), 2, "is no number"),
        ((*PEOPLE, "--rate", "USD=-1"), 2, "is not above 0"),
        ((*PEOPLE, "--dates", "ydm"), 2, "is not one of"),
    ],
)
def test_what_cannot_be_read_says_why(arguments: tuple[str, ...], code: int, said: str) -> None:
    done, output = run(*arguments)

    assert done == code
    assert said in output.replace("│ │ ", "")


def test_money_of_another_currency_is_turned_into_won_at_the_given_rate() -> None:
    Path("goods.csv").write_text("code,name,category,price\nP1,Pill,pain,$1.50\nP2,Cream,skin,2\n")

    code, said = run("products", "goods.csv", "--rate", "usd=1400", "--currency", "usd")

    assert code == 0, said
    engine = build_transaction_engine(load_settings(data_dir=Path("data"), _env_file=None))
    try:
        with engine.connect() as connection:
            prices = {
                row.code: row.unit_price_krw
                for row in connection.execute(select(Product.code, Product.unit_price_krw))
            }
    finally:
        engine.dispose()
    assert prices == {"P1": 2_100, "P2": 2_800}
