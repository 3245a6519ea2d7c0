"""Adds, replaces and removes documents: catalogue and vectors together, whatever is killed in between."""

import datetime
import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import NamedTuple

from sqlalchemy.orm import Session

from narutalk.errors import NotFound
from narutalk.languages import Language, detect_language
from tools.documents.blocks import Block
from tools.documents.chunking import Chunk, chunk
from tools.documents.claims import Claim, Claims, Written, passage_ids, utc_now
from tools.documents.index import PassageIndex
from tools.documents.models import EVERYONE, Document, ItemStatus, Passage, Removal
from tools.documents.originals import delete_original
from tools.documents.permissions import access_key
from tools.documents.reading import read_blocks
from tools.documents.shards import ShardKey
from tools.documents.store import UNNAMED, DocumentStore
from tools.documents.vectors import VectorIndex

BATCH_PASSAGES = 128
"""After so many passages it is asked whether to go on, and the claim is renewed."""
DELETED_AT_ONCE = 1000
CLEARLY_WORDS = 8
MAX_SECTION_CHARS = 1000

Reader = Callable[[bytes, str], list[Block]]


class Outcome(NamedTuple):
    """What became of a document that was sent: `INDEXED`, `REPLACED` or `UNCHANGED`, and its id."""

    status: ItemStatus
    document_id: str


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
        path: What its owner calls the file: what they send from the same path next replaces it. Nothing
            does when it is empty.
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
    path: str = ""


def nothing_to_record(_session: Session, _outcome: Outcome) -> None:
    """What is recorded with a document that no job sent."""


def never_stop() -> None:
    """What is asked between the batches of a document that no job sent."""


class DocumentWriter:
    """The only one that changes catalogue and vectors. Thread-safe; every call blocks.

    Args:
        store: The catalogue.
        index: Whose vectors it writes.
        read: `read_blocks`, or a `Converter`'s.
        data_dir: Where originals lie that are deleted with their documents; None to keep them.

    Attributes:
        claims: On the documents that are being written, by any process.
        saving: Held while the catalogue changes. Who holds it knows that no document gets into the catalogue,
            out of it or to other readers in this process meanwhile. A claim is taken before, never after.
    """

    def __init__(
        self,
        store: DocumentStore,
        index: PassageIndex,
        *,
        read: Reader = read_blocks,
        data_dir: Path | None = None,
    ) -> None:
        self._store = store
        self._index = index
        self._read = read
        self._data_dir = data_dir
        self.claims = Claims(store.engine, self._delete_vectors)
        self.saving = threading.Lock()

    def add(
        self,
        new: NewDocument,
        *,
        record: Callable[[Session, Outcome], None] = nothing_to_record,
        check: Callable[[], None] = never_stop,
    ) -> Outcome:
        """Index a document; the same content is indexed once, and takes the place of what its path held.

        Content that is known takes the groups that its owner names now. It is not opened to everyone this
        way: that nobody was named may mean that nobody thought of it (`set_access` does it).

        Args:
            new: The document.
            record: Called in the transaction that makes the document known.
            check: Called now and then; what it raises ends the work, and nothing of the document stays.

        Raises:
            UnreadableDocument: The file cannot be read or holds no text.
            Conflict: ``document_busy``: another process is writing it.
        """
        document_id = content_id(new.content)
        older = self._store.document_at(new.owner_id, _path(new, document_id))
        with self.claims.held(document_id) as claim:
            document = None
            vectors = self._index.vectors
            known = self._store.with_passages(document_id)
            is_regrouped = known is not None and _names_other_groups(known, new)
            if known is not None and is_regrouped:
                self._move(known, access_key(new.groups), claim)
            if known is None:
                document = build_document(document_id, new, self._read(new.content, new.file_name))
                self._add_vectors(document, claim, check)
            saving = _Saving(new, document_id, document, vectors, claim, record, is_regrouped)
            if older is None or older == document_id:
                return self._save(saving)
            with self.claims.held(older) as claim_on_older:
                return self._save(saving, older, claim_on_older)

    def remove(self, document: Document, removal: Removal | None = None) -> None:
        """Remove a document with its vectors and its original.

        When this ends in between, the claim tells whoever finds it which vectors are left.

        Args:
            document: Which one.
            removal: Noted in the transaction that makes the document unknown.

        Raises:
            NotFound: Somebody else was faster.
            IntegrityError: A removal with this key is noted already.
            Conflict: ``document_busy``: another process is writing it.
        """
        with self.claims.held(document.id) as claim:
            now = self._store.with_passages(document.id)
            if now is None:
                raise NotFound("document")
            claim.renew(now)
            with self.saving:
                self._store.remove(document.id, removal)
            self._forget(now)

    def set_access(self, document_id: str, access: str) -> bool:
        """Change who may read a document, and return whether that was another access key.

        The catalogue knows first, and it decides what a search returns. When this ends before the vectors
        have followed, `Reindexing` makes them anew at the next start.

        Raises:
            NotFound: It does not exist.
            Conflict: ``document_busy``: another process is writing it.
        """
        with self.claims.held(document_id) as claim:
            document = self._store.with_passages(document_id)
            if document is None:
                raise NotFound("document")
            if document.access == access:
                return False
            self._move(document, access, claim)
            return True

    def _move(self, document: Document, access: str, claim: Claim) -> None:
        claim.renew(document)
        with self.saving:
            self._store.set_access(document.id, access)
            self._index.move(document, access)

    def recover(self) -> int:
        """Clean up after processes that died while they wrote, and return after how many writes."""
        return self.claims.recover()

    def _save(
        self, saving: "_Saving", older: str | None = None, claim_on_older: Claim | None = None
    ) -> Outcome:
        """Make a document known and the older one unknown, in one transaction."""
        new, document = saving.new, saving.document
        before = self._store.with_passages(older) if older else None
        if before is not None and claim_on_older is not None:
            claim_on_older.renew(before)
        outcome = Outcome(
            ItemStatus.UNCHANGED if document is None else ItemStatus.INDEXED, saving.document_id
        )
        if saving.is_regrouped or (document is not None and before is not None):
            outcome = outcome._replace(status=ItemStatus.REPLACED)
        with self.saving:
            if document is not None and self._index.vectors is not saving.vectors:
                self._index.add(document, document.passages)  # searches use another model's vectors by now
            with self._store.transaction() as session:
                if document is not None:
                    session.add(document)
                    session.flush()
                path = _path(new, outcome.document_id)
                gone = self._store.move_source(session, new.owner_id, path, outcome.document_id, older)
                saving.claim.release(session)
                saving.record(session, outcome)
        if gone and before is not None:
            self._forget(before)
        return outcome

    def _add_vectors(self, document: Document, claim: Claim, check: Callable[[], None]) -> None:
        claim.renew(document)
        for batch in _batches(document.passages):
            check()
            self._index.add(document, batch)
            claim.renew()

    def _forget(self, document: Document) -> None:
        ids = passage_ids(document.id, len(document.passages))
        self._delete_vectors(Written(ids, document.language, document.access))
        if self._data_dir is not None:
            delete_original(self._data_dir, document.stored_path)

    def _delete_vectors(self, written: Written) -> None:
        if not written.ids:
            return
        shard = ShardKey(Language(written.language), written.access)
        for start in range(0, len(written.ids), DELETED_AT_ONCE):
            self._index.delete(shard, written.ids[start : start + DELETED_AT_ONCE])


