"""The sample passages' vectors, made beforehand: `python -m tools.sample_company.vectors`.

Embedding the sample documents takes half a minute on two cores, and gives the same vectors everywhere, so
they ship with the documents. A passage that is not among them (a document was changed) is embedded as usual.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import numpy as np

from narutalk.embedding import PACKAGED_MODEL, Embedder, build_embedder
from tools.documents.chunking import chunk
from tools.documents.context import context_text
from tools.documents.reading import read_blocks
from tools.documents.writing import join_keywords
from tools.sample_company.documents import document_keywords, read_sample_documents, write_documents

FILE = "vectors.npz"
BATCH = 32


class SampleEmbedder(Embedder):
    """Looks the sample passages' vectors up; asks another embedder for everything else."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known = load_vectors()
        self.name = embedder.name

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    def embed_query(self, text: str) -> list[float]:
        return self._embedder.embed_query(text)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        unknown = [text for text in texts if text_key(text) not in self._known]
        fresh = dict(zip(unknown, self._embedder.embed_documents(unknown), strict=True)) if unknown else {}
        return [fresh.get(text) or self._known[text_key(text)].tolist() for text in texts]


def with_sample_vectors(embedder: Embedder) -> Embedder:
    """Return an embedder that knows the sample passages, when they were made with the same model."""
    return SampleEmbedder(embedder) if embedder.name == PACKAGED_MODEL else embedder


def load_vectors() -> dict[str, np.ndarray]:
    """Return the vectors that ship with the documents, by `text_key`; each of unit length."""
    with (
        resources.as_file(resources.files("tools.sample_company") / "data" / FILE) as path,
        np.load(path) as stored,
    ):
        vectors = stored["vectors"].astype(np.float32)
        return dict(zip(stored["keys"].tolist(), vectors, strict=True))


def text_key(text: str) -> str:
    """Return what a text is looked up by."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sample_texts() -> Iterator[str]:
    """Yield every passage of the sample documents as it is embedded."""
    documents = {document.id: document for document in read_sample_documents()}
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(write_documents(Path(folder))):
            for part in chunk(read_blocks(path.read_bytes(), path.name)):
                document = documents[path.stem]
                keywords = join_keywords(document_keywords(document))
                yield context_text(document.title, part.section, part.text, keywords)


def build(target: Path) -> None:
    """Embed every sample passage, and write the file."""
    texts = list(dict.fromkeys(sample_texts()))
    embedder = build_embedder(PACKAGED_MODEL)
    vectors: list[list[float]] = []
    for start in range(0, len(texts), BATCH):
        vectors.extend(embedder.embed_documents(texts[start : start + BATCH]))
    np.savez_compressed(
        target, keys=np.array([text_key(text) for text in texts]), vectors=np.array(vectors, dtype=np.float16)
    )


if __name__ == "__main__":
    build(Path(__file__).parent / "data" / FILE)
