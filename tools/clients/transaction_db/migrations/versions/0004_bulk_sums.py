"""Sums of clients by product; on PostgreSQL sums are kept by the statement; an index for amounts.

PostgreSQL hands a trigger all rows of a statement at once: writing a thousand of them costs little more than
writing one did. SQLite's triggers go row by row, and stay. The function of the old trigger stays, too, for
the way back.
"""
# ruff: noqa: S608  # the statements are put together from this module's own words

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLE = "client_product_months"
CELL = ("client_id", "month", "region_code", "client_type", "owner_id")
KINDS = ("kind", "payment_status")
KEY = ("product_code", "month", "client_id", "region_code", "client_type", "owner_id", *KINDS)
SUMS = {
    "daily_totals": ("date", "region_code", "client_type", *KINDS),
    "product_months": ("product_code", "month", "region_code", "client_type", *KINDS),
    "client_months": (*CELL, *KINDS),
    TABLE: KEY,
}
BEFORE = ("daily_totals", "product_months", "client_months", "purchase_months")
LENGTHS = {"region_code": 8, "client_type": 16, "kind": 8, "payment_status": 8}
AMOUNT_INDEX = "ix_transactions_amount_date_id"
MONTH_OF = {
    "sqlite": "date({}, 'start of month')",
    "postgresql": "CAST(date_trunc('month', {}) AS date)",
}
CHANGES = {
    "insert": "SELECT 1 AS sign, added.* FROM added",
    "delete": "SELECT -1 AS sign, taken.* FROM taken",
    "update": "SELECT 1 AS sign, added.* FROM added UNION ALL SELECT -1, taken.* FROM taken",
}
SEEN_AS = {
    "insert": "REFERENCING NEW TABLE AS added",
    "delete": "REFERENCING OLD TABLE AS taken",
    "update": "REFERENCING OLD TABLE AS taken NEW TABLE AS added",
}
SORTING_KB = 256_000


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    if dialect == "sqlite":
        op.execute(f"PRAGMA cache_size = -{SORTING_KB}")  # of this connection: millions of rows are sorted
    op.create_table(
        TABLE,
        *(
            sa.Column(name, sa.Date if name == "month" else sa.String(LENGTHS.get(name, 32)), nullable=False)
            for name in KEY
        ),
        sa.Column("amount_krw", sa.BigInteger, nullable=False),
        sa.Column("transactions", sa.Integer, nullable=False),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(*KEY),
        sqlite_with_rowid=False,
    )
    places = ", ".join(str(place) for place in range(1, len(KEY) + 1))
    op.execute(
        f"INSERT INTO {TABLE} ({', '.join(KEY)}, amount_krw, transactions, quantity) "
        f"SELECT {_values(KEY, '', dialect)}, sum(amount_krw), count(*), sum(quantity) "
        f"FROM transactions GROUP BY {places} ORDER BY {places}"
    )
    op.create_index(AMOUNT_INDEX, "transactions", ["amount_krw", "date", "id"])
    if dialect == "sqlite":
        _create_triggers_of_sqlite()
    else:
        _create_triggers_of_postgresql()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in CHANGES:
            op.execute(f"DROP TRIGGER transactions_summed_by_product_on_{event}")
    else:
        for event in CHANGES:
            op.execute(f"DROP TRIGGER transactions_summed_on_{event} ON transactions")
            op.execute(f"DROP FUNCTION sum_transactions_on_{event}()")
        op.execute(
            "CREATE TRIGGER transactions_summed AFTER INSERT OR UPDATE OR DELETE ON transactions "
            "FOR EACH ROW EXECUTE FUNCTION sum_transactions()"
        )
        op.execute(_forgetting(BEFORE))
    op.drop_index(AMOUNT_INDEX, "transactions")
    op.drop_table(TABLE)


def _create_triggers_of_sqlite() -> None:
    names, sums = ", ".join(KEY), ("amount_krw", "transactions", "quantity")
    added = (
        f"INSERT INTO {TABLE} ({names}, {', '.join(sums)}) "
        f"VALUES ({_values(KEY, 'NEW.', 'sqlite')}, NEW.amount_krw, 1, NEW.quantity) ON CONFLICT ({names}) "
        f"DO UPDATE SET {', '.join(f'{name} = {name} + excluded.{name}' for name in sums)};"
    )
    of_old = " AND ".join(
        f"{name} = {value}" for name, value in zip(KEY, _each_value(KEY, "OLD.", "sqlite"), strict=True)
    )
    taken = (
        f"UPDATE {TABLE} SET amount_krw = amount_krw - OLD.amount_krw, transactions = transactions - 1, "
        f"quantity = quantity - OLD.quantity WHERE {of_old}; "
        f"DELETE FROM {TABLE} WHERE {of_old} AND transactions = 0;"
    )
    columns = ", ".join(("date", *(name for name in KEY if name != "month"), "amount_krw", "quantity"))
    for event, body in (("insert", added), ("delete", taken), (f"update OF {columns}", f"{taken} {added}")):
        op.execute(
            sa.text(
                f"CREATE TRIGGER transactions_summed_by_product_on_{event.partition(' ')[0]} "
                f"AFTER {event} ON transactions BEGIN {body} END"
            )
        )