class _Saving(NamedTuple):
    """A document that is to become known.

    Attributes:
        document: None when its content is known already.
        vectors: Where its vectors were written.
        is_regrouped: Other groups read it now than before.
    """

    new: NewDocument
    document_id: str
    document: Document | None
    vectors: VectorIndex | None
    claim: Claim
    record: Callable[[Session, Outcome], None]
    is_regrouped: bool


def _names_other_groups(known: Document, new: NewDocument) -> bool:
    access = access_key(new.groups)
    return known.owner_id == new.owner_id and access not in (known.access, EVERYONE)


def content_id(content: bytes) -> str:
    """Return the id of a document with this content."""
    return hashlib.sha256(content).hexdigest()[:32]


def join_keywords(keywords: Sequence[str]) -> str:
    """Return keywords as they are stored and searched."""
    return ", ".join(keywords)[:300]


def build_document(document_id: str, new: NewDocument, blocks: Sequence[Block]) -> Document:
    """Return a document with its passages, not yet stored."""
    chunks = chunk(blocks)
    language = detect_language("\n".join(part.text for part in chunks))
    ids = passage_ids(document_id, len(chunks))
    return Document(
        id=document_id,
        title=(new.title or _first_heading(blocks) or PurePath(new.file_name).stem)[:300],
        source=new.file_name[:300],
        format=PurePath(new.file_name).suffix.lstrip(".").lower(),
        language=language.value,
        category=new.category[:40],
        date=new.date,
        access=access_key(new.groups),
        owner_id=new.owner_id,
        keywords=join_keywords(new.keywords),
        stored_path=new.stored_path,
        indexed_at=utc_now(),
        passages=[
            _passage(passage_id, position, part, language)
            for position, (passage_id, part) in enumerate(zip(ids, chunks, strict=True))
        ],
    )


def passage_language(text: str, document_language: Language) -> Language:
    """Return a passage's language: its document's, unless its words are clearly of the other one."""
    own = detect_language(text)
    if own is document_language or own is Language.KO:
        return own
    has_hangul = any("가" <= character <= "힣" for character in text)
    words = sum(word.isascii() and word.isalpha() for word in text.split())
    return own if words >= CLEARLY_WORDS and not has_hangul else document_language


def _passage(passage_id: str, position: int, part: Chunk, language: Language) -> Passage:
    return Passage(
        id=passage_id,
        position=position,
        text=part.text,
        page=part.page,
        section=(part.section or None) and str(part.section)[:MAX_SECTION_CHARS],
        cells=part.cells and part.cells.reference()[:120],
        language=passage_language(part.text, language).value,
        start_offset=part.start,
        end_offset=part.end,
    )


def _batches(passages: Sequence[Passage]) -> Iterator[Sequence[Passage]]:
    for start in range(0, len(passages), BATCH_PASSAGES):
        yield passages[start : start + BATCH_PASSAGES]


def _path(new: NewDocument, document_id: str) -> str:
    return new.path or f"{UNNAMED}{document_id}"


def _first_heading(blocks: Sequence[Block]) -> str:
    return next((block.text for block in blocks if block.level), "")
