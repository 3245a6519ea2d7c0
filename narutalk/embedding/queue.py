"""A bounded queue before a model: concurrent questions are embedded together, and first."""

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import IntEnum

from narutalk.embedding.embedder import Embedder
from narutalk.errors import Unavailable

MAX_WAITING_TEXTS = 1024
BATCH_TEXTS = 16
"""Texts are embedded so many at a time, so that a question waits for a part of a long request only."""

Vectors = list[list[float]]


class Kind(IntEnum):
    """What texts are, the urgent kind first."""

    QUERY = 0
    PASSAGE = 1


@dataclass
class _Request:
    """Texts that somebody waits for.

    Attributes:
        vectors: Of the first texts; the request is done when it has as many as texts.
    """

    texts: Sequence[str]
    future: "Future[Vectors]" = field(default_factory=Future)
    vectors: Vectors = field(default_factory=list)

    @property
    def left(self) -> Sequence[str]:
        return self.texts[len(self.vectors) :]


class EmbeddingQueue(Embedder):
    """Embeds what many callers ask for, one batch after the other, on a thread of its own.

    `embed_query` goes through the queue. `embed_documents` does not: who indexes in the background waits for
    nobody, and nobody for it.

    Args:
        embedder: What computes.
        max_waiting: How many texts may wait; more are refused.
    """

    def __init__(self, embedder: Embedder, *, max_waiting: int = MAX_WAITING_TEXTS) -> None:
        self.name = embedder.name
        self._embedder = embedder
        self._max_waiting = max_waiting
        self._changed = threading.Condition()  # guards the fields below
        self._waiting: dict[Kind, deque[_Request]] = {kind: deque() for kind in Kind}
        self._waiting_texts = 0
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="embedding-queue", daemon=True)
        self._thread.start()

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    @property
    def closing(self) -> bool:
        """Whether it takes no more."""
        return self._closed

    def submit(self, texts: Sequence[str], kind: Kind) -> "Future[Vectors]":
        """Queue texts; the future has one vector for each. Cancelling it takes them out again.

        Raises:
            Unavailable: ``embedding_queue_full``, or ``embedding_stopped`` at the end.
        """
        request = _Request(list(texts))
        with self._changed:
            if self._closed:
                raise _stopped()
            if self._waiting_texts + len(request.texts) > self._max_waiting:
                raise Unavailable(
                    "Too many texts wait to be embedded. Try again in a moment.", code="embedding_queue_full"
                )
            self._waiting_texts += len(request.texts)
            self._waiting[kind].append(request)
            self._changed.notify()
        return request.future

    def embed_query(self, text: str) -> list[float]:
        return self.submit([text], Kind.QUERY).result()[0]

    def embed_queries(self, texts: list[str]) -> Vectors:
        return self._embedder.embed_queries(texts)

    def embed_documents(self, texts: list[str]) -> Vectors:
        return self._embedder.embed_documents(texts)

    def close(self) -> None:
        """Finish the batch at hand; what waits fails with ``embedding_stopped``."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while batch := self._next():
            kind, parts = batch
            texts = [text for _, part in parts for text in part]
            embed = self._embedder.embed_queries if kind is Kind.QUERY else self._embedder.embed_documents
            try:
                vectors = embed(texts)
            except Exception as error:  # whatever a model raises is for those who asked, not for this thread
                self._fail([request for request, _ in parts], error)
            else:
                self._hand_out(kind, parts, vectors)

    def _next(self) -> tuple[Kind, list[tuple[_Request, Sequence[str]]]] | None:
        """Wait for work, and take a batch of one kind; None at the end."""
        with self._changed:
            while not self._closed:
                for kind, waiting in self._waiting.items():
                    if parts := self._take(waiting):
                        return kind, parts
                self._changed.wait()
            left = [request for waiting in self._waiting.values() for request in waiting]
        self._fail(left, _stopped())
        return None

    def _take(self, waiting: deque[_Request]) -> list[tuple[_Request, Sequence[str]]]:
        parts: list[tuple[_Request, Sequence[str]]] = []
        room = BATCH_TEXTS
        while waiting and room:
            request = waiting.popleft()
            if not request.vectors and not request.future.set_running_or_notify_cancel():
                self._waiting_texts -= len(request.texts)
                continue
            parts.append((request, request.left[:room]))
            room -= len(parts[-1][1])
        return parts

    def _hand_out(
        self, kind: Kind, parts: Sequence[tuple[_Request, Sequence[str]]], vectors: Vectors
    ) -> None:
        start = 0
        for request, part in parts:
            request.vectors += vectors[start : start + len(part)]
            start += len(part)
            with self._changed:
                self._waiting_texts -= len(part)
                if request.left:
                    self._waiting[kind].appendleft(request)
                    continue
            request.future.set_result(request.vectors)

    def _fail(self, requests: Sequence[_Request], error: Exception) -> None:
        for request in requests:
            with self._changed:
                self._waiting_texts -= len(request.left)
            if request.vectors or request.future.running() or request.future.set_running_or_notify_cancel():
                request.future.set_exception(error)


def _stopped() -> Unavailable:
    return Unavailable("The service is stopping.", code="embedding_stopped")
