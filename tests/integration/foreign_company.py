"""Data that nobody here made, imported with the command line into a company that has none.

`tests/data/imports/README.md` names the sets: the Superstore's customers and orders, and Chinook's people.
"""

import csv
import gzip
from collections.abc import Iterable
from pathlib import Path

from tests.company import run_command

DATA = Path(__file__).parents[1] / "data" / "imports"
RATE = 1300
"""Won for a dollar."""


def import_everything(data_dir: Path, folder: Path) -> None:
    """Import people, clients, products and sales, in this order: each names those before it."""
    orders, people = folder / "orders.csv", folder / "people.csv"
    orders.write_bytes(gzip.decompress((DATA / "superstore.csv.gz").read_bytes()))
    people.write_bytes((DATA / "chinook_employee.csv").read_bytes())
    customers = _first_of_each(orders, "Customer ID", folder / "customers.csv")
    products = _first_of_each(orders, "Product ID", folder / "products.csv")
    positions = {
        "General Manager": "director",
        "Sales Manager": "manager",
        "IT Manager": "manager",
        "Sales Support Agent": "associate",
        "IT Staff": "associate",
    }
    _import(
        *("employees", people, "--map", "City=region", "--set", "name_en={FirstName} {LastName}"),
        *("--set", "department=Sales", "--create-places"),
        *(part for word, meant in positions.items() for part in ("--value", f"position:{word}={meant}")),
        data_dir=data_dir,
    )
    _import(
        *("clients", customers, "--map", "Customer Name=name_en", "--map", "Order Date=since"),
        *("--set", "client_type=wholesaler", "--set", "grade=C", "--create-places"),
        *("--set", "owner=S-{Region}", "--set", "owner_name_en={Region} Desk"),
        data_dir=data_dir,
    )
    _import(
        *("products", products, "--set", "name_en={Product Name} ({Product ID})", "--set", "unit_price=0"),
        data_dir=data_dir,
    )
    _import(
        *("transactions", orders, "--map", "Row ID=id", "--map", "Sales=unit_price", "--map", "Quantity="),
        *("--set", "quantity=1", "--currency", "USD", "--rate", f"USD={RATE}"),
        data_dir=data_dir,
    )


def _import(kind: str, file: Path, *options: str, data_dir: Path) -> None:
    run_command("import", kind, str(file), *options, data_dir=data_dir)


def _first_of_each(orders: Path, column: str, path: Path) -> Path:
    """Write one row for each value of a column, the earliest: order lines repeat customers and products."""
    rows = list(csv.DictReader(orders.read_text(encoding="utf-8").splitlines()))
    kept = {row[column]: row for row in _latest_first(rows)}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(kept.values())
    return path


def _latest_first(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(rows, key=lambda row: row["Order Date"], reverse=True)
