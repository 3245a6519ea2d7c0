"""Who is adding or removing a document right now: one process at a time, and what it began is remembered.

Vectors and catalogue cannot be written in one transaction. A claim is stored before the first vector is
written and deleted after the last one; whoever finds the claim of a process that died cleans up after it.
"""

import datetime
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import ColumnElement, Engine, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from narutalk.errors import Conflict
from narutalk.process import is_dead, this_process
from tools.documents.models import Document, DocumentWrite

CLAIM_SECONDS = 60
WAIT_SECONDS = 20.0
POLL_SECONDS = 0.1


class Written(NamedTuple):
    """The passages of a document that have vectors, or are about to, and where those are."""

    ids: Sequence[str]
    language: str
    access: str


DeleteVectors = Callable[[Written], None]


class ClaimLost(Exception):
    """Another process took the claim over, for this one did not renew it in time."""


def utc_now() -> datetime.datetime:
    """Return the time as the catalogue stores it: UTC, without a zone."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


def passage_ids(document_id: str, count: int) -> list[str]:
    """Return the ids of a document's passages, in order."""
    return [f"{document_id}-{position:04d}" for position in range(count)]


class Claim:
    """A document that this thread alone writes."""

    def __init__(self, sessions: sessionmaker[Session], document_id: str, token: str) -> None:
        self._sessions = sessions
        self._document_id = document_id
        self.token = token

    def renew(self, document: Document | None = None) -> None:
        """Keep the claim for another `CLAIM_SECONDS`.

        Args:
            document: Whose passages are about to get vectors, or to lose them.

        Raises:
            ClaimLost: It belongs to another process now.
        """
        values: dict[str, object] = {"expires_at": utc_now() + datetime.timedelta(seconds=CLAIM_SECONDS)}
        if document is not None:
            values["passages"] = len(document.passages)
            values["language"], values["access"] = document.language, document.access
        statement = update(DocumentWrite).where(*self._mine()).values(**values)
        with self._sessions.begin() as session:
            if session.connection().execute(statement).rowcount != 1:
                raise ClaimLost

    def release(self, session: Session) -> None:
        """Delete the claim in a transaction of the caller's.

        Raises:
            ClaimLost: It belongs to another process now.
        """
        if session.connection().execute(delete(DocumentWrite).where(*self._mine())).rowcount != 1:
            raise ClaimLost

    def drop(self) -> None:
        """Delete the claim if it is still there."""
        with self._sessions.begin() as session:
            session.execute(delete(DocumentWrite).where(*self._mine()))

    def _mine(self) -> tuple[ColumnElement[bool], ...]:
        return DocumentWrite.document_id == self._document_id, DocumentWrite.token == self.token


class Claims:
    """The claims of all processes.

    Args:
        engine: Of the catalogue.
        delete_vectors: Deletes the vectors of passages that may have some.
    """

    def __init__(self, engine: Engine, delete_vectors: DeleteVectors) -> None:
        self._sessions = sessionmaker(engine, expire_on_commit=False)
        self._delete_vectors = delete_vectors
        self._waiting = threading.Event()

    @contextmanager
    def held(self, document_id: str, *, wait_seconds: float = WAIT_SECONDS) -> Iterator[Claim]:
        """Hold the claim on a document for a block, waiting while another holds it.

        When the block raises, vectors that the catalogue does not know are deleted.

        Raises:
            Conflict: ``document_busy``: it is held for too long.
        """
        claim = self._acquired(document_id, wait_seconds)
        try:
            yield claim
        except BaseException:
            self._clean_up(document_id, claim)
            raise
        else:
            claim.drop()

    def recover(self) -> int:
        """Clean up after processes that died while they wrote, and return after how many writes."""
        with self._sessions() as session:
            left = list(session.scalars(select(DocumentWrite)))
        recovered = 0
        for write in left:
            claim = self._taken_over(write)
            if claim is not None:
                self._clean_up(write.document_id, claim)
                recovered += 1
        return recovered

    def _acquired(self, document_id: str, wait_seconds: float) -> Claim:
        for _ in range(1 + int(wait_seconds / POLL_SECONDS)):
            claim = self._inserted(document_id)
            if claim is not None:
                return claim
            with self._sessions() as session:
                held = session.get(DocumentWrite, document_id)
            taken = self._taken_over(held) if held is not None else None
            if held is not None and taken is not None:
                self._clean_up(document_id, taken)
            else:
                self._waiting.wait(POLL_SECONDS)
        raise Conflict("The document is being changed at this moment; try again.", code="document_busy")

    def _inserted(self, document_id: str) -> Claim | None:
        write = DocumentWrite(
            document_id=document_id,
            token=str(uuid4()),
            worker=this_process(),
            expires_at=utc_now() + datetime.timedelta(seconds=CLAIM_SECONDS),
        )
        try:
            with self._sessions.begin() as session:
                session.add(write)
        except IntegrityError:
            return None
        return Claim(self._sessions, document_id, write.token)

    def _taken_over(self, write: DocumentWrite) -> Claim | None:
        if write.expires_at > utc_now() and not is_dead(write.worker):
            return None
        token = str(uuid4())
        expires_at = utc_now() + datetime.timedelta(seconds=CLAIM_SECONDS)
        statement = (
            update(DocumentWrite)
            .where(DocumentWrite.document_id == write.document_id, DocumentWrite.token == write.token)
            .values(token=token, worker=this_process(), expires_at=expires_at)
        )
        with self._sessions.begin() as session:
            if session.connection().execute(statement).rowcount != 1:
                return None
        return Claim(self._sessions, write.document_id, token)

    def _clean_up(self, document_id: str, claim: Claim) -> None:
        with self._sessions() as session:
            write = session.get(DocumentWrite, document_id)
            is_known = session.get(Document, document_id) is not None
        if write is None or write.token != claim.token:
            return
        if not is_known:
            ids = passage_ids(document_id, write.passages)
            self._delete_vectors(Written(ids, write.language, write.access))
        claim.drop()
