"""Random clients with contracts, transactions, notes and changes, random callers, and who sees what of them.

Every name, text and amount of a row stands in that row alone, so that one that is where it should not be is
found wherever it is. Amounts are distinct powers of three: no sum or difference of some is another one.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert
from sqlalchemy.orm import DeclarativeBase

from narutalk.clock import build_clock
from narutalk.identity import Identity, Role
from narutalk.settings import load_settings
from tests.unit.tools.clients.sample import PRODUCTS, REGIONS, TODAY
from tools.clients.changes.ledger import ChangeLedger
from tools.clients.database import build_client_engine, build_transaction_engine, migrate_clients
from tools.clients.models import (
    Change,
    Client,
    ClientRegion,
    Contract,
    ContractNote,
    Product,
    Transaction,
    TransactionBase,
)
from tools.clients.store import ClientStore

Row = Mapping[str, Any]
Tables = dict[type[DeclarativeBase], Sequence[Row]]

CODES = ("SEO", "BUS")
OWNERS = {
    "E0001": ("김민수", "Kim Minsu"),
    "E0002": ("박지훈", "Park Jihun"),
    "E0003": ("박지훈", "Park Jihun"),
}
SYLLABLES = "가나다라마바사아"
FIRST_DAY, LAST_DAY = date(2025, 10, 1), date(2026, 10, 31)


class World(NamedTuple):
    """Rows by table, in the order in which they refer to each other."""

    clients: list[dict[str, Any]]
    contracts: list[dict[str, Any]]
    transactions: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    changes: list[dict[str, Any]]

    def tables(self) -> Tables:
        return {
            ClientRegion: REGIONS,
            Client: self.clients,
            Contract: self.contracts,
            ContractNote: self.notes,
            Change: self.changes,
            Product: PRODUCTS,
            Transaction: self.transactions,
        }

    def of(self, who: Identity) -> "World":
        """Return the rows that a person may see: the slow, obviously right filter."""
        clients = [row for row in self.clients if sees(who, row)]
        ids = {row["id"] for row in clients}
        contracts = [row for row in self.contracts if row["client_id"] in ids]
        open_contracts = {row["id"] for row in contracts}
        return World(
            clients,
            contracts,
            [row for row in self.transactions if sees(who, row)],
            [row for row in self.notes if row["contract_id"] in open_contracts],
            [row for row in self.changes if row["client_id"] in ids],
        )

    def marks(self) -> set[str]:
        """Return what stands in one row only, as it stands in JSON."""
        words = ("name_en", "name_ko", "phone", "address", "title_en", "title_ko", "text", "reason")
        rows = (*self.clients, *self.contracts, *self.notes, *self.changes, *self.transactions)
        marks = {str(row[word]) for row in rows for word in words if word in row}
        marks |= {row["id"] for row in (*self.contracts, *self.notes, *self.changes, *self.transactions)}
        marks |= {str(row["annual_value_krw"]) for row in self.contracts}
        return marks | {str(abs(row["amount_krw"])) for row in self.transactions}


def sees(who: Identity, row: Row) -> bool:
    """Whether a person sees a client, or a transaction by where and whose it was at the time."""
    if who.roles & {Role.ADMIN, Role.MANAGER}:
        return True
    groups = [group.strip().lower() for group in who.groups]
    regions = {
        group.removeprefix("region:").strip().upper() for group in groups if group.startswith("region:")
    }
    ties = {group.removeprefix("employee:").upper() for group in groups if group.startswith("employee:")}
    if regions and row["region_code"] not in regions:
        return False
    return "clients:own" not in groups or (len(ties) == 1 and row["owner_id"] in ties)


LIMITED = (
    *(("region:SEO",), (" Region: bus ",), ("region:BUS", "region:XXX"), ("region:SEO", "employee:E0001")),
    *(
        ("clients:own", "employee:E0001"),
        (" CLIENTS:OWN", "Employee:e0002"),
        ("region:BUS", "employee:E0002"),
    ),
    *(("clients:own", "employee:E0001", "region:SEO"), ("region:SEO", "region:BUS", "employee:E0003")),
    *(("clients:own", "employee:E0002", "region:BUS"), ("clients:own", "employee:E0003")),
)
OPEN = ((), ("employee:E0001",), ("finance", "regional sales"))
CLOSED = (
    *(("region:XXX",), ("clients:own",), ("clients:own", "employee:E0001", "employee:E0002")),
    *(("clients:own", "employee:E0009"), ("region:",), ("clients:own", "employee:E0001", "region:BUS")),
)
"""Unknown regions, owners who are nobody, or two people at once; mostly nothing is left to see."""
ROLES = (Role.USER, Role.USER, Role.USER, Role.HR, Role.REVIEWER)


@st.composite
def callers(draw: st.DrawFn) -> Identity:
    """Return somebody with a role, most of them limited: by regions, by ownership, by both."""
    groups, role = draw(
        st.one_of(
            st.tuples(st.sampled_from(LIMITED), st.sampled_from(ROLES)),
            st.tuples(st.sampled_from(LIMITED), st.sampled_from(ROLES)),
            st.tuples(st.sampled_from(LIMITED), st.sampled_from(ROLES)),
            st.tuples(st.sampled_from(LIMITED), st.sampled_from(ROLES)),
            st.tuples(st.sampled_from((*OPEN, *CLOSED)), st.sampled_from(ROLES)),
            st.tuples(st.sampled_from(LIMITED), st.sampled_from((Role.MANAGER, Role.ADMIN))),
        )
    )
    return Identity(
        user_id="7",
        username="somebody",
        roles=frozenset({Role.USER, role}),
        groups=frozenset({*groups, "analyst", "finance"}),
    )


def unlimited(who: Identity) -> Identity:
    """Return the same person without what limits them."""
    kept = {group for group in who.groups if not group.strip().lower().startswith(("region:", "clients:"))}
    return who.model_copy(update={"groups": frozenset(kept)})


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Return a company; its transactions may be of another region or owner than their client is now."""
    clients = [_client(draw, number) for number in range(1, draw(st.integers(4, 6)) + 1)]
    contracts = [
        _contract(number, clients[number - 1] if number < 4 else draw(st.sampled_from(clients)))
        for number in range(1, draw(st.integers(3, 5)) + 1)
    ]
    trades = [
        _transaction(draw, number, clients[(number - 1) % len(clients)])
        for number in range(1, draw(st.integers(5, 12)) + 1)
    ]
    trades[0]["date"], trades[-1]["date"] = FIRST_DAY, LAST_DAY
    notes = [_note(contract) for contract in contracts if draw(st.booleans())]
    changes = [_change(client) for client in clients if draw(st.booleans())]
    return World(clients, contracts, trades, notes, changes)


