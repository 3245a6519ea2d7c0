"""Sums that stand ready, kept by triggers, and indexes that lists are read from in their order.

A later migration that makes `transactions` anew on SQLite (``batch_alter_table``) loses its triggers there,
and must make them again.
"""
# ruff: noqa: S608  # the statements are put together from this module's own words

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = ("region_code", "client_type")
CELL = ("client_id", "month", *KEY, "owner_id")
KINDS = ("kind", "payment_status")
SUMS = {
    "daily_totals": ("date", *KEY, *KINDS),
    "product_months": ("product_code", "month", *KEY, *KINDS),
    "client_months": ("client_id", "month", *KEY, "owner_id", *KINDS),
}
TYPES: dict[str, Any] = {
    "client_id": sa.String(32),
    "product_code": sa.String(32),
    "owner_id": sa.String(32),
    "region_code": sa.String(8),
    "client_type": sa.String(16),
    "kind": sa.String(8),
    "payment_status": sa.String(8),
    "date": sa.Date,
    "month": sa.Date,
}
OLD_INDEXES = {
    "ix_transactions_date": ("date",),
    "ix_transactions_client_date": ("client_id", "date"),
    "ix_transactions_product_date": ("product_code", "date"),
    "ix_transactions_owner_date": ("owner_id", "date"),
}
INDEXES = {
    "ix_transactions_date_id": ("date", "id"),
    "ix_transactions_client_date_id": ("client_id", "date", "id"),
    "ix_transactions_product_date_id": ("product_code", "date", "id"),
    "ix_transactions_owner_date_id": ("owner_id", "date", "id"),
    "ix_transactions_region_date_id": ("region_code", "date", "id"),
    "ix_transactions_status_date_id": ("payment_status", "date", "id"),
}
SUMMARY_INDEXES = {
    "ix_client_months_owner_month": ("client_months", ("owner_id", "month")),
    "ix_client_months_status": ("client_months", ("payment_status", "client_id")),
    "ix_purchase_months_owner": ("purchase_months", ("owner_id",)),
    "ix_purchase_months_shared": ("purchase_months", ("is_shared",)),
}


class Dialect(NamedTuple):
    """What the two databases say differently; ``{}`` is a day, or two values."""

    month: str
    month_end: str
    bit: str
    least: str
    greatest: str


DIALECTS = {
    "sqlite": Dialect(
        "date({}, 'start of month')",
        "date({}, 'start of month', '+1 month', '-1 day')",
        "(1 << (CAST(strftime('%d', {}) AS INTEGER) - 1))",
        "min({}, {})",
        "max({}, {})",
    ),
    "postgresql": Dialect(
        "CAST(date_trunc('month', {}) AS date)",
        "CAST(date_trunc('month', {}) + interval '1 month - 1 day' AS date)",
        "(1 << (CAST(extract(day FROM {}) AS integer) - 1))",
        "least({}, {})",
        "greatest({}, {})",
    ),
}
SORTING_KB = 256_000
OVERLAP = """EXISTS (
    SELECT 1 FROM purchase_months AS other
    WHERE other.client_id = purchase_months.client_id AND other.month = purchase_months.month
      AND (other.region_code <> purchase_months.region_code
           OR other.client_type <> purchase_months.client_type
           OR other.owner_id <> purchase_months.owner_id)
      AND (other.days & purchase_months.days) <> 0)"""


def upgrade() -> None:
    dialect = DIALECTS[op.get_bind().dialect.name]
    if dialect is DIALECTS["sqlite"]:
        op.execute(f"PRAGMA cache_size = -{SORTING_KB}")  # of this connection: millions of rows are sorted
    _create_tables()
    _fill(dialect)
    for name, (table, columns) in SUMMARY_INDEXES.items():
        op.create_index(name, table, columns)
    for name in OLD_INDEXES:
        op.drop_index(name, "transactions")
    for name, columns in INDEXES.items():
        op.create_index(name, "transactions", columns)
    if op.get_bind().dialect.name == "sqlite":
        _create_triggers_of_sqlite(dialect)
    else:
        _create_triggers_of_postgresql(dialect)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER transactions_summed_on_{event}")
    else:
        op.execute("DROP TRIGGER transactions_summed ON transactions")
        op.execute("DROP TRIGGER transactions_summed_on_truncate ON transactions")
        op.execute("DROP FUNCTION sum_transactions()")
        op.execute("DROP FUNCTION forget_sums_of_transactions()")
    for table in (*SUMS, "purchase_months"):
        op.drop_table(table)
    for name in INDEXES:
        op.drop_index(name, "transactions")
    for name, columns in OLD_INDEXES.items():
        op.create_index(name, "transactions", columns)


