"""The sample company with more clients and more transactions, made from its own rows and always the same.

So many times the transactions come from the square root of as many clients, each ordering that much more
often: a company grows both ways. At the sample's own size it is the sample company.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from math import isqrt
from typing import Any, NamedTuple

from tools.sample_company.generate import SampleData

Row = Mapping[str, Any]

MIXER = 2_654_435_761  # Knuth's multiplicative hash: a row's copies differ, and are the same in every run
BOXES = 5


class Grown(NamedTuple):
    """The company at one size; ``transactions`` yields each row's values in the order of ``columns``."""

    clients: list[dict[str, Any]]
    contracts: list[dict[str, Any]]
    columns: tuple[str, ...]
    transactions: Iterator[tuple[Any, ...]]


def grow(data: SampleData, size: int) -> Grown:
    """Return a company with so many transactions.

    Args:
        data: The sample company.
        size: How many transactions, at least 1.
    """
    copies = max(1, isqrt(size // len(data.transactions)))
    clients = [_client(row, copy) for copy in range(copies) for row in data.clients]
    contracts = [
        {**row, "id": _of_copy(row["id"], copy), "client_id": _of_copy(row["client_id"], copy)}
        for copy in range(copies)
        for row in data.contracts
    ]
    return Grown(clients, contracts, tuple(data.transactions[0]), _transactions(data, size, copies))


def _client(row: Row, copy: int) -> dict[str, Any]:
    number = f" {copy + 1}" if copy else ""
    return {
        **row,
        "id": _of_copy(row["id"], copy),
        "name_ko": row["name_ko"] + number,
        "name_en": row["name_en"] + number,
        "owner_id": _of_copy(row["owner_id"], copy),
        "owner_name_ko": row["owner_name_ko"] + number,
        "owner_name_en": row["owner_name_en"] + number,
    }


def _of_copy(key: str, copy: int) -> str:
    return f"{key[0]}{copy:02}{key[1:]}" if copy else key


def _transactions(data: SampleData, size: int, copies: int) -> Iterator[tuple[Any, ...]]:
    """Yield the rows month by month, in each in the order of their days."""
    template = data.transactions
    turns, rest = divmod(size, len(template))
    by_month: dict[date, list[tuple[int, Row]]] = {}
    for place, row in enumerate(template):
        by_month.setdefault(row["date"].replace(day=1), []).append((place, row))
    number = 0
    for month in sorted(by_month):
        rows = [
            _copied(row, turn, turn % copies, place)
            for place, row in by_month[month]
            for turn in range(turns + (place * rest // len(template) < (place + 1) * rest // len(template)))
        ]
        rows.sort(key=lambda row: row["date"])
        for copied in rows:
            number += 1
            yield (f"T{number:07}", *(value for name, value in copied.items() if name != "id"))


def _copied(row: Row, turn: int, copy: int, place: int) -> Row:
    """Return a row as a copy of its client orders it: on another day of the month, and more of it."""
    if not turn:
        return row
    luck = (place * 31 + turn) * MIXER % 2**32 >> 8
    day: date = row["date"]
    quantity = row["quantity"] + BOXES * (luck % 7 if row["quantity"] > 0 else 0)
    return {
        **row,
        "client_id": _of_copy(row["client_id"], copy),
        "owner_id": _of_copy(row["owner_id"], copy),
        "date": day.replace(day=1 + (day.day - 1 + luck // 7) % 28),
        "quantity": quantity,
        "amount_krw": quantity * row["unit_price_krw"],
    }
