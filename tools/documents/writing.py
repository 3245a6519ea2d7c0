"""Adds, replaces and removes documents: catalogue and vectors together, whatever is killed in between."""

import datetime
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import NamedTuple

from sqlalchemy.orm import Session

from narutalk.languages import Language, detect_language
from tools.documents.blocks import Block
from tools.documents.chunking import SEPARATOR, Chunk, chunk
from tools.documents.claims import Claim, Claims, Written, passage_ids, utc_now
from tools.documents.models import EVERYONE, Document, ItemStatus, Passage
from tools.documents.originals import delete_original
from tools.documents.permissions import access_key
from tools.documents.reading import read_blocks
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
        vectors: Of its passages.
        read: `read_blocks`, or a `Converter`'s.
        data_dir: Where originals lie that are deleted with their documents; None to keep them.
    """

    def __init__(
        self,
        store: DocumentStore,
        vectors: VectorIndex,
        *,
        read: Reader = read_blocks,
        data_dir: Path | None = None,
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._read = read
        self._data_dir = data_dir
        self._claims = Claims(store.engine, self._delete_vectors)

    def add(
        self,
        new: NewDocument,
        *,
        record: Callable[[Session, Outcome], None] = nothing_to_record,
        check: Callable[[], None] = never_stop,
    ) -> Outcome:
        """Index a document; the same content is indexed once, and takes the place of what its path held.

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
        with self._claims.held(document_id) as claim:
            document = None
            if not self._store.exists(document_id):
                document = build_document(document_id, new, self._read(new.content, new.file_name))
                self._add_vectors(document, claim, check)
            if older is None or older == document_id:
                return self._save(new, document_id, document, claim, record)
            with self._claims.held(older) as claim_on_older:
                return self._save(new, document_id, document, claim, record, older, claim_on_older)

    def remove(self, document: Document) -> None:
        """Remove a document with its vectors and its original."""
        with self._claims.held(document.id) as claim:
            claim.renew(document)
            self._store.remove(document.id)
            self._forget(document)

    def recover(self) -> int:
        """Clean up after processes that died while they wrote, and return after how many writes."""
        return self._claims.recover()

    def _save(
        self,
        new: NewDocument,
        document_id: str,
        document: Document | None,
        claim: Claim,
        record: Callable[[Session, Outcome], None],
        older: str | None = None,
        claim_on_older: Claim | None = None,
    ) -> Outcome:
        """Make a document known and the older one unknown, in one transaction."""
        before = self._store.with_passages(older) if older else None
        if before is not None and claim_on_older is not None:
            claim_on_older.renew(before)
        outcome = Outcome(ItemStatus.UNCHANGED if document is None else ItemStatus.INDEXED, document_id)
        if document is not None and before is not None:
            outcome = outcome._replace(status=ItemStatus.REPLACED)
        with self._store.transaction() as session:
            if document is not None:
                session.add(document)
                session.flush()
            path = _path(new, document_id)
            gone = self._store.move_source(session, new.owner_id, path, document_id, older)
            claim.release(session)
            record(session, outcome)
        if gone and before is not None:
            self._forget(before)
        return outcome

    def _add_vectors(self, document: Document, claim: Claim, check: Callable[[], None]) -> None:
        claim.renew(document)
        for batch in _batches(document.passages):
            check()
            self._vectors.add(
                [passage.id for passage in batch],
                [context_text(document.title, passage.section, passage.text) for passage in batch],
                document_id=document.id,
                language=document.language,
                access=document.access,
            )
            claim.renew()

    def _forget(self, document: Document) -> None:
        ids = passage_ids(document.id, len(document.passages))
        self._delete_vectors(Written(ids, document.language, document.access))
        if self._data_dir is not None:
            delete_original(self._data_dir, document.stored_path)

    def _delete_vectors(self, written: Written) -> None:
        for start in range(0, len(written.ids), DELETED_AT_ONCE):
            self._vectors.delete(written.ids[start : start + DELETED_AT_ONCE])


def content_id(content: bytes) -> str:
    """Return the id of a document with this content."""
    return hashlib.sha256(content).hexdigest()[:32]


def context_text(title: str, section: str | None, text: str, keywords: str = "") -> str:
    """Return a passage with what it stands under: what is embedded and searched."""
    begins_with_title = section is not None and section.startswith(title)
    heading = section if begins_with_title else SEPARATOR.join(filter(None, (title, section)))
    return f"{heading} ({keywords})\n{text}" if keywords else f"{heading}\n{text}"


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
