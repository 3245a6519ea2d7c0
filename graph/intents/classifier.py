"""Classifies messages by intent: multinomial logistic regression over embeddings and n-grams."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Protocol

import numpy as np
import numpy.typing as npt

from graph.intents.features import neutral, ngrams

MODEL_FILE = "model.npz"


class QueryEmbedder(Protocol):
    """Turns texts into unit-length vectors."""

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a text."""


@dataclass(frozen=True)
class Classification:
    """Scores of one text.

    Attributes:
        intent: The best one.
        confidence: Its probability, 0 to 1.
        scores: The probability of every intent.
    """

    intent: str
    confidence: float
    scores: dict[str, float]


@dataclass(frozen=True)
class IntentModel:
    """Trained weights, as `graph.intents.train` writes them.

    Attributes:
        intents: The classes, in the order of the columns of the weights.
        vocabulary: The n-grams, in the order of ``idf``.
        idf: Inverse document frequencies, shape (n-grams,).
        centre: The mean embedding of the utterances, shape (dimensions,).
        embedding_weights: Shape (dimensions, intents).
        ngram_weights: Shape (n-grams, intents).
        bias: Shape (intents,).
        temperature: Logits are divided by it, so that confidence is the share that is right.
    """

    intents: tuple[str, ...]
    vocabulary: dict[str, int]
    idf: npt.NDArray[np.float32]
    centre: npt.NDArray[np.float32]
    embedding_weights: npt.NDArray[np.float32]
    ngram_weights: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    temperature: float


def load_model() -> IntentModel:
    """Return the model that ships with this package."""
    with resources.as_file(resources.files("graph.intents") / MODEL_FILE) as path, np.load(path) as stored:
        return IntentModel(
            intents=tuple(str(intent) for intent in stored["intents"]),
            vocabulary={ngram: index for index, ngram in enumerate(str(stored["vocabulary"]).split("\n"))},
            idf=stored["idf"].astype(np.float32),
            centre=stored["centre"].astype(np.float32),
            embedding_weights=stored["embedding_weights"].astype(np.float32),
            ngram_weights=stored["ngram_weights"].astype(np.float32),
            bias=stored["bias"].astype(np.float32),
            temperature=float(stored["temperature"]),
        )


class IntentClassifier:
    """Scores texts. Blocks for the embeddings, about 20 ms a short text; thread-safe."""

    def __init__(self, model: IntentModel, embedder: QueryEmbedder) -> None:
        self._model = model
        self._embedder = embedder

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """Return the classification of each text; equal texts are embedded once."""
        known = {text: self._classify(text) for text in dict.fromkeys(texts)}
        return [known[text] for text in texts]

    def _classify(self, text: str) -> Classification:
        model = self._model
        text = neutral(text)
        vector = centred(np.asarray(self._embedder.embed_query(text), dtype=np.float32), model.centre)
        logits = vector @ model.embedding_weights + model.bias
        indices, values = weighted_ngrams(text, model.vocabulary, model.idf)
        if len(indices):
            logits = logits + values @ model.ngram_weights[indices]
        exponents = np.exp((logits - logits.max()) / model.temperature)
        probabilities = exponents / exponents.sum()
        best = int(probabilities.argmax())
        scores = {intent: round(float(p), 4) for intent, p in zip(model.intents, probabilities, strict=True)}
        return Classification(model.intents[best], float(probabilities[best]), scores)


def centred(vector: npt.NDArray[np.float32], centre: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return a vector less the mean, at unit length; e5's vectors all lie in one narrow cone."""
    shifted = vector - centre
    size = float(np.linalg.norm(shifted))
    return shifted / size if size else shifted


def weighted_ngrams(
    text: str, vocabulary: dict[str, int], idf: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return the indices and TF-IDF weights (sublinear, unit length) of a text's known n-grams."""
    counts = {vocabulary[ngram]: count for ngram, count in ngrams(text).items() if ngram in vocabulary}
    indices = np.fromiter(counts, dtype=np.int64, count=len(counts))
    values = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * idf[indices]
    size = float(np.linalg.norm(values))
    return indices, (values / size if size else values).astype(np.float32)