def _client(draw: st.DrawFn, number: int) -> dict[str, Any]:
    # The first ones lie in both regions and with three owners, so that most limits part them.
    owner = sorted(OWNERS)[(number - 1) % 3] if number < 4 else draw(st.sampled_from(sorted(OWNERS)))
    brand = draw(st.sampled_from([("한빛", "Hanbit"), ("새온", "Saeon")]))
    own = SYLLABLES[number] * 2
    return {
        "id": f"C{number:04}",
        "name_ko": f"{brand[0]}{own}의원",
        "name_en": f"{brand[1]} Mark{number}x Clinic",
        "client_type": draw(st.sampled_from(["clinic", "hospital"])),
        "region_code": CODES[(number - 1) % 2] if number < 4 else draw(st.sampled_from(CODES)),
        "grade": draw(st.sampled_from("ABCD")),
        "owner_id": owner,
        "owner_name_ko": OWNERS[owner][0],
        "owner_name_en": OWNERS[owner][1],
        "status": "active",
        "since": date(2020, 1, number),
        "phone": f"02-777-900{number}",
        "address": f"street {number}x",
    }


def _contract(number: int, client: Row) -> dict[str, Any]:
    return {
        "id": f"K{number:05}",
        "client_id": client["id"],
        "title_ko": f"공급 계약 {number}x",
        "title_en": f"Agreement {number}x",
        "start_date": date(2026, 1, number),
        "end_date": date(2026, 12, number),
        "annual_value_krw": 3**number * 1_013_000,
        "payment_terms_days": 30,
        "auto_renewal": False,
        "status": "active",
    }


