"""The instances of one service: how busy each is, and which one is asked next."""

import re
import time
from collections import Counter
from collections.abc import Collection, Iterable

import httpx

from narutalk.http.breaker import Breaker

REFUSED_SECONDS = 2.0
FAILED_SECONDS = 2.0
_THREAD = re.compile(r"^/threads/([^/]+)")
_RUN = re.compile(r"^/threads/[^/]+/runs/(?!(?:stream|wait)$)[^/]+")


class Instance:
    """One process of a service.

    Attributes:
        url: Its address.
        transport: Its own pool of connections.
        breaker: Keeps requests away while it fails.
        outstanding: Requests whose response has not been read to its end.
        threads: The outstanding requests of each thread.
        last_used: A counter's value, higher for later.
    """

    def __init__(self, service: str, url: str, transport: httpx.AsyncBaseTransport) -> None:
        self.url = httpx.URL(url)
        self.transport = transport
        self.breaker = Breaker(service, url)
        self.outstanding = 0
        self.threads: Counter[str] = Counter()
        self.last_used = 0
        self._refused_at: float | None = None
        self._failed_at: float | None = None

    @property
    def refused_lately(self) -> bool:
        """Whether it refused a connection within the last `REFUSED_SECONDS`."""
        return self._refused_at is not None and time.monotonic() - self._refused_at < REFUSED_SECONDS

    @property
    def failed_lately(self) -> bool:
        """Whether a request to it failed within the last `FAILED_SECONDS`."""
        return self._failed_at is not None and time.monotonic() - self._failed_at < FAILED_SECONDS

    def note_failure(self) -> None:
        """Remember that a request has just failed."""
        self._failed_at = time.monotonic()

    def note_connection(self, *, refused: bool) -> None:
        """Remember whether the last connection came about."""
        self._refused_at = time.monotonic() if refused else None


class Call:
    """One request to one instance, from the choice of the instance to the end of the response.

    Of `ended`, `failed` and `abandoned` the first one counts.
    """

    def __init__(self, instance: Instance, thread: str | None) -> None:
        self._instance = instance
        self._thread = thread
        self._open = True
        self._is_answering = False
        instance.outstanding += 1
        if thread:
            instance.threads[thread] += 1

    def answering(self) -> None:
        """The head of a good response is here."""
        self._is_answering = True
        self._instance.note_connection(refused=False)
        self._instance.breaker.answering()

    def ended(self) -> None:
        """The response was read to its end."""
        if self._release():
            self._instance.breaker.succeeded()

    def failed(self, error: Exception) -> None:
        """The instance failed: before its response, or in the middle of it."""
        if self._release():
            self._instance.note_failure()
            self._instance.note_connection(
                refused=isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            )
            self._instance.breaker.failed(error)

    def abandoned(self) -> None:
        """The reader left: with what it wanted, where the response had begun."""
        if self._release():
            if self._is_answering:
                self._instance.breaker.succeeded()
            else:
                self._instance.breaker.abandoned()

    def _release(self) -> bool:
        was_open, self._open = self._open, False
        if was_open:
            self._instance.outstanding -= 1
            if self._thread:
                self._instance.threads[self._thread] -= 1
                if not self._instance.threads[self._thread]:
                    del self._instance.threads[self._thread]
        return was_open


def in_order(
    instances: Iterable[Instance],
    *,
    tried: Collection[Instance] = (),
    thread: str | None = None,
    owner: Instance | None = None,
) -> list[Instance]:
    """Return the instances, the one to ask first at the front.

    Those not tried yet come first; then the owner of the run in question, unless it has just failed: any
    other one can follow the run on; for a thread's requests, those that have not just failed; then one that
    has outstanding requests of the same thread, where its runs need not wait for another process; then those
    that took their last connection; then the least busy; then the one unused for longest.
    """
    preferred = owner if owner and not owner.failed_lately else None
    return sorted(
        instances,
        key=lambda instance: (
            instance in tried,
            instance is not preferred,
            thread is not None and instance.failed_lately,
            not (thread and instance.threads[thread]),
            instance.refused_lately,
            instance.outstanding,
            instance.last_used,
        ),
    )


def thread_of(path: str) -> str | None:
    """Return the thread that a request is about, by its path in the LangGraph server API."""
    found = _THREAD.match(path)
    return found[1] if found else None


def is_about_a_run(path: str) -> bool:
    """Whether a request is about one run that was started before: to follow it, or to stop it."""
    return bool(_RUN.match(path))
