import threading

from narutalk.embedding import Embedder


class CountingEmbedder(Embedder):
    """A model that is quick and remembers what it was asked; it can be held up."""

    def __init__(self, name: str = "counting") -> None:
        self.name = name
        self.batches: list[list[str]] = []
        self.asked = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    @property
    def dimensions(self) -> int:
        return 2

    def embed_query(self, text: str) -> list[float]:
        return self.embed_queries([text])[0]

    def embed_queries(self, texts: list[str]) -> list[list[float]]:
        return self._embed(texts, 1.0)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._embed(texts, 2.0)

    def _embed(self, texts: list[str], kind: float) -> list[list[float]]:
        self.batches.append(texts)
        self.asked.set()
        assert self.may_go_on.wait(10)
        if "fail" in texts:
            raise ValueError("no")
        return [[float(len(text)), kind] for text in texts]
