"""The library: catalogue, vectors and BM25 kept together, and searched together."""

from collections.abc import Sequence
from pathlib import Path

from narutalk.embedding import Embedder
from narutalk.errors import NotFound
from narutalk.identity import Identity, Role
from tools.documents.index import PassageIndex
from tools.documents.models import Document, Removal
from tools.documents.permissions import access_key
from tools.documents.reading import read_blocks
from tools.documents.reranking import Reranker
from tools.documents.results import Hit
from tools.documents.shards import Filters
from tools.documents.store import DocumentStore
from tools.documents.vectors import VectorIndex
from tools.documents.writing import DocumentWriter, NewDocument, Reader

MAX_TOP_K = 50
NO_FILTERS = Filters()


class DocumentLibrary:
    """What the document tools and the document service work on. Thread-safe; every call blocks.

    Args:
        store: The catalogue.
        vectors: Of its passages; None while there are none yet.
        embedder: Of questions.
        reranker: Reads the best passages anew; None for none.
        read: What turns a file into blocks: `read_blocks`, or a `Converter`'s.
        data_dir: Where originals lie that are deleted with their documents; None to keep them.
    """

    def __init__(
        self,
        store: DocumentStore,
        vectors: VectorIndex | None,
        embedder: Embedder,
        reranker: Reranker | None = None,
        *,
        read: Reader = read_blocks,
        data_dir: Path | None = None,
    ) -> None:
        self.store = store
        self.embedder = embedder
        self.index = PassageIndex(store, vectors, reranker)
        self.writer = DocumentWriter(store, self.index, read=read, data_dir=data_dir)

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
        return self.writer.add(new).document_id

    @staticmethod
    def may_remove(identity: Identity, document: Document) -> bool:
        """Whether a person who can read a document may remove it: its owner and managers may."""
        return document.owner_id == identity.user_id or identity.has_role(Role.MANAGER)

    def remove(self, identity: Identity, document_id: str, removal: Removal | None = None) -> Document:
        """Remove a document from every index, and return what it was.

        Args:
            identity: Who removes it.
            document_id: Of the document.
            removal: Noted together with the removal.

        Raises:
            NotFound: It does not exist, is not the caller's to remove, or somebody else was faster.
            IntegrityError: A removal with this key is noted already.
        """
        document = self._access_own(identity, document_id)
        self.writer.remove(document, removal)
        self.publish()
        return document

    def set_groups(self, identity: Identity, document_id: str, groups: Sequence[str]) -> Document:
        """Change who may read a document, at once and for every instance; return it as it was.

        Raises:
            NotFound: It does not exist, or is not the caller's to change.
        """
        document = self._access_own(identity, document_id)
        if self.writer.set_access(document_id, access_key(groups)):
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

    def _access_own(self, identity: Identity, document_id: str) -> Document:
        document = self.store.access_document(identity, document_id)
        if not self.may_remove(identity, document):
            raise NotFound("document")
        return document
