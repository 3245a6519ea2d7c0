"""Databases on a real PostgreSQL: made where they are missing, migrated by one of many, free of NUL."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, Table, Text, insert, make_url, select, text

from narutalk.db import build_async_engine, build_engine, create_missing_database, database_url
from narutalk.errors import ConfigurationError
from narutalk.settings import load_settings
from tests import postgres
from tools.employees.database import build_employee_engine, migrate_employees

pytestmark = pytest.mark.slow

WORDS = Table("words", MetaData(), Column("word", Text))


def test_a_missing_database_is_made_once(postgres_server: str, tmp_path: Path) -> None:
    url = database_url(postgres.database_url(postgres_server, 'made"here'), tmp_path, "")
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(create_missing_database, [url] * 4))
    assert any(made)
    assert not create_missing_database(url)
    engine = build_engine(url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_database()")) == 'made"here'
    engine.dispose()


def test_sqlite_makes_its_files_itself(tmp_path: Path) -> None:
    assert not create_missing_database(database_url("", tmp_path, "clients"))
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    url = make_url("postgresql+psycopg://someone:hidden@127.0.0.1:1/nowhere")
    with pytest.raises(ConfigurationError, match=r"someone:\*\*\*@127\.0\.0\.1:1/nowhere") as refused:
        create_missing_database(url)
    assert "hidden" not in refused.value.message


def test_one_of_many_migrates(postgres_url: str, tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, employee_database_url=postgres_url, _env_file=None)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(migrate_employees, [settings] * 6))
    engine = build_employee_engine(settings)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_employees")) == 1
    engine.dispose()


async def test_nul_is_stored_as_what_stands_for_the_unknown(postgres_url: str, tmp_path: Path) -> None:
    url = database_url(postgres_url, tmp_path, "")
    engine = build_engine(url)
    with engine.begin() as connection:
        WORDS.metadata.create_all(connection)
        connection.execute(insert(WORDS), [{"word": "a\0b"}, {"word": "c"}])
        connection.execute(insert(WORDS).values(word="d\0"))
    engine.dispose()
    async_engine = build_async_engine(url)
    async with async_engine.connect() as reading:
        assert await reading.scalar(select(WORDS.c.word).where(WORDS.c.word == "nothing\0like it")) is None
        found = await reading.scalars(select(WORDS.c.word).where(WORDS.c.word.in_(["a\0b", "c", "d\0"])))
        assert set(found) == {"a\ufffdb", "c", "d\ufffd"}
    await async_engine.dispose()
