import numpy as np
import pytest

from narutalk.embedding import build_embedder
from narutalk.embedding.packaged import PACKAGED_MODEL, PackagedE5

TEXTS = [
    "Everyone gets 15 days of annual leave after one completed year.",
    "본인 결혼 시 5일의 유급 휴가를 부여합니다.",
    "ﬁnance  —  ２０２６年　½ “quotes”\ttabs\nlines",
    "| Grade | Pay |\n| --- | --- |\n| A | 90 |",
    "x",
    "휴가 " * 100 + "leave " * 200,
]


@pytest.fixture(scope="module")
def embedder() -> PackagedE5:
    made = build_embedder(PACKAGED_MODEL)
    assert isinstance(made, PackagedE5)
    return made


def test_both_engines_compute_the_same_vectors(embedder: PackagedE5) -> None:
    starting = build_embedder(PACKAGED_MODEL)
    one_by_one = np.array([starting.embed_query(text) for text in TEXTS])
    passages = np.array([starting.embed_documents([text])[0] for text in TEXTS])
    assert (passages * np.array(embedder.embed_documents(TEXTS))).sum(axis=1) == pytest.approx(1, abs=5e-4)
    starting.load()
    assert starting.embed_query(TEXTS[0]) == pytest.approx(embedder.embed_queries(TEXTS[:1])[0])
    together = np.array(embedder.embed_queries(TEXTS))
    assert (one_by_one * together).sum(axis=1) == pytest.approx(1, abs=5e-4)
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_vector_depends_on_its_text_alone(embedder: PackagedE5) -> None:
    together = np.array(embedder.embed_documents([*TEXTS, *TEXTS[::-1]]))
    assert together == pytest.approx(np.vstack([together[:6], together[5::-1]]), abs=1e-5)
    alone = np.array([embedder.embed_documents([text])[0] for text in TEXTS])
    assert together[:6] == pytest.approx(alone, abs=1e-5)
    assert embedder.embed_documents([]) == []


def test_questions_and_passages_have_their_own_prefixes(embedder: PackagedE5) -> None:
    question, passage = np.array(embedder.embed_queries(TEXTS)), np.array(embedder.embed_documents(TEXTS))
    assert (question * passage).sum(axis=1).max() < 0.99
    assert embedder.dimensions == question.shape[1]
