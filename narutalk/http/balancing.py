"""One service behind several addresses: an httpx transport that chooses, repeats and fails over."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import count
from typing import cast

import httpx
import stamina

from narutalk.http.instances import Call, Instance, in_order, is_about_a_run, thread_of

REPEATABLE = "repeatable"
"""The request extension that says that sending a request twice does no harm: ``{REPEATABLE: True}``."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
BUSY_STATUSES = frozenset({httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE})
MAX_ATTEMPTS = 3
MAX_REPEATING_SECONDS = 20.0
FIRST_BACKOFF_SECONDS = 0.05
MAX_BACKOFF_SECONDS = 0.5
MAX_REMEMBERED_THREADS = 1024


class NoInstance(httpx.ConnectError):
    """The circuit breakers of all instances are open: nobody was asked."""


class _Busy(Exception):
    """An instance answered that it cannot take the request now."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"{response.status_code}")
        self.response = response


class BalancedTransport(httpx.AsyncBaseTransport):
    """Sends each request to the least busy instance of a service.

    A connection that is refused is tried at the next instance at once, whatever the method: nothing was sent.
    Any other failure before the head of the response, and 502 and 503, are repeated only where
    repeating is safe: GET, HEAD, OPTIONS, and what is marked with the extension `REPEATABLE`. A
    response that breaks off is the reader's to deal with.

    Args:
        service: For the log and for errors.
        urls: Of the instances.
        transport_for: Makes the transport of one instance, each with a pool of its own.
        head_timeout_seconds: How long an instance may take to begin its response, where there is
            another one to ask; None for as long as the request's read timeout says.
    """

    def __init__(
        self,
        service: str,
        urls: Sequence[str],
        transport_for: Callable[[str], httpx.AsyncBaseTransport],
        *,
        head_timeout_seconds: float | None = None,
    ) -> None:
        self._service = service
        self.instances = [Instance(service, url, transport_for(url)) for url in urls]
        self._head_timeout_seconds = head_timeout_seconds if len(self.instances) > 1 else None
        self._uses = count(1)
        self._run_owners: OrderedDict[str, Instance] = OrderedDict()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the first response that is worth returning.

        Raises:
            NoInstance: No instance takes requests at the moment.
            httpx.TransportError: Of the last instance that was asked.
        """
        tried: list[Instance] = []
        harmless = request.method in SAFE_METHODS or bool(request.extensions.get(REPEATABLE))
        repeatable = harmless and isinstance(request.stream, httpx.ByteStream)  # others can be read once only

        def again(error: Exception) -> bool | float:
            if isinstance(error, NoInstance):
                return False
            if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
                return 0.0 if len(set(tried)) < len(self.instances) else False
            return repeatable and isinstance(error, httpx.TransportError | _Busy)

        try:
            async for attempt in stamina.retry_context(
                on=again,
                attempts=max(MAX_ATTEMPTS, len(self.instances)),
                timeout=MAX_REPEATING_SECONDS,
                wait_initial=FIRST_BACKOFF_SECONDS,
                wait_max=MAX_BACKOFF_SECONDS,
                wait_jitter=FIRST_BACKOFF_SECONDS,
            ):
                with attempt:
                    return await self._send(request, tried)
        except _Busy as busy:
            return busy.response
        raise AssertionError("stamina returns or raises")

    async def aclose(self) -> None:
        """Close the connections to all instances."""
        for instance in self.instances:
            await instance.transport.aclose()

    async def _send(self, request: httpx.Request, tried: list[Instance]) -> httpx.Response:
        """Send a request to the next instance, and return its response once that begins."""
        thread = thread_of(request.url.path)
        instance = self._choose(request, tried, thread)
        tried.append(instance)
        call = Call(instance, thread)
        try:
            async with asyncio.timeout(self._head_timeout_seconds):
                response = await instance.transport.handle_async_request(_addressed(request, instance.url))
                if response.status_code in BUSY_STATUSES:
                    await response.aread()
        except httpx.TransportError as error:
            call.failed(error)
            raise
        except TimeoutError as error:
            silent = httpx.ReadTimeout(f"{instance.url} did not begin to answer", request=request)
            call.failed(silent)
            raise silent from error
        except BaseException:
            call.abandoned()
            raise
        if response.status_code in BUSY_STATUSES:
            busy = _Busy(response)
            call.failed(busy)
            raise busy
        call.answering()
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_FollowedStream(cast("httpx.AsyncByteStream", response.stream), call),
            extensions=response.extensions,
        )

    def _choose(self, request: httpx.Request, tried: list[Instance], thread: str | None) -> Instance:
        about_a_run = is_about_a_run(request.url.path)
        owner = self._run_owners.get(thread or "") if about_a_run else None
        for instance in in_order(self.instances, tried=tried, thread=thread, owner=owner):
            # A breaker protects from waiting for one instance where another would answer. Of a single one
            # it would only make an outage longer.
            if instance.breaker.admit() or len(self.instances) == 1:
                instance.last_used = next(self._uses)
                if thread and not about_a_run and request.method == "POST":
                    self._remember_owner(thread, instance)
                return instance
        urls = ", ".join(str(instance.url) for instance in self.instances)
        raise NoInstance(f"No instance of {self._service} takes requests at the moment: {urls}")

    def _remember_owner(self, thread: str, instance: Instance) -> None:
        self._run_owners[thread] = instance
        self._run_owners.move_to_end(thread)
        if len(self._run_owners) > MAX_REMEMBERED_THREADS:
            self._run_owners.popitem(last=False)


class _FollowedStream(httpx.AsyncByteStream):
    """A response's body, which tells its call how it ended."""

    def __init__(self, stream: httpx.AsyncByteStream, call: Call) -> None:
        self._stream = stream
        self._call = call

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._stream:
                yield chunk
        except httpx.TransportError as error:
            self._call.failed(error)
            raise
        self._call.ended()

    async def aclose(self) -> None:
        self._call.abandoned()
        await self._stream.aclose()


def _addressed(request: httpx.Request, base: httpx.URL) -> httpx.Request:
    """Return the request with an instance's address in the place of the service's name."""
    path = base.raw_path.rstrip(b"/") + request.url.raw_path
    url = request.url.copy_with(scheme=base.scheme, host=base.host, port=base.port, raw_path=path)
    headers = request.headers.copy()
    headers["Host"] = base.netloc.decode()
    return httpx.Request(
        request.method, url, headers=headers, stream=request.stream, extensions=request.extensions
    )
