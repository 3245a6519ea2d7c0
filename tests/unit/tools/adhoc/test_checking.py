"""What analysts may run, and what is refused: attacks by comments, stacked statements, functions, names."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert
from sqlglot import exp

from narutalk.db import build_engine, database_url
from narutalk.errors import RetryWithFix, TellTheModel
from narutalk.identity import Identity, Role
from narutalk.offline.hints import hints_of
from narutalk.offline.planning import OfflineTool, plan
from narutalk.settings import load_settings
from narutalk.sql_recording import recorded_queries
from tests.unit.tools.clients.sample import TINY, open_filled
from tests.unit.tools.employees.sample import fill
from tools.adhoc.checking import MAX_NODES, MAX_ROWS, check
from tools.adhoc.running import AdHocDatabase
from tools.adhoc.tool import AskInSql, build_sql_tool, find_sql, require_analyst
from tools.clients.models import Product
from tools.clients.store import ClientStore
from tools.clients.views import transaction_views
from tools.employees.views import employee_views

VIEWS = frozenset({"clients", "transactions", "products"})
ANALYST = Identity(user_id="a", username="ana", groups=frozenset({"Analyst"}))
BUSAN = Identity(user_id="b", username="bea", groups=frozenset({"analyst", "region:BUS"}))
OWN = Identity(user_id="o", username="oh", groups=frozenset({"analyst", "clients:own", "employee:E0001"}))
EVERYTHING = Identity(user_id="x", username="x", roles=frozenset({Role.ADMIN}))

ATTACKS = (
    "",
    ";",
    "SELECT 1",
    "SELECT * FROM clients; DROP TABLE clients",
    "SELECT * FROM clients; SELECT * FROM clients",
    "SELECT * FROM clients -- \n; DELETE FROM clients",
    "/* */ DELETE FROM clients",
    "DELETE FROM clients RETURNING *",
    "UPDATE clients SET grade = 'A'",
    "INSERT INTO clients SELECT * FROM clients",
    "CREATE TABLE t AS SELECT * FROM clients",
    "DROP TABLE clients",
    "WITH gone AS (DELETE FROM clients RETURNING *) SELECT * FROM gone",
    "WITH more AS (INSERT INTO products VALUES (1) RETURNING *) SELECT * FROM more, clients",
    "WITH RECURSIVE n(i) AS (SELECT 1 FROM clients UNION ALL SELECT i + 1 FROM n) SELECT * FROM n",
    "SELECT * INTO loot FROM clients",
    "SELECT * FROM clients FOR UPDATE",
    "PRAGMA query_only = OFF",
    "PRAGMA table_info(clients)",
    "SELECT * FROM pragma_table_info('clients')",
    "ATTACH DATABASE '/tmp/x.db' AS x",
    "ATTACH '/tmp/x.db' AS x",
    "VACUUM INTO '/tmp/x.db'",
    "EXPLAIN SELECT * FROM clients",
    "COPY clients TO '/tmp/x'",
    "COPY (SELECT * FROM clients) TO PROGRAM 'id'",
    "SET statement_timeout = 0",
    "BEGIN",
    "SHOW search_path",
    "TABLE secrets",
    "VALUES (1)",
    "SELECT pg_sleep(10) FROM clients",
    "SELECT * FROM clients WHERE pg_sleep(10) IS NULL",
    "SELECT pg_read_file('/etc/passwd') FROM clients",
    "SELECT lo_import('/etc/passwd') FROM clients",
    "SELECT dblink('x', 'y') FROM clients",
    "SELECT set_config('transaction_read_only', 'off', false) FROM clients",
    "SELECT load_extension('x') FROM clients",
    "SELECT readfile('/etc/passwd') FROM clients",
    "SELECT randomblob(1000000000) FROM clients",
    "SELECT hex(zeroblob(1000000000)) FROM clients",
    "SELECT repeat('x', 1000000000) FROM clients",
    "SELECT current_user FROM clients",
    "SELECT version() FROM clients",
    "SELECT * FROM clients, generate_series(1, 100000000)",
    "SELECT * FROM clients, LATERAL (SELECT 1) AS x",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM clients UNION SELECT name, sql FROM sqlite_master",
    "SELECT * FROM pg_catalog.pg_user",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM main.clients",
    "SELECT * FROM public.clients",
    "SELECT (SELECT count(*) FROM salaries) FROM clients",
    "SELECT * FROM clients WHERE id IN (SELECT employee_id FROM salaries)",
    "WITH clients AS (SELECT 1) SELECT * FROM clients",
    "SELECT * FROM clients LIMIT (SELECT 1 FROM clients)",
    "SELECT 'a'::regclass FROM clients",
    "SELECT CAST('1' AS oid) FROM clients",
    "SELECT CAST(id AS xml) FROM clients",
    "SELECT $1 FROM clients",
    "SELECT :name FROM clients",
    'SELECT id COLLATE "x" FROM clients',
    "SELECT * FROM clients WHERE id ~ '(a+)+$'",
    "SELECT * FROM v_clients",
    'SELECT * FROM "v_clients"',
    "SELECT " + " + ".join(["1"] * MAX_NODES) + " FROM clients",
    "SELECT " + "(" * 3000 + "1" + ")" * 900 + " FROM clients",
)


@pytest.mark.parametrize("sql", ATTACKS)
def test_refused(sql: str) -> None:
    with pytest.raises(RetryWithFix, match="cannot run"):
        check(sql, VIEWS)


def test_a_cte_of_an_inner_scope_opens_no_real_table_of_its_name() -> None:
    inner = "WITH sqlite_master AS (SELECT id FROM clients) SELECT 1 FROM clients"

    tree = check(f"SELECT * FROM sqlite_master, ({inner}) AS x", VIEWS).tree

    assert {table.name for table in tree.find_all(exp.Table)} == {"q_sqlite_master", "v_clients"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ClientStore]:
    with open_filled(load_settings(data_dir=tmp_path, _env_file=None), TINY) as store:
        yield store


def _rows(store: ClientStore, who: Identity, sql: str) -> list[list[str | None]]:
    checked = check(sql, frozenset(transaction_views(who)) | {"clients", "contracts", "regions"})
    for source in store.sql_sources():
        views = source.views(who)
        if checked.views <= views.keys():
            return source.database.run(checked, views).rows
    raise AssertionError("no database has these views")


def test_sums_are_those_of_the_rows_one_sees(store: ClientStore) -> None:
    sql = (
        "WITH net AS (SELECT region_code, SUM(amount_krw) AS amount FROM transactions AS t "
        "WHERE t.date <= '2026-12-31' GROUP BY region_code) "
        "SELECT region_code, amount, RANK() OVER (ORDER BY amount DESC) AS place FROM net "
        "ORDER BY amount DESC"
    )

    assert _rows(store, ANALYST, sql) == [["BUS", "5700", "1"], ["SEO", "5400", "2"]]
    assert _rows(store, BUSAN, sql) == [["BUS", "5700", "1"]]
    assert _rows(store, OWN, "SELECT DISTINCT client_id FROM transactions") == [["C0001"]]
    assert _rows(store, OWN, "SELECT id FROM clients") == [["C0001"]]
    assert _rows(store, OWN, "SELECT id FROM contracts ORDER BY id") == [["K00001"], ["K00002"]]


def test_literals_stay_literals(store: ClientStore) -> None:
    for text in ("it''s", "100%", ":x", "%s", "\\", "''; DROP TABLE clients --", "한국어 %%"):
        assert _rows(store, ANALYST, f"SELECT '{text}' AS x FROM clients LIMIT 1") == [
            [text.replace("''", "'")]
        ]
    assert _rows(store, ANALYST, "SELECT id FROM clients WHERE name_en LIKE '%Clinic%'") == [["C0002"]]


def test_contact_details_and_unknown_columns_are_not_there(store: ClientStore) -> None:
    for column in ("phone", "address", "rowid", "nothing"):
        with pytest.raises(RetryWithFix, match="refuses"):
            _rows(store, ANALYST, f"SELECT c.{column} FROM clients AS c")


def test_rows_are_limited(tmp_path: Path) -> None:
    products = [
        {"code": f"P{n}", "name_en": f"p{n}", "name_ko": f"제{n}", "category": "pain", "unit_price_krw": n}
        for n in range(MAX_ROWS + 50)
    ]
    with open_filled(load_settings(data_dir=tmp_path, _env_file=None), {Product: products}) as store:
        for limit in ("", "LIMIT 100000"):
            assert len(_rows(store, ANALYST, f"SELECT code FROM products {limit}")) == MAX_ROWS
        assert len(_rows(store, ANALYST, "SELECT code FROM products LIMIT 3")) == 3


def test_time_is_limited(tmp_path: Path) -> None:
    products = [
        {"code": f"P{n}", "name_en": f"p{n}", "name_ko": f"제{n}", "category": "pain", "unit_price_krw": n}
        for n in range(300)
    ]
    slow = "SELECT COUNT(*) FROM products a, products b, products c, products d, products e"
    with open_filled(load_settings(data_dir=tmp_path, _env_file=None), {Product: products}) as store:
        source = store.sql_sources()[1]
        quick = AdHocDatabase(source.database.engine, time_limit_seconds=0.2)
        views = source.views(ANALYST)
        with pytest.raises(RetryWithFix) as refused:
            quick.run(check(slow, frozenset(views)), views)
        assert refused.value.code == "query_too_slow"
        # The connection goes back without its limits.
        assert store.covered() is None
        assert len(quick.run(check("SELECT code FROM products", frozenset(views)), views).rows) == MAX_ROWS


def test_the_connection_refuses_what_a_check_would_let_through(store: ClientStore) -> None:
    """Were the check wrong, the engine and the authorizer still refuse."""
    source = store.sql_sources()[1]
    with source.database.engine.connect() as connection, source.database._limited(connection):
        for sql in ("DELETE FROM transactions", "ATTACH ':memory:' AS x", "PRAGMA query_only = OFF"):
            with pytest.raises(Exception, match=r"not authorized|readonly|attempt to write"):
                connection.exec_driver_sql(sql)
    with source.database.engine.connect() as connection, pytest.raises(Exception, match=r"readonly|attempt"):
        connection.execute(insert(Product).values(code="X"))


@pytest.fixture
def employees(tmp_path: Path) -> Iterator[Engine]:
    engine = build_engine(database_url("", tmp_path, "employees"))
    fill(engine)
    yield engine
    engine.dispose()


def test_attendance_reviews_and_salaries_are_of_those_one_sees(employees: Engine) -> None:
    def seen(who: Identity, view: str) -> set[str | None]:
        views = employee_views(who)
        checked = check(f"SELECT employee_id FROM {view}", frozenset(views))
        return {row[0] for row in AdHocDatabase(employees).run(checked, views).rows}

    head = Identity(
        user_id="h",
        username="h",
        roles=frozenset({Role.MANAGER}),
        groups=frozenset({"analyst", "employee:E0005"}),
    )
    assert seen(ANALYST, "attendance") == seen(ANALYST, "reviews") == seen(ANALYST, "salaries") == set()
    assert seen(head, "attendance") == {"E0005", "E0009"}
    assert seen(EVERYTHING, "attendance") == {"E0002", "E0005", "E0009"}
    assert seen(EVERYTHING, "salaries") >= {"E0002"}
    assert seen(head, "salaries") <= {"E0005"}


def test_only_analysts_and_administrators_may(store: ClientStore) -> None:
    for who in (ANALYST, EVERYTHING):
        require_analyst(who)
    for who in (
        Identity(user_id="1", username="u"),
        Identity(user_id="2", username="m", roles=frozenset({Role.MANAGER, Role.HR})),
    ):
        with pytest.raises(TellTheModel) as refused:
            require_analyst(who)
        assert "분석가" in refused.value.details["ko"]


@pytest.mark.parametrize(
    ("sentence", "sql"),
    [
        (
            "run SELECT id FROM clients WHERE grade = 'A' and status = 'active'",
            "SELECT id FROM clients WHERE grade = 'A' and status = 'active'",
        ),
        ("select count(*) from clients 실행해줘", "select count(*) from clients"),
    ],
)
def test_the_offline_model_finds_the_query(store: ClientStore, sentence: str, sql: str) -> None:
    tool = build_sql_tool("query_clients", store.sql_sources())
    hints = hints_of(tool)
    assert hints is not None

    calls = plan(sentence, [OfflineTool(tool.name, frozenset({"sql"}), hints)]).calls

    assert [call.args for call in calls] == [{"sql": sql}]
    assert AskInSql(sql=sql)
    assert find_sql("select one of them") is None


def test_views_of_two_databases_do_not_join(store: ClientStore) -> None:
    with pytest.raises(AssertionError):
        _rows(store, ANALYST, "SELECT 1 FROM clients, transactions")


def test_views_that_leave_rows_out_are_computed_first(store: ClientStore) -> None:
    """Or the database might try the query's conditions on hidden rows, and tell of them by an error."""
    source = store.sql_sources()[0]
    for who, is_first in ((BUSAN, True), (OWN, True), (EVERYTHING, False)):
        views = source.views(who)
        checked = check("SELECT COUNT(*) FROM contracts", frozenset(views))
        with recorded_queries() as queries:
            source.database.run(checked, views)
        assert (" AS MATERIALIZED " in queries[-1].sql) is is_first