def _transaction(draw: st.DrawFn, number: int, client: Row) -> dict[str, Any]:
    sign = draw(st.sampled_from([1, 1, -1]))
    amount = 3**number * 1_009_000
    has_moved = draw(st.integers(0, 3)) == 0
    return {
        "id": f"T{number:06}",
        "client_id": client["id"],
        "client_type": client["client_type"],
        "region_code": draw(st.sampled_from(CODES)) if has_moved else client["region_code"],
        "owner_id": draw(st.sampled_from(sorted(OWNERS))) if has_moved else client["owner_id"],
        "product_code": draw(st.sampled_from(PRODUCTS))["code"],
        "date": draw(st.dates(FIRST_DAY, LAST_DAY)),
        "kind": "sale" if sign > 0 else "return",
        "quantity": sign,
        "unit_price_krw": amount,
        "amount_krw": sign * amount,
        "payment_status": draw(st.sampled_from(["paid", "unpaid", "overdue"])),
    }


def _note(contract: Row) -> dict[str, Any]:
    text = f"remark on {contract['id']}x"
    return {
        "id": f"note-{contract['id']}",
        "contract_id": contract["id"],
        "text": text,
        "digest": sha256(text.encode()).hexdigest(),
        "author": "max",
        "written_at": datetime(2026, 11, 1, 9),
    }


def _change(client: Row) -> dict[str, Any]:
    return {
        "id": f"change-{client['id']}",
        "kind": "update_client",
        "client_id": client["id"],
        "contract_id": None,
        "before": {"grade": "D" if client["grade"] != "D" else "C"},
        "after": {"grade": client["grade"]},
        "reason": f"because of {client['id']}x",
        "asked_by_id": "m",
        "asked_by": "max",
        "approved_by_id": "7" if client["id"] == "C0001" else "m",
        "approved_by": "max",
        "conversation_id": None,
        "run_id": None,
        "undoes": None,
        "made_at": datetime(2026, 11, 2, 9),
    }


class Databases:
    """Two databases that are filled anew for each world.

    Args:
        folder: Where their files lie.
    """

    def __init__(self, folder: Path) -> None:
        settings = load_settings(data_dir=folder, _env_file=None)
        migrate_clients(settings)
        self.clients = build_client_engine(settings, read_only=False)
        self.transactions = build_transaction_engine(settings, read_only=False)

    def fill(self, tables: Tables) -> ClientStore:
        """Put other rows in the place of those that are there, and return a store over them."""
        for table in reversed(tables):
            with self._engine(table).begin() as connection:
                connection.execute(delete(table))
        for table, rows in tables.items():
            if rows:
                with self._engine(table).begin() as connection:
                    connection.execute(insert(table), [dict(row) for row in rows])
        return ClientStore(self.clients, self.transactions, build_clock(TODAY))

    def ledger(self) -> ChangeLedger:
        return ChangeLedger(self.clients)

    def close(self) -> None:
        self.clients.dispose()
        self.transactions.dispose()

    def _engine(self, table: type[DeclarativeBase]) -> Engine:
        return self.transactions if issubclass(table, TransactionBase) else self.clients


@contextmanager
def opened_databases(folder: Path) -> Iterator[Databases]:
    """Open databases in a folder."""
    folder.mkdir()
    opened = Databases(folder)
    try:
        yield opened
    finally:
        opened.close()


def leaked(answer: Any, asked: Any, whole: World, part: World) -> set[str]:
    """Return what an answer holds of rows that are not to be seen, but for what was asked with."""
    said = json.dumps(asked, ensure_ascii=False)
    hidden = {mark for mark in whole.marks() - part.marks() if mark not in said}
    told = json.dumps(answer, ensure_ascii=False, default=str).replace(",", "")
    return {mark for mark in hidden if mark in told}
