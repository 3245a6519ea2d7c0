"""Which passages are found: dense, BM25 and fused side by side, over the index as the product makes it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from bench.retrieval.known_items import KnownItem, across, normalized, prepare
from bench.retrieval.manuals import Manual, gnome_help, installation_guide, to_markdown
from narutalk.embedding import Embedder
from narutalk.identity import Identity, Role
from narutalk.languages import Language
from narutalk.settings import load_settings
from tools.documents.chroma import build_client
from tools.documents.index import Retrieved
from tools.documents.library import DocumentLibrary
from tools.documents.shards import Filters
from tools.documents.store import DocumentStore, build_documents_engine, migrate_documents
from tools.documents.vectors import VectorIndex
from tools.documents.writing import NewDocument

READER = Identity(user_id="1", username="bench", roles=frozenset({Role.ADMIN}))
TOP = 5
ACROSS = "ko to en"

Rank = Callable[[DocumentLibrary, Retrieved], list[str]]


class Score(BaseModel):
    """How well one retriever answers some questions.

    Attributes:
        questions: How many were asked.
        recall_at_1: Share whose first passage answers.
        recall_at_5: Share of which one of the first five does.
        mrr: Mean of one through the rank of the first passage that answers, 0 when none does.
    """

    questions: int
    recall_at_1: float
    recall_at_5: float
    mrr: float


class QualityReport(BaseModel):
    """What was found.

    Attributes:
        passages: Indexed, by language.
        scores: By language of question and passage, by package and kind of question ("all" is every one), by
            retriever.
    """

    passages: dict[str, int]
    scores: dict[str, dict[str, dict[str, Score]]]


class _Asked(NamedTuple):
    item: KnownItem
    ranks: Mapping[str, int | None]


def measure_quality(folder: Path, cache: Path, embedder: Embedder, console: Console) -> QualityReport:
    """Index both manuals in both languages, and ask. Downloads about 26 MB into the cache once."""
    report = QualityReport(passages={}, scores={})
    manuals = {
        language: [installation_guide(language, cache), gnome_help(language, cache)] for language in Language
    }
    for language in Language:
        prepared = [prepare(manual, language) for manual in manuals[language]]
        items = [item for one in prepared for item in one.items]
        with console.status(f"indexing the manuals, {language}"):
            library = index([one.manual for one in prepared], folder / language, embedder)
        report.passages[language] = len(_texts(library))
        report.scores[language] = _scores(library, items)
        if language is Language.EN:
            pairs = zip(manuals[Language.KO], manuals[Language.EN], strict=True)
            report.scores[ACROSS] = _scores(library, [item for pair in pairs for item in across(*pair)])
    return report


def index(manuals: Sequence[Manual], folder: Path, embedder: Embedder) -> DocumentLibrary:
    """Return a library of every page, indexed as the product does it."""
    folder.mkdir(parents=True)
    settings = load_settings(data_dir=folder, _env_file=None)
    migrate_documents(settings)
    store = DocumentStore(build_documents_engine(settings))
    library = DocumentLibrary(store, VectorIndex(build_client("", folder), embedder), embedder)
    for manual in manuals:
        for name, sections in manual.pages.items():
            content = to_markdown(sections).encode()
            library.add(NewDocument(content=content, file_name=f"{name}.md"))
    library.publish()
    return library


def show_quality(report: QualityReport, console: Console) -> None:
    """Print a table."""
    counts = ", ".join(f"{count:,} {language}" for language, count in report.passages.items())
    table = Table(
        "language", "questions", "n", *RETRIEVERS, title=f"recall@1 / recall@5 / MRR; passages: {counts}"
    )
    for language, groups in report.scores.items():
        for name, scores in groups.items():
            cells = [f"{one.recall_at_1:.2f}/{one.recall_at_5:.2f}/{one.mrr:.2f}" for one in scores.values()]
            table.add_row(language, name, str(next(iter(scores.values())).questions), *cells)
    console.print(table)


def _dense(_library: DocumentLibrary, found: Retrieved) -> list[str]:
    return sorted(found.dense, key=lambda one: -found.dense[one].advantage)


def _bm25(_library: DocumentLibrary, found: Retrieved) -> list[str]:
    return sorted(found.lexical, key=lambda one: -found.lexical[one])


def _fused(_library: DocumentLibrary, found: Retrieved) -> list[str]:
    return [entry.passage_id for entry in found.fused]


RETRIEVERS: dict[str, Rank] = {"dense": _dense, "BM25": _bm25, "fused": _fused}


def _texts(library: DocumentLibrary) -> dict[str, str]:
    passages = library.store.passages_of(list(library.store.entries()))
    return {passage.id: normalized(passage.text) for passage in passages}


def _scores(library: DocumentLibrary, items: Sequence[KnownItem]) -> dict[str, dict[str, Score]]:
    asked = list(_ask_all(library, items))
    groups = {"all": asked}
    for name in sorted({one.item.package for one in asked} | {one.item.kind.value for one in asked}):
        groups[name] = [one for one in asked if name in (one.item.package, one.item.kind.value)]
    return {
        name: {retriever: _score([one.ranks[retriever] for one in group]) for retriever in RETRIEVERS}
        for name, group in groups.items()
    }


def _ask_all(library: DocumentLibrary, items: Sequence[KnownItem]) -> Iterator[_Asked]:
    texts = _texts(library)
    for item in items:
        answers = {one for one, text in texts.items() if any(mark in text for mark in item.marks)}
        if answers:
            found = library.index.retrieve(READER, item.query, Filters())
            ranked = {name: rank(library, found) for name, rank in RETRIEVERS.items()}
            yield _Asked(item, {name: _rank(ids, answers) for name, ids in ranked.items()})


def _rank(ranked: Sequence[str], answers: set[str]) -> int | None:
    return next((rank for rank, one in enumerate(ranked, start=1) if one in answers), None)


def _score(ranks: Sequence[int | None]) -> Score:
    found = [rank for rank in ranks if rank is not None]
    return Score(
        questions=len(ranks),
        recall_at_1=round(sum(rank == 1 for rank in found) / len(ranks), 3),
        recall_at_5=round(sum(rank <= TOP for rank in found) / len(ranks), 3),
        mrr=round(sum(1 / rank for rank in found) / len(ranks), 3),
    )
