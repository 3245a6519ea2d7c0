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
from tools.documents.chunking import chunk
from tools.documents.index import PassageIndex
from tools.documents.models import EVERYONE, Document, Passage
from tools.documents.permissions import access_key
from tools.documents.reading import read_blocks
from tools.documents.reranking import Reranker
from tools.documents.results import Hit
from tools.documents.shards import Filters
from tools.documents.store import DocumentStore
from tools.documents.vectors import VectorIndex

MAX_TOP_K = 50
NO_FILTERS = Filters()


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

    def __init__(
        self,
        store: DocumentStore,
        vectors: VectorIndex | None,
        embedder: Embedder,
        reranker: Reranker | None = None,
    ) -> None:
        self.store = store
        self.embedder = embedder
        self.index = PassageIndex(store, vectors, reranker)
        self.writing = threading.Lock()  # guards the order of writes to catalogue, vectors and BM25

    def refresh(self) -> None:
        """Make searches follow what has changed in the catalogue."""
        self.index.refresh()

    def publish(self) -> None:
        """Make what was added or removed known to searches, here and in the other instances."""
        self.store.publish()
        self.index.refresh()

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
        with self.writing:
            self.index.add(document)
            self.store.add(document)
        return document_id

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
        with self.writing:
            self.store.remove(document_id)
            self.store.publish()
            self.index.remove(document)
            self.index.refresh()
        return document

    def set_groups(self, identity: Identity, document_id: str, groups: Sequence[str]) -> Document:
        """Change who may read a document, at once and for every instance; return it as it was.

        Raises:
            NotFound: It does not exist, or is not the caller's to change.
        """
        document = self.store.access_document(identity, document_id)
        if not self.may_remove(identity, document):
            raise NotFound("document")
        access = access_key(groups)
        if access == document.access:
            return document
        with self.writing:
            self.store.set_access(document_id, access)
            self.index.move(document, access)
            self.index.refresh()
        return document

    def search(
        self, identity: Identity, query: str, *, top_k: int = 5, filters: Filters = NO_FILTERS
    ) -> list[Hit]:
        """Return the best passages the person may read, best first.

        Args:
            identity: Permissions are applied inside both retrievers, before ranking.
            query: In the person's words, English or Korean.
            top_k: 1 to `MAX_TOP_K`.
            filters: Narrow the search.
        """
        return self.index.search(identity, query, top_k=min(top_k, MAX_TOP_K), filters=filters)


def content_id(content: bytes) -> str:
    """Return the id of a document with this content."""
    return hashlib.sha256(content).hexdigest()[:32]


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
