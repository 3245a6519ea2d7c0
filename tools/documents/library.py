"""The library: catalogue, vectors and BM25 kept together, and searched together."""

import threading
from pathlib import Path

from narutalk.embedding import Embedder
from narutalk.errors import NotFound
from narutalk.identity import Identity, Role
from narutalk.languages import detect_language
from tools.documents.fusion import fuse
from tools.documents.lexical import LexicalIndex
from tools.documents.models import Document, Passage
from tools.documents.reading import read_blocks
from tools.documents.results import Hit
from tools.documents.store import DocumentStore
from tools.documents.vectors import VectorIndex
from tools.documents.writing import DocumentWriter, NewDocument, Reader, context_text

CANDIDATES = 40
MAX_TOP_K = 50


class DocumentLibrary:
    """What the document tools and the document service work on. Thread-safe; every call blocks.

    Args:
        store: The catalogue.
        vectors: Of its passages.
        embedder: Of questions.
        read: What turns a file into blocks: `read_blocks`, or a `Converter`'s.
        data_dir: Where originals lie that are deleted with their documents; None to keep them.
    """

    def __init__(
        self,
        store: DocumentStore,
        vectors: VectorIndex,
        embedder: Embedder,
        *,
        read: Reader = read_blocks,
        data_dir: Path | None = None,
    ) -> None:
        self.store = store
        self.embedder = embedder
        self.writer = DocumentWriter(store, vectors, read=read, data_dir=data_dir)
        self._vectors = vectors
        self._lexical = LexicalIndex()
        self._revision = -1
        self._refreshing = threading.Lock()  # guards that one thread at a time rebuilds what searches use

    def refresh(self) -> None:
        """Build the BM25 index from the catalogue, and what vector searches compare with."""
        revision = self.store.revision()  # read before: what is published meanwhile is noticed afterwards
        self._vectors.refresh()
        passages = self.store.all_passages()
        self._lexical.rebuild(
            [passage.id for passage in passages],
            [passage_context(passage) for passage in passages],
            [passage.document.access for passage in passages],
        )
        self._revision = revision

    def publish(self) -> None:
        """Make what was added or removed known to searches, here and in the other instances."""
        self.store.publish()
        with self._refreshing:
            self.refresh()

    def _catch_up(self) -> None:
        """Notice what another instance has published: one row is read, and rarely more."""
        if self.store.revision() == self._revision:
            return
        with self._refreshing:
            if self.store.revision() != self._revision:
                self.refresh()

    def add(self, new: NewDocument) -> str:
        """Index a document, and return its id. The same content twice is indexed once.

        `publish` makes it known to searches; a job calls it once at its end.

        Raises:
            UnreadableDocument: The file cannot be read or holds no text.
        """
        return self.writer.add(new).document_id

    @staticmethod
    def may_remove(identity: Identity, document: Document) -> bool:
        """Whether a person who can read a document may remove it: its owner and managers may."""
        return document.owner_id == identity.user_id or identity.has_role(Role.MANAGER)

    def remove(self, identity: Identity, document_id: str) -> Document:
        """Remove a document from every index, and return what it was.

        Raises:
            NotFound: It does not exist, or is not the caller's to read.
        """
        document = self.store.access_document(identity, document_id)
        if not self.may_remove(identity, document):
            raise NotFound("document")
        self.writer.remove(document)
        self.publish()
        return document

    def search(
        self,
        identity: Identity,
        query: str,
        *,
        top_k: int = 5,
        language: str | None = None,
        category: str | None = None,
    ) -> list[Hit]:
        """Return the best passages the person may read, best first.

        Args:
            identity: Permissions are applied inside both retrievers, before ranking.
            query: In the person's words, English or Korean.
            top_k: 1 to `MAX_TOP_K`.
            language: Only documents in this language.
            category: Only documents of this category.
        """
        self._catch_up()
        keys = self.store.readable_access_keys(identity)
        if keys == []:
            return []
        lexical = self._lexical.search(query, limit=CANDIDATES, access=keys)
        dense = self._vectors.search(
            self.embedder.embed_query(query), limit=CANDIDATES, access=keys, candidates=lexical
        )
        ranked = fuse(dense, lexical, language=detect_language(query), limit=3 * CANDIDATES)
        passages = self.store.passages([entry.passage_id for entry in ranked])
        weights = self._lexical.term_weights(query)
        hits = []
        for entry in ranked:
            passage = passages.get(entry.passage_id)
            if passage is None or not _matches(passage.document, language, category):
                continue
            coverage = self._lexical.overlap(weights, passage_context(passage))
            hits.append(_hit(passage, entry.score, entry.similarity, coverage))
            if len(hits) == min(top_k, MAX_TOP_K):
                break
        return hits


def passage_context(passage: Passage) -> str:
    """Return a stored passage as it is searched."""
    return context_text(passage.document.title, passage.section, passage.text, passage.document.keywords)


def _matches(document: Document, language: str | None, category: str | None) -> bool:
    return (not language or document.language == language) and (not category or document.category == category)


def _hit(passage: Passage, score: float, similarity: float, coverage: float) -> Hit:
    return Hit(
        text=passage.text,
        score=round(score, 4),
        similarity=round(similarity, 4),
        coverage=round(coverage, 4),
        document_id=passage.document_id,
        position=passage.position,
        title=passage.document.title,
        page=passage.page,
        section=passage.section,
        cells=passage.cells,
        source=passage.document.source,
        language=passage.document.language,
    )
