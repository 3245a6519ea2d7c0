"""Trains the intent model from the utterance files: `make intents`. Needs scikit-learn (group `dev`).

Writes `model.npz` beside this file, with a digest of the utterances it was trained on, which a test compares.
"""

import hashlib
from importlib import resources
from pathlib import Path

import numpy as np
import scipy.sparse
from sklearn.linear_model import LogisticRegression

from graph.intents.classifier import MODEL_FILE, centred, weighted_ngrams
from graph.intents.features import neutral, ngrams, vocabulary
from narutalk.embedding import PACKAGED_MODEL, build_embedder

REGULARISATION_C = 60.0
MIN_NGRAM_COUNT = 2


def read_utterances() -> list[tuple[str, str]]:
    """Return all utterances with their intents, in a stable order."""
    folder = resources.files("graph.intents") / "utterances"
    found: list[tuple[str, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda file: file.name):
        if entry.name.endswith(".txt"):
            intent = entry.name.split(".")[0]
            lines = entry.read_text(encoding="utf-8").splitlines()
            found.extend((line.strip(), intent) for line in lines if line.strip())
    return found


def digest(utterances: list[tuple[str, str]]) -> str:
    """Return a digest that changes whenever an utterance does."""
    return hashlib.sha256("\n".join(f"{intent}\t{text}" for text, intent in utterances).encode()).hexdigest()


def train(target: Path) -> None:
    """Train on all utterances and write the model."""
    utterances = read_utterances()
    texts = [neutral(text) for text, _intent in utterances]
    labels = [intent for _text, intent in utterances]
    embedder = build_embedder(PACKAGED_MODEL)
    vectors = np.array([embedder.embed_query(text) for text in texts], dtype=np.float32)
    centre = vectors.mean(axis=0)
    terms = vocabulary(texts, min_count=MIN_NGRAM_COUNT)
    index = {term: position for position, term in enumerate(terms)}
    idf = _idf(texts, index)
    rows = [weighted_ngrams(text, index, idf) for text in texts]
    sparse = scipy.sparse.lil_matrix((len(texts), len(terms)), dtype=np.float32)
    for row, (indices, values) in enumerate(rows):
        sparse[row, indices] = values
    dense = np.array([centred(vector, centre) for vector in vectors])
    features = scipy.sparse.hstack([scipy.sparse.csr_matrix(dense), sparse.tocsr()]).tocsr()
    model = LogisticRegression(C=REGULARISATION_C, max_iter=2000)
    model.fit(features, labels)
    weights = model.coef_.T
    np.savez_compressed(
        target,
        intents=np.array([str(intent) for intent in model.classes_]),
        vocabulary=np.array("\n".join(terms)),
        idf=idf.astype(np.float16),
        centre=centre,
        embedding_weights=weights[: dense.shape[1]].astype(np.float16),
        ngram_weights=weights[dense.shape[1] :].astype(np.float16),
        bias=model.intercept_.astype(np.float32),
        digest=np.array(digest(utterances)),
    )


def _idf(texts: list[str], index: dict[str, int]) -> np.ndarray:
    seen = np.zeros(len(index), dtype=np.float32)
    for text in texts:
        for term in ngrams(text):
            if term in index:
                seen[index[term]] += 1
    weights: np.ndarray = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
    return weights


if __name__ == "__main__":
    train(Path(__file__).parent / MODEL_FILE)
