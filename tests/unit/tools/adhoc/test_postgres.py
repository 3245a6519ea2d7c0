"""Analysts' SQL on a real PostgreSQL."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from narutalk.errors import RetryWithFix
from narutalk.identity import Identity
from narutalk.settings import load_settings
from tests.unit.tools.clients.sample import TINY, open_filled
from tools.adhoc.checking import check
from tools.adhoc.running import AdHocDatabase
from tools.clients.store import ClientStore

BUSAN = Identity(user_id="b", username="bea", groups=frozenset({"analyst", "region:BUS"}))


@pytest.fixture(scope="module")
def on_postgres(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClientStore]:
    url = SecretStr(postgres_url)
    settings = load_settings(
        data_dir=tmp_path_factory.mktemp("pg"),
        client_database_url=url,
        transaction_database_url=url,
        _env_file=None,
    )
    with open_filled(settings, TINY) as store:
        yield store


@pytest.mark.slow
def test_a_query_sees_what_its_caller_sees_and_is_limited(on_postgres: ClientStore) -> None:
    source = on_postgres.sql_sources()[1]
    views = source.views(BUSAN)

    def rows(sql: str, seconds: float = 5.0) -> list[list[str | None]]:
        database = AdHocDatabase(source.database.engine, time_limit_seconds=seconds)
        return database.run(check(sql, frozenset(views)), views).rows

    sums = "SELECT month, SUM(amount_krw) AS net FROM transactions GROUP BY month ORDER BY month"
    assert rows(sums) == [["2026-07", "2000"], ["2026-09", "3000"], ["2026-10", "700"]]
    assert rows("SELECT '100% :x' AS told FROM products LIMIT 1") == [["100% :x"]]
    many = ", ".join(f"transactions AS t{n}" for n in range(25))
    with pytest.raises(RetryWithFix) as refused:
        rows(f"SELECT COUNT(*) FROM {many}", seconds=0.2)
    assert refused.value.code == "query_too_slow"
    with source.database.engine.connect() as connection, pytest.raises(Exception, match="read-only"):
        connection.exec_driver_sql("DELETE FROM transactions")


HIDDEN_ROWS = (
    "SELECT id FROM clients WHERE id = 'C0001' AND CAST(name_en AS INT) = 1",
    "SELECT id FROM clients WHERE 1 / (CASE WHEN id = 'C0001' THEN 0 ELSE 2 END) = 1",
    "SELECT id FROM contracts WHERE id = 'K00002' AND 1 / (annual_value_krw - 2000000) < 2",
    "SELECT id FROM contracts WHERE id = 'K00001' AND CAST(title_en AS INT) = 1",
    "SELECT id FROM transactions WHERE id = 'T000001' AND 1 / (quantity - 10) = 1",
)


@pytest.mark.slow
@pytest.mark.parametrize("sql", HIDDEN_ROWS)
def test_no_error_tells_of_rows_that_are_not_seen(on_postgres: ClientStore, sql: str) -> None:
    """Each condition fails on a row that the caller does not see, and so must never be tried on it."""
    source = on_postgres.sql_sources()["transactions" in sql]
    views = source.views(BUSAN)

    assert source.database.run(check(sql, frozenset(views)), views).rows == []