def _create_triggers_of_postgresql() -> None:
    op.execute("DROP TRIGGER transactions_summed ON transactions")
    op.execute(_forgetting((*BEFORE, TABLE)))
    for event, changes in CHANGES.items():
        statements = [statement for table in SUMS for statement in _summed(table, event)]
        statements += [*_days_counted_again(changes), _shared(changes)] if event != "insert" else []
        statements += [_days_added(), _shared(changes)] if event == "insert" else []
        # Few rows are looked up by their keys in large tables; a plan is made once, for any number of rows.
        op.execute(
            f"""CREATE FUNCTION sum_transactions_on_{event}() RETURNS trigger LANGUAGE plpgsql
            SET enable_hashjoin = off SET enable_mergejoin = off AS $$ BEGIN
            PERFORM pg_advisory_xact_lock(hashtext('narutalk sums of transactions'));
            {" ".join(f"{statement};" for statement in statements)}
            RETURN NULL; END $$"""
        )
        op.execute(
            f"CREATE TRIGGER transactions_summed_on_{event} AFTER {event} ON transactions {SEEN_AS[event]} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION sum_transactions_on_{event}()"
        )


def _forgetting(tables: Sequence[str]) -> str:
    emptied = " ".join(f"DELETE FROM {table};" for table in tables)
    return (
        "CREATE OR REPLACE FUNCTION forget_sums_of_transactions() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {emptied} RETURN NULL; END $$"
    )


def _summed(table: str, event: str) -> Sequence[str]:
    """Return the statements that add what came to a summary, and take away what went."""
    key = SUMS[table]
    names, values = ", ".join(key), _values(key, "", "postgresql")
    places = ", ".join(str(place) for place in range(1, len(key) + 1))
    sums = {
        "amount_krw": "sum(sign * amount_krw)",
        "transactions": "sum(sign)",
        "quantity": "sum(sign * quantity)",
    }
    added = (
        f"INSERT INTO {table} ({names}, {', '.join(sums)}) SELECT {values}, {', '.join(sums.values())} "
        f"FROM ({CHANGES[event]}) AS change GROUP BY {places} "
        f"HAVING {' OR '.join(f'{value} <> 0' for value in sums.values())} ORDER BY {places} "
        f"ON CONFLICT ({names}) DO UPDATE "
        f"SET {', '.join(f'{name} = {table}.{name} + excluded.{name}' for name in sums)}"
    )
    if event == "insert":
        return [added]
    alike = " AND ".join(f"{table}.{name} = gone.{name}" for name in key)
    emptied = (
        f"DELETE FROM {table} USING (SELECT DISTINCT {_named(key)} FROM taken) AS gone "
        f"WHERE {alike} AND {table}.transactions = 0"
    )
    return [added, emptied]


def _days_added() -> str:
    """Return the statement that adds days with a sale; one more row on a day it knows changes nothing."""
    cell = ", ".join(CELL)
    days = "purchase_months.days | excluded.days"
    return (
        f"INSERT INTO purchase_months ({cell}, days, purchase_days, first_day, last_day, is_shared) "
        f"SELECT {_values(CELL, '', 'postgresql')}, {_DAYS_OF_ROWS} FROM added WHERE kind = 'sale' "
        f"GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5 ON CONFLICT ({cell}) DO UPDATE SET days = {days}, "
        f"purchase_days = length(replace(CAST(CAST({days} AS bit(31)) AS text), '0', '')), "
        "first_day = least(purchase_months.first_day, excluded.first_day), "
        "last_day = greatest(purchase_months.last_day, excluded.last_day)"
    )


_DAYS_OF_ROWS = (
    "bit_or(1 << (CAST(extract(day FROM date) AS integer) - 1)), count(DISTINCT date), "
    "min(date), max(date), false"
)


def _days_counted_again(changes: str) -> Sequence[str]:
    """Return the statements that make the rows anew in which a sale came to a day or went from it."""
    cell = ", ".join(CELL)
    touched = (
        f"(SELECT DISTINCT {cell} FROM (SELECT {_named(CELL)}, date FROM ({changes}) AS change "
        f"WHERE kind = 'sale' GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(sign) <> 0) AS days) AS touched"
    )
    alike = " AND ".join(f"purchase_months.{name} = touched.{name}" for name in CELL)
    of_cell = " AND ".join(f"t.{name} = touched.{name}" for name in CELL if name != "month")
    return [
        f"DELETE FROM purchase_months USING {touched} WHERE {alike}",
        f"INSERT INTO purchase_months ({cell}, days, purchase_days, first_day, last_day, is_shared) "
        f"SELECT {', '.join(f'touched.{name}' for name in CELL)}, {_DAYS_OF_ROWS} "
        f"FROM {touched} JOIN transactions AS t ON {of_cell} AND t.kind = 'sale' "
        "AND t.date BETWEEN touched.month AND CAST(touched.month + interval '1 month - 1 day' AS date) "
        "GROUP BY 1, 2, 3, 4, 5",
    ]


def _shared(changes: str) -> str:
    return (
        "UPDATE purchase_months AS mine SET is_shared = NOT is_shared "
        f"FROM (SELECT DISTINCT {_named(('client_id', 'month'))} FROM ({changes}) AS change "
        "WHERE kind = 'sale') AS touched "
        "WHERE mine.client_id = touched.client_id AND mine.month = touched.month "
        "AND mine.is_shared <> EXISTS (SELECT 1 FROM purchase_months AS other "
        "WHERE other.client_id = mine.client_id AND other.month = mine.month "
        "AND (other.region_code, other.client_type, other.owner_id) "
        "<> (mine.region_code, mine.client_type, mine.owner_id) AND (other.days & mine.days) <> 0)"
    )


def _values(key: Sequence[str], row: str, dialect: str) -> str:
    return ", ".join(_each_value(key, row, dialect))


def _each_value(key: Sequence[str], row: str, dialect: str) -> list[str]:
    """Return the value of each column of a key in a row of transactions, such as ``NEW.``."""
    month = MONTH_OF[dialect].format(f"{row}date")
    return [month if name == "month" else f"{row}{name}" for name in key]


def _named(key: Sequence[str]) -> str:
    values = zip(_each_value(key, "", "postgresql"), key, strict=True)
    return ", ".join(f"{value} AS {name}" for value, name in values)
