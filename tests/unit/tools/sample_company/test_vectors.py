import numpy as np

from narutalk.embedding import PACKAGED_MODEL, build_embedder
from tools.sample_company.vectors import SampleEmbedder, load_vectors, sample_texts, text_key

CHECKED = 4


def test_every_sample_passage_has_its_vector() -> None:
    keys = {text_key(text) for text in sample_texts()}
    assert keys == set(load_vectors()), "run `make sample-vectors`"


def test_the_vectors_are_the_models_own() -> None:
    texts = sorted(sample_texts(), key=text_key)[:CHECKED]
    embedder = build_embedder(PACKAGED_MODEL)
    stored = np.array(SampleEmbedder(embedder).embed_documents(texts))
    assert np.allclose((stored * np.array(embedder.embed_documents(texts))).sum(axis=1), 1, atol=0.002)


def test_another_text_is_embedded_as_usual() -> None:
    embedder = build_embedder(PACKAGED_MODEL)
    known = next(sample_texts())
    both = SampleEmbedder(embedder).embed_documents(["something else", known])
    assert both[0] == embedder.embed_documents(["something else"])[0]
    assert len(both) == 2
