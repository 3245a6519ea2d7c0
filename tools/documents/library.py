"""The library: catalogue, vectors and BM25 kept together, and searched together."""

import datetime
import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from narutalk.embedding import Embedder
from narutalk.errors import NotFound
from narutalk.identity import Identity, Role
from narutalk.languages import detect_language
from tools.documents.blocks import Block
from tools.documents.chunking import SEPARATOR, chunk
from tools.documents.fusion import fuse
from tools.documents.lexical import LexicalIndex
from tools.documents.models import EVERYONE, Document, Passage, Removal
from tools.documents.permissions import access_key
from tools.documents.reading import read_blocks
from tools.documents.results import Hit
from tools.documents.store import DocumentStore
from tools.documents.vectors import VectorIndex

CANDIDATES = 40
MAX_TOP_K = 50


@dataclass(frozen=True, kw_only=True)
class NewDocument:
    """A document to index.

    Attributes:
        content: The whole file.
        file_name: Its ending says the format.
        title: What people read; the first heading or the file name when empty.
        groups: Who may read it; nobody named means everyone.
        keywords: Other names of what it is about, searched as well.
        stored_path: Where the original lies, relative to the data dir.
    """

    content: bytes
    file_name: str
    title: str = ""
    category: str = ""
    date: datetime.date | None = None
    groups: Sequence[str] = field(default=(EVERYONE,))
    keywords: Sequence[str] = ()
    owner_id: str = ""
    stored_path: str = ""


class DocumentLibrary:
    """What the document tools and the document service work on. Thread-safe; every call blocks."""

    def __init__(self, store: DocumentStore, vectors: VectorIndex, embedder: Embedder) -> None:
        self.store = store
        self.embedder = embedder
        self._vectors = vectors
        self._lexical = LexicalIndex()
        self._revision = -1
        self._writing = threading.Lock()  # guards the order of writes to catalogue, vectors and BM25
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
        document_id = content_id(new.content)
        if self.store.exists(document_id):
            return document_id
        document = _document(document_id, new)
        with self._writing:
            self._vectors.add(
                [passage.id for passage in document.passages],
                [
                    context_text(document.title, passage.section, passage.text)
                    for passage in document.passages
                ],
                document_id=document_id,
                language=document.language,
                access=document.access,
            )
            self.store.add(document)
        return document_id

    @staticmethod
    def may_remove(identity: Identity, document: Document) -> bool:
        """Whether a person who can read a document may remove it: its owner and managers may."""
        return document.owner_id == identity.user_id or identity.has_role(Role.MANAGER)

    def remove(self, identity: Identity, document_id: str, removal: Removal | None = None) -> Document:
        """Remove a document from every index, and return what it was.

        The vectors go first: when this ends in between, the document is still there to be removed again.

        Args:
            identity: Who removes it.
            document_id: Of the document.
            removal: Noted together with the removal.

        Raises:
            NotFound: It does not exist, is not the caller's to remove, or somebody else was faster.
            IntegrityError: A removal with this key is noted already.
        """
        document = self.store.access_document(identity, document_id)
        if not self.may_remove(identity, document):
            raise NotFound("document")
        with self._writing:
            self._vectors.delete([passage.id for passage in document.passages])
            is_removed = self.store.remove(document_id, removal)
            self.publish()
        if not is_removed:
            raise NotFound("document")
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


def content_id(content: bytes) -> str:
    """Return the id of a document with this content."""
    return hashlib.sha256(content).hexdigest()[:32]


def passage_context(passage: Passage) -> str:
    """Return a stored passage as it is searched."""
    return context_text(passage.document.title, passage.section, passage.text, passage.document.keywords)


def context_text(title: str, section: str | None, text: str, keywords: str = "") -> str:
    """Return a passage with what it stands under: what is embedded and searched."""
    begins_with_title = section is not None and section.startswith(title)
    heading = section if begins_with_title else SEPARATOR.join(filter(None, (title, section)))
    return f"{heading} ({keywords})\n{text}" if keywords else f"{heading}\n{text}"


def join_keywords(keywords: Sequence[str]) -> str:
    """Return keywords as they are stored and searched."""
    return ", ".join(keywords)[:300]


def _document(document_id: str, new: NewDocument) -> Document:
    blocks = read_blocks(new.content, new.file_name)
    chunks = chunk(blocks)
    text = "\n".join(part.text for part in chunks)
    return Document(
        id=document_id,
        title=(new.title or _first_heading(blocks) or PurePath(new.file_name).stem)[:300],
        source=new.file_name[:300],
        format=PurePath(new.file_name).suffix.lstrip(".").lower(),
        language=detect_language(text).value,
        category=new.category[:40],
        date=new.date,
        access=access_key(new.groups),
        owner_id=new.owner_id,
        keywords=join_keywords(new.keywords),
        stored_path=new.stored_path,
        indexed_at=datetime.datetime.now(datetime.UTC).replace(tzinfo=None),
        passages=[
            Passage(
                id=f"{document_id}-{position:04d}",
                position=position,
                text=part.text,
                page=part.page,
                section=(part.section or None) and str(part.section)[:500],
            )
            for position, part in enumerate(chunks)
        ],
    )


def _first_heading(blocks: Sequence[Block]) -> str:
    return next((block.text for block in blocks if block.level), "")


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
        source=passage.document.source,
        language=passage.document.language,
    )
