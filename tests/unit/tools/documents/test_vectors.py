"""Large shards, which are searched through Chroma's graph, find what small ones find."""

import datetime
from collections.abc import Iterator

import pytest

from narutalk.languages import Language
from narutalk.settings import Settings
from tools.documents import vectors as module
from tools.documents.chroma import build_client
from tools.documents.library import DocumentLibrary
from tools.documents.shards import Entry, Filters, ShardKey
from tools.documents.vectors import Question, VectorIndex

KEY = ShardKey(Language.EN, "everyone")
NO_DAY = datetime.datetime(2026, 11, 16)
TOPICS = ["leave", "salary", "contract", "returns", "cold chain", "training", "safety", "travel"]


@pytest.fixture
def index(settings: Settings, library: DocumentLibrary) -> Iterator[VectorIndex]:
    made = VectorIndex(build_client("", settings.data_dir / "other"), library.embedder)
    for number, topic in enumerate(TOPICS):
        entry = Entry(f"d{number}", KEY, f"kind{number % 2}", "md", None, NO_DAY)
        made.add(entry, {f"d{number}-{part:04d}": f"Rule {part} on {topic}" for part in range(4)})
    yield made
    made.close()


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("category", [None, "kind1"])
def test_large_shards_find_what_small_ones_find(
    index: VectorIndex, monkeypatch: pytest.MonkeyPatch, category: str | None, language: Language
) -> None:
    filters = Filters(category=category)
    odd = {f"d{number}" for number in range(1, len(TOPICS), 2)}
    question = Question(
        text="What is the rule on the cold chain?",
        language=language,
        limit=5,
        candidates={KEY: {"d7-0003"}},
        filters=filters,
        allows=odd.__contains__ if category else None,
    )
    index.load([KEY])
    viewpoints = index.embed(question)
    small = index.search([KEY], question, viewpoints)
    monkeypatch.setattr(module, "EXACT_BELOW", 10)
    index.load([KEY])
    large = index.search([KEY], question, viewpoints)
    assert "d7-0003" in large
    assert large.keys() == small.keys()
    for passage_id, hit in small.items():
        assert large[passage_id].similarity == pytest.approx(hit.similarity, abs=1e-4)
        if category:
            assert passage_id[:2] in odd
