"""Trains the intent model from the utterance files: `make intents`. Needs scikit-learn (group `dev`).

Writes `model.npz` beside this file, with a digest of the utterances it was trained on, which a test compares.
"""

import hashlib
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from graph.intents.classifier import MODEL_FILE, centred, weighted_ngrams
from graph.intents.features import neutral, ngrams, vocabulary
from narutalk.embedding import PACKAGED_MODEL, build_embedder

REGULARISATION_C = 60.0
MIN_NGRAM_COUNT = 2
FOLDS = 5
SEED = 20261126
TEMPERATURE_RANGE = (0.2, 5.0)


class Features(NamedTuple):
    """What the model is fitted to.

    Attributes:
        matrix: Shape (utterances, dimensions + n-grams), the embeddings first.
        centre: The mean embedding, shape (dimensions,).
        terms: The n-grams.
        idf: Their inverse document frequencies.
    """

    matrix: Any
    centre: npt.NDArray[np.float32]
    terms: list[str]
    idf: npt.NDArray[np.float32]


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


def read_features(utterances: list[tuple[str, str]]) -> Features:
    """Embed the utterances (20 ms each) and weigh their n-grams."""
    texts = [neutral(text) for text, _intent in utterances]
    embedder = build_embedder(PACKAGED_MODEL)
    vectors = np.array([embedder.embed_query(text) for text in texts], dtype=np.float32)
    centre = vectors.mean(axis=0)
    terms = vocabulary(texts, min_count=MIN_NGRAM_COUNT)
    index = {term: position for position, term in enumerate(terms)}
    idf = _idf(texts, index)
    sparse = scipy.sparse.lil_matrix((len(texts), len(terms)), dtype=np.float32)
    for row, text in enumerate(texts):
        indices, values = weighted_ngrams(text, index, idf)
        sparse[row, indices] = values
    dense = np.array([centred(vector, centre) for vector in vectors])
    matrix = scipy.sparse.hstack([scipy.sparse.csr_matrix(dense), sparse.tocsr()]).tocsr()
    return Features(matrix, centre, terms, idf)


def fit_temperature(model: LogisticRegression, features: Features, labels: list[str]) -> float:
    """Return the temperature that makes the logits of utterances left out most likely (Guo et al. 2017)."""
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    logits = cross_val_predict(model, features.matrix, labels, cv=folds, method="decision_function")

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        exponents = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return float(log_loss(labels, exponents / exponents.sum(axis=1, keepdims=True)))

    return float(minimize_scalar(loss, bounds=TEMPERATURE_RANGE, method="bounded").x)


def train(target: Path) -> None:
    """Train on all utterances and write the model."""
    utterances = read_utterances()
    labels = [intent for _text, intent in utterances]
    features = read_features(utterances)
    model = LogisticRegression(C=REGULARISATION_C, max_iter=2000)
    temperature = fit_temperature(model, features, labels)
    model.fit(features.matrix, labels)
    weights = model.coef_.T
    dimensions = len(features.centre)
    np.savez_compressed(
        target,
        intents=np.array([str(intent) for intent in model.classes_]),
        vocabulary=np.array("\n".join(features.terms)),
        idf=features.idf.astype(np.float16),
        centre=features.centre,
        embedding_weights=weights[:dimensions].astype(np.float16),
        ngram_weights=weights[dimensions:].astype(np.float16),
        bias=model.intercept_.astype(np.float32),
        temperature=np.float32(temperature),
        digest=np.array(digest(utterances)),
    )


def _idf(texts: list[str], index: dict[str, int]) -> npt.NDArray[np.float32]:
    seen = np.zeros(len(index), dtype=np.float32)
    for text in texts:
        for term in ngrams(text):
            if term in index:
                seen[index[term]] += 1
    weights: npt.NDArray[np.float32] = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
    return weights


if __name__ == "__main__":
    train(Path(__file__).parent / MODEL_FILE)
