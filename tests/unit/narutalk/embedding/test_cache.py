from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from narutalk.db import build_engine, database_url
from narutalk.embedding.cache import CachedEmbedder
from tests.unit.narutalk.embedding.counting import CountingEmbedder


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    made = build_engine(database_url(url, tmp_path, "embeddings"))
    with made.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS embedding_cache")
    yield made
    made.dispose()


def test_what_was_embedded_is_not_embedded_again(engine: Engine) -> None:
    model = CountingEmbedder()
    cached = CachedEmbedder(model, engine)
    assert cached.embed_documents(["a", "bb", "a"]) == [[1, 2], [2, 2], [1, 2]]
    assert cached.embed_documents(["ccc", "bb"]) == [[3, 2], [2, 2]]
    assert CachedEmbedder(model, engine).embed_documents(["a"]) == [[1, 2]], "it outlives the process"
    assert model.batches == [["a", "bb"], ["ccc"]]
    assert cached.embed_documents([]) == []


def test_questions_passages_and_models_do_not_mix(engine: Engine) -> None:
    model, other = CountingEmbedder(), CountingEmbedder("other")
    assert CachedEmbedder(model, engine).embed_documents(["a"]) == [[1, 2]]
    assert CachedEmbedder(model, engine).embed_query("a") == [1, 1]
    CachedEmbedder(other, engine).embed_query("a")
    assert (model.batches, other.batches) == ([["a"], ["a"]], [["a"]])


def test_it_is_bounded(engine: Engine) -> None:
    model = CountingEmbedder()
    cached = CachedEmbedder(model, engine, max_entries=10)
    for number in range(30):
        cached.embed_query("x" * number)
    with engine.begin() as connection:
        assert 9 <= connection.exec_driver_sql("SELECT count(*) FROM embedding_cache").scalar_one() <= 10
