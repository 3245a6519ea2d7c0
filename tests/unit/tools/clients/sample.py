"""A company so small that its figures are added up by hand."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import insert
from sqlalchemy.orm import DeclarativeBase

from narutalk.clock import build_clock
from narutalk.settings import Settings
from tools.clients.changes.ledger import ChangeLedger
from tools.clients.database import build_client_engine, build_transaction_engine, migrate_clients
from tools.clients.models import Client, ClientRegion, Contract, Product, Transaction, TransactionBase
from tools.clients.store import ClientStore

TODAY = date(2026, 11, 22)

Rows = Sequence[Mapping[str, Any]]


def _client(
    number: int, ko: str, en: str, kind: str, region: str, grade: str, owner: tuple[str, str, str]
) -> Any:
    return {
        "id": f"C{number:04}",
        "name_ko": ko,
        "name_en": en,
        "client_type": kind,
        "region_code": region,
        "grade": grade,
        "owner_id": owner[0],
        "owner_name_ko": owner[1],
        "owner_name_en": owner[2],
        "status": "inactive" if number == 4 else "active",
        "since": date(2020, 1, number),
        "phone": f"02-000-000{number}",
        "address": f"새빛로 {number}",
        "contact_name": "" if number == 4 else f"Contact {number}",
        "contact_email": "" if number == 4 else f"contact{number}@client.example",
    }


MINSU = ("E0001", "김민수", "Kim Minsu")
JIHUN_SEOUL = ("E0002", "박지훈", "Park Jihun")
JIHUN_BUSAN = ("E0003", "박지훈", "Park Jihun")

REGIONS = [
    {"code": "SEO", "name_en": "Seoul", "name_ko": "서울"},
    {"code": "BUS", "name_en": "Busan", "name_ko": "부산"},
]
CLIENTS = [
    _client(1, "한빛중앙병원", "Hanbit Central Hospital", "hospital", "SEO", "A", MINSU),
    _client(2, "한빛내과의원", "Hanbit Internal Medicine Clinic", "clinic", "BUS", "B", JIHUN_BUSAN),
    _client(3, "새온약국", "Saeon Pharmacy", "pharmacy", "BUS", "C", JIHUN_BUSAN),
    _client(4, "다솜약국", "Dasom Pharmacy", "pharmacy", "SEO", "D", JIHUN_SEOUL),
]
CONTRACTS = [
    {
        "id": f"K0000{number}",
        "client_id": client_id,
        "title_ko": f"공급 계약 {number}",
        "title_en": f"Supply agreement {number}",
        "start_date": start,
        "end_date": end,
        "annual_value_krw": value,
        "payment_terms_days": 30,
        "auto_renewal": number == 2,
        "status": status,
    }
    for number, client_id, start, end, value, status in (
        (1, "C0001", date(2025, 1, 1), date(2025, 12, 31), 1_000_000, "expired"),
        (2, "C0001", date(2026, 1, 1), date(2026, 12, 31), 2_000_000, "active"),
        (3, "C0002", date(2026, 1, 1), date(2027, 6, 30), 4_000_000, "active"),
        (4, "C0004", date(2025, 1, 1), date(2026, 3, 31), 8_000_000, "terminated"),
    )
]
PRODUCTS = [
    {
        "code": "CV-010",
        "name_en": "Cardivel",
        "name_ko": "카디벨",
        "category": "cardiovascular",
        "unit_price_krw": 100,
    },
    {
        "code": "VC-010",
        "name_en": "Fluvaxen",
        "name_ko": "플루백센",
        "category": "vaccine",
        "unit_price_krw": 1000,
    },
]
_TRADES = (
    # client, product, date, quantity, payment
    (1, "CV-010", date(2025, 10, 1), 10, "paid"),  # 1,000
    (1, "VC-010", date(2026, 7, 1), 5, "paid"),  # 5,000
    (1, "VC-010", date(2026, 8, 3), -1, "paid"),  # -1,000
    (2, "CV-010", date(2026, 7, 15), 20, "overdue"),  # 2,000
    (2, "VC-010", date(2026, 9, 30), 3, "paid"),  # 3,000
    (3, "CV-010", date(2026, 10, 30), 7, "unpaid"),  # 700
    (4, "CV-010", date(2025, 11, 3), 4, "overdue"),  # 400
)
_OWNERS = {1: "E0001", 2: "E0003", 3: "E0003", 4: "E0002"}


def _transaction(number: int, client: int, product: str, day: date, quantity: int, payment: str) -> Any:
    price = {"CV-010": 100, "VC-010": 1000}[product]
    return {
        "id": f"T{number:06}",
        "client_id": f"C{client:04}",
        "client_type": CLIENTS[client - 1]["client_type"],
        "region_code": CLIENTS[client - 1]["region_code"],
        "owner_id": _OWNERS[client],
        "product_code": product,
        "date": day,
        "kind": "return" if quantity < 0 else "sale",
        "quantity": quantity,
        "unit_price_krw": price,
        "amount_krw": quantity * price,
        "payment_status": payment,
    }


TRANSACTIONS = [_transaction(number, *trade) for number, trade in enumerate(_TRADES, 1)]

TINY: dict[type[DeclarativeBase], Rows] = {
    ClientRegion: REGIONS,
    Client: CLIENTS,
    Contract: CONTRACTS,
    Product: PRODUCTS,
    Transaction: TRANSACTIONS,
}


class Opened(NamedTuple):
    """A store over filled databases, and what changes them."""

    store: ClientStore
    ledger: ChangeLedger


@contextmanager
def open_filled(settings: Settings, tables: Mapping[type[DeclarativeBase], Rows]) -> Iterator[ClientStore]:
    """Make the two databases, fill them, and open a store over them."""
    with open_company(settings, tables) as opened:
        yield opened.store


@contextmanager
def open_company(settings: Settings, tables: Mapping[type[DeclarativeBase], Rows]) -> Iterator[Opened]:
    """Make the two databases, fill them, and open what reads and what changes them."""
    migrate_clients(settings)
    engines = (
        build_client_engine(settings, read_only=False),
        build_transaction_engine(settings, read_only=False),
    )
    for table, rows in tables.items():
        with engines[issubclass(table, TransactionBase)].begin() as connection:
            if rows:
                connection.execute(insert(table), list(rows))
    for engine in engines:
        engine.dispose()
    clients, transactions = build_client_engine(settings), build_transaction_engine(settings)
    changed = build_client_engine(settings, read_only=False)
    try:
        yield Opened(ClientStore(clients, transactions, build_clock(TODAY)), ChangeLedger(changed))
    finally:
        clients.dispose()
        transactions.dispose()
        changed.dispose()
