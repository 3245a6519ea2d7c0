"""The newest migrations, over databases of the version before that hold data; on SQLite and PostgreSQL."""

import datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, Table, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from narutalk.settings import Settings
from tools.clients.database import (
    CLIENT_MIGRATIONS,
    TRANSACTION_MIGRATIONS,
    build_client_engine,
    build_transaction_engine,
    migrate_clients,
)
from tools.clients.models import ClientBase, TransactionBase
from tools.employees.database import MIGRATIONS, build_employee_engine, migrate_employees
from tools.employees.models import EmployeeBase

DAY = datetime.date(2026, 1, 2)
NOW = datetime.datetime(2026, 1, 2, 3, 4)
PLACE = {"code": "SEO", "name_en": "Seoul", "name_ko": "서울"}
PERSON = {
    "id": "E0001",
    "name_ko": "홍길동",
    "name_en": "Hong",
    "department_code": "SAL",
    "region_code": "SEO",
    "position": "director",
    "manager_id": None,
    "hire_date": DAY,
    "left_date": None,
    "status": "active",
    "email": "h@x.example",
}
EMPLOYEE_ROWS: dict[str, list[dict[str, Any]]] = {
    "departments": [{"code": "SAL", "name_en": "Sales", "name_ko": "영업부"}],
    "regions": [PLACE],
    "employees": [PERSON, {**PERSON, "id": "E0002", "manager_id": "E0001", "email": "k@x.example"}],
    "monthly_sales": [{"employee_id": "E0002", "month": DAY, "amount_krw": -5, "target_krw": 10}],
    "attendance": [
        {"employee_id": "E0002", "month": DAY, "working_days": 20, "present_days": 20, "late_days": 0}
        | {"leave_days": 0, "sick_days": 0, "overtime_hours": 3}
    ],
    "reviews": [
        {"employee_id": "E0002", "half": "2025-H2", "score": 4.5, "summary_en": "", "summary_ko": ""}
    ],
    "salaries": [{"employee_id": "E0002", "effective_from": DAY, "annual_krw": 50_000_000}],
}
CLIENT_ROWS: dict[str, list[dict[str, Any]]] = {
    "client_regions": [PLACE],
    "clients": [
        {"id": "C0001", "name_ko": "가", "name_en": "A", "client_type": "clinic", "region_code": "SEO"}
        | {"grade": "A", "owner_id": "E0001", "owner_name_ko": "홍", "owner_name_en": "H", "status": "active"}
        | {"since": DAY, "phone": "", "address": ""}
    ],
    "contracts": [
        {"id": "K00001", "client_id": "C0001", "title_ko": "가", "title_en": "A", "start_date": DAY}
        | {"end_date": datetime.date(2027, 1, 1), "annual_value_krw": 7, "payment_terms_days": 30}
        | {"auto_renewal": True, "status": "active"}
    ],
    "contract_notes": [
        {"id": "n", "contract_id": "K00001", "text": "t", "digest": "d", "author": "a", "written_at": NOW}
    ],
    "client_changes": [
        {"id": key, "kind": "add_contract_note", "client_id": "C0001", "contract_id": "K00001", "before": {}}
        | {"after": {"a": 1}, "reason": "r", "asked_by_id": "1", "asked_by": "a", "approved_by_id": "1"}
        | {"approved_by": "a", "conversation_id": None, "run_id": None, "undoes": undone, "made_at": NOW}
        for key, undone in (("one", None), ("two", "one"))
    ],
}
TRANSACTION_ROWS: dict[str, list[dict[str, Any]]] = {
    "products": [
        {"code": "P1", "name_en": "Pill", "name_ko": "약", "category": "pain", "unit_price_krw": 100}
    ],
    "transactions": [
        {"id": "T000001", "client_id": "C0001", "client_type": "clinic", "region_code": "SEO"}
        | {"owner_id": "E0001", "product_code": "P1", "date": DAY, "kind": "sale", "quantity": 2}
        | {"unit_price_krw": 100, "amount_krw": 200, "payment_status": "paid"}
    ],
}