def _create_tables() -> None:
    for table, key in SUMS.items():
        op.create_table(
            table,
            *(sa.Column(name, TYPES[name], nullable=False) for name in key),
            sa.Column("amount_krw", sa.BigInteger, nullable=False),
            sa.Column("transactions", sa.Integer, nullable=False),
            sa.Column("quantity", sa.BigInteger, nullable=False),
            sa.PrimaryKeyConstraint(*key),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "purchase_months",
        *(sa.Column(name, TYPES[name], nullable=False) for name in CELL),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("purchase_days", sa.Integer, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("is_shared", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint(*CELL),
        sqlite_with_rowid=False,
    )


def _fill(dialect: Dialect) -> None:
    """Sum up what is there."""
    month = dialect.month.format("date")
    for table, key in SUMS.items():
        values = ", ".join(month if name == "month" else name for name in key)
        places = ", ".join(str(place) for place in range(1, len(key) + 1))
        op.execute(
            f"INSERT INTO {table} ({', '.join(key)}, amount_krw, transactions, quantity) "
            f"SELECT {values}, sum(amount_krw), count(*), sum(quantity) "
            f"FROM transactions GROUP BY {places} ORDER BY {places}"
        )
    cell = ", ".join(CELL)
    of_day = ", ".join(f"{month} AS month" if name == "month" else name for name in CELL)
    op.execute(
        f"INSERT INTO purchase_months ({cell}, days, purchase_days, first_day, last_day, is_shared) "
        f"SELECT {cell}, CAST(sum({dialect.bit.format('date')}) AS integer), count(*), min(date), max(date), "
        f"CAST(0 AS {'integer' if dialect is DIALECTS['sqlite'] else 'boolean'}) "
        f"FROM (SELECT DISTINCT {of_day}, date FROM transactions WHERE kind = 'sale') AS bought "
        f"GROUP BY {cell} ORDER BY {cell}"
    )
    op.execute(f"UPDATE purchase_months SET is_shared = {OVERLAP} WHERE {OVERLAP}")


def _create_triggers_of_sqlite(dialect: Dialect) -> None:
    added, taken = _added(dialect), _taken(dialect)
    columns = ", ".join(
        ("client_id", "product_code", "owner_id", "date", *KEY, *KINDS, "amount_krw", "quantity")
    )
    for event, statements in (
        ("insert", added),
        ("delete", taken),
        (f"update OF {columns}", (*taken, *added)),
    ):
        name = event.partition(" ")[0]
        op.execute(
            sa.text(
                f"CREATE TRIGGER transactions_summed_on_{name} AFTER {event} ON transactions BEGIN "
                + " ".join(f"{statement};" for statement in statements)
                + " END"
            )
        )


def _create_triggers_of_postgresql(dialect: Dialect) -> None:
    """Make them row by row as SQLite's. The lock keeps two writers' looks at each other's rows apart."""
    added = " ".join(f"{statement};" for statement in _added(dialect))
    taken = " ".join(f"{statement};" for statement in _taken(dialect))
    op.execute(
        f"""CREATE FUNCTION sum_transactions() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('narutalk sums of transactions'));
        IF TG_OP <> 'INSERT' THEN {taken} END IF;
        IF TG_OP <> 'DELETE' THEN {added} END IF;
        RETURN NULL; END $$"""
    )
    op.execute(
        "CREATE TRIGGER transactions_summed AFTER INSERT OR UPDATE OR DELETE ON transactions "
        "FOR EACH ROW EXECUTE FUNCTION sum_transactions()"
    )
    emptied = " ".join(f"DELETE FROM {table};" for table in (*SUMS, "purchase_months"))
    op.execute(
        "CREATE FUNCTION forget_sums_of_transactions() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {emptied} RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER transactions_summed_on_truncate AFTER TRUNCATE ON transactions "
        "FOR EACH STATEMENT EXECUTE FUNCTION forget_sums_of_transactions()"
    )


def _added(dialect: Dialect) -> Sequence[str]:
    """Return the statements that add the row NEW."""
    statements = []
    for table, key in SUMS.items():
        sums = ", ".join(
            f"{name} = {table}.{name} + excluded.{name}"
            for name in ("amount_krw", "transactions", "quantity")
        )
        statements.append(
            f"INSERT INTO {table} ({', '.join(key)}, amount_krw, transactions, quantity) "
            f"VALUES ({_values(key, 'NEW', dialect)}, NEW.amount_krw, 1, NEW.quantity) "
            f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sums}"
        )
    bit = dialect.bit.format("NEW.date")
    first = dialect.least.format("purchase_months.first_day", "excluded.first_day")
    last = dialect.greatest.format("purchase_months.last_day", "excluded.last_day")
    false = "false" if dialect is DIALECTS["postgresql"] else "0"
    statements += [
        f"INSERT INTO purchase_months ({', '.join(CELL)}, "
        "days, purchase_days, first_day, last_day, is_shared) "
        f"SELECT {_values(CELL, 'NEW', dialect)}, {bit}, 1, NEW.date, NEW.date, {false} "
        "WHERE NEW.kind = 'sale' "
        f"ON CONFLICT ({', '.join(CELL)}) DO UPDATE SET "
        "purchase_days = purchase_months.purchase_days"
        " + CASE WHEN (purchase_months.days & excluded.days) = 0 THEN 1 ELSE 0 END, "
        f"days = purchase_months.days | excluded.days, first_day = {first}, last_day = {last}",
        _shared("NEW", dialect)
        + " AND 1 < (SELECT count(*) FROM purchase_months AS every WHERE every.client_id = NEW.client_id"
        f" AND every.month = {dialect.month.format('NEW.date')})",
    ]
    return statements


def _taken(dialect: Dialect) -> Sequence[str]:
    """Return the statements that take the row OLD away, which is not there any more."""
    statements = []
    for table, key in SUMS.items():
        of_old = _equal(key, "OLD", dialect)
        statements += [
            f"UPDATE {table} SET amount_krw = amount_krw - OLD.amount_krw, "
            f"transactions = transactions - 1, quantity = quantity - OLD.quantity WHERE {of_old}",
            f"DELETE FROM {table} WHERE {of_old} AND transactions = 0",
        ]
    cell, bit = _equal(CELL, "OLD", dialect), dialect.bit.format("OLD.date")
    alike = " AND ".join(f"t.{name} = OLD.{name}" for name in CELL if name != "month")
    sales = f"FROM transactions AS t WHERE {alike} AND t.kind = 'sale'"
    month, month_end = dialect.month.format("OLD.date"), dialect.month_end.format("OLD.date")
    in_month = f"{sales} AND t.date BETWEEN {month} AND {month_end}"
    statements += [
        # Nothing is left of a day when no other sale of the cell is on it.
        f"UPDATE purchase_months SET purchase_days = purchase_days - 1, days = days - {bit} WHERE {cell} "
        f"AND OLD.kind = 'sale' AND (days & {bit}) <> 0 "
        f"AND NOT EXISTS (SELECT 1 {sales} AND t.date = OLD.date)",
        f"DELETE FROM purchase_months WHERE {cell} AND days = 0",
        "UPDATE purchase_months SET "
        f"first_day = coalesce((SELECT min(t.date) {in_month}), first_day), "
        f"last_day = coalesce((SELECT max(t.date) {in_month}), last_day) "
        f"WHERE {cell} AND OLD.kind = 'sale' AND (days & {bit}) = 0",
        _shared("OLD", dialect),
    ]
    return statements


def _shared(row: str, dialect: Dialect) -> str:
    month = dialect.month.format(f"{row}.date")
    return (
        f"UPDATE purchase_months SET is_shared = {OVERLAP} "
        f"WHERE purchase_months.client_id = {row}.client_id AND purchase_months.month = {month}"
    )


def _values(key: Sequence[str], row: str, dialect: Dialect) -> str:
    return ", ".join(
        dialect.month.format(f"{row}.date") if name == "month" else f"{row}.{name}" for name in key
    )


def _equal(key: Sequence[str], row: str, dialect: Dialect) -> str:
    return " AND ".join(
        f"{name} = {dialect.month.format(f'{row}.date')}" if name == "month" else f"{name} = {row}.{name}"
        for name in key
    )