@pytest.mark.parametrize(
    ("base", "build", "folder", "before", "rows"),
    [
        (EmployeeBase, build_employee_engine, MIGRATIONS, "0002", EMPLOYEE_ROWS),
        (ClientBase, build_client_engine, CLIENT_MIGRATIONS, "0002", CLIENT_ROWS),
        (ClientBase, build_client_engine, CLIENT_MIGRATIONS, "0003", CLIENT_ROWS),
        (TransactionBase, build_transaction_engine, TRANSACTION_MIGRATIONS, "0001", TRANSACTION_ROWS),
    ],
)
def test_data_of_the_version_before_is_kept(
    empty_settings: Settings,
    base: Any,
    build: Any,
    folder: Path,
    before: str,
    rows: dict[str, list[dict[str, Any]]],
) -> None:
    engine: Engine = build(empty_settings, read_only=False)
    _upgrade(engine, folder, before)
    _fill(engine, rows)

    migrate_employees(empty_settings)
    migrate_clients(empty_settings)

    for name, kept in rows.items():
        for row in kept:
            assert row.items() <= _row_like(engine, name, row).items()
    assert _differences(engine, base) == []
    engine.dispose()


def test_nonsense_is_kept_out_by_the_database_itself(empty_settings: Settings) -> None:
    migrate_employees(empty_settings)
    migrate_clients(empty_settings)
    for build, rows, nonsense in (
        (
            build_employee_engine,
            EMPLOYEE_ROWS,
            [
                ("employees", "position = 'boss'"),
                ("employees", "status = 'gone'"),
                ("employees", "manager_id = id"),
                ("employees", "left_date = '2020-01-01', status = 'left'"),
                ("employees", "department_code = 'XXX'"),
                ("monthly_sales", "currency = 'USD'"),
                ("monthly_sales", "target_krw = -1"),
                ("attendance", "late_days = 25"),
                ("attendance", "present_days = 21, leave_days = -1"),
                ("reviews", "score = 6"),
                ("salaries", "annual_krw = 0"),
            ],
        ),
        (
            build_client_engine,
            CLIENT_ROWS,
            [
                ("clients", "client_type = 'bank'"),
                ("clients", "status = 'odd'"),
                ("clients", "grade = 'E'"),
                ("contracts", "currency = 'USD'"),
                ("contracts", "end_date = start_date"),
                ("contracts", "annual_value_krw = 0"),
                ("contracts", "status = 'odd'"),
                ("contracts", "payment_terms_days = -1"),
                ("contracts", "client_id = 'C9999'"),
            ],
        ),
        (
            build_transaction_engine,
            TRANSACTION_ROWS,
            [
                ("products", "unit_price_krw = -1"),
                ("products", "currency = 'EUR'"),
                ("transactions", "amount_krw = 201"),
                ("transactions", "quantity = 0, amount_krw = 0"),
                ("transactions", "kind = 'return'"),
                ("transactions", "kind = 'gift'"),
                ("transactions", "payment_status = 'odd'"),
                ("transactions", "currency = 'USD'"),
            ],
        ),
    ):
        engine = build(empty_settings, read_only=False)
        _fill(engine, rows)
        for table, change in nonsense:
            with pytest.raises(IntegrityError), engine.begin() as connection:
                connection.execute(text(f"UPDATE {table} SET {change}"))
        engine.dispose()


def _upgrade(engine: Engine, folder: Path, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(folder))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        config.attributes["version_table"] = f"alembic_{folder.parent.name}"
        command.upgrade(config, revision)


def _fill(engine: Engine, rows: dict[str, list[dict[str, Any]]]) -> None:
    with engine.begin() as connection:
        for name, new in rows.items():
            connection.execute(insert(Table(name, MetaData(), autoload_with=connection)), new)


def _row_like(engine: Engine, name: str, row: dict[str, Any]) -> dict[str, Any]:
    with engine.connect() as connection:
        table = Table(name, MetaData(), autoload_with=connection)
        key = [column.name for column in table.primary_key]
        wanted = select(table).where(*(table.c[part] == row[part] for part in key))
        return dict(connection.execute(wanted).mappings().one())


def _differences(engine: Engine, base: Any) -> list[Any]:
    ours = set(base.metadata.tables)
    assert ours <= set(inspect(engine).get_table_names())
    with engine.connect() as connection:
        options = {"include_name": lambda name, kind, _parents: kind != "table" or name in ours}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, base.metadata))
