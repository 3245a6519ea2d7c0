"""The balanced client against instances that behave by script, and against real sockets where they count."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from narutalk.http import REPEATABLE, NoInstance, build_service_client, instances
from narutalk.http.balancing import MAX_ATTEMPTS
from narutalk.http.breaker import FAILURES_TO_OPEN
from narutalk.settings import Settings, load_settings

URLS = ("http://one:1/base", "http://two:2")

Answer = Callable[[httpx.Request], httpx.Response]


class Body(httpx.AsyncByteStream):
    """A body of two chunks; it can be held in the middle, or break there."""

    def __init__(self, *, error: Exception | None = None) -> None:
        self._error = error
        self.go_on = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"first "
        await self.go_on.wait()
        if self._error:
            raise self._error
        yield b"second"


class Instances(httpx.AsyncBaseTransport):
    """The network: what each instance does, and what it was sent."""

    def __init__(self) -> None:
        self.does: dict[str, Exception | int | Answer] = {}
        self.sent: list[httpx.Request] = []
        self.closed = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        does = self.does.get(request.url.host, 200)
        if isinstance(does, Exception):
            raise does
        if isinstance(does, int):
            return httpx.Response(does, json={"from": request.url.host})
        return does(request)

    async def aclose(self) -> None:
        self.closed += 1

    @property
    def asked(self) -> list[str]:
        return [request.url.host for request in self.sent]


@pytest.fixture
def network() -> Instances:
    return Instances()


def settings_for(*urls: str) -> Settings:
    return load_settings(**{"employee_urls": ",".join(urls), "_env_file": None})


def client_of(
    network: Instances | None, *urls: str, read_timeout_seconds: float = 5, head_timeout_seconds: float = 10
) -> httpx.AsyncClient:
    settings = settings_for(*(urls or URLS))
    return build_service_client(
        settings,
        "employee",
        read_timeout_seconds=read_timeout_seconds,
        transport=network,
        head_timeout_seconds=head_timeout_seconds,
    )


async def test_requests_go_round_and_keep_all_they_carry(network: Instances) -> None:
    async with client_of(network) as client:
        for number in range(4):
            answer = await client.post(
                f"/things/{number}?q=a%20b", json={"n": number}, headers={"X-Mine": "1"}
            )
            assert answer.json() == {"from": ["one", "two"][number % 2]}
    assert network.asked == ["one", "two", "one", "two"]
    first, second = network.sent[:2]
    assert str(first.url) == "http://one:1/base/things/0?q=a%20b"
    assert first.headers["Host"] == "one:1"
    assert str(second.url) == "http://two:2/things/1?q=a%20b"
    assert (second.headers["X-Mine"], await second.aread()) == ("1", b'{"n":1}')
    assert second.extensions["timeout"]["read"] == 5
    assert network.closed == len(URLS)


async def test_the_least_busy_is_asked_until_a_response_is_read_to_its_end(network: Instances) -> None:
    body = Body()
    network.does["one"] = lambda _request: httpx.Response(200, stream=body)
    async with client_of(network) as client:
        async with client.stream("POST", "/long") as long:
            chunks = long.aiter_bytes()
            assert await anext(chunks) == b"first "
            for _ in range(3):
                await client.get("/short")
            assert network.asked == ["one", "two", "two", "two"]
            body.go_on.set()
            assert [chunk async for chunk in chunks] == [b"second"]
        network.does["one"] = 200
        await client.get("/short")
    assert network.asked[-1] == "one"


async def test_a_reader_that_leaves_makes_room(network: Instances) -> None:
    network.does["one"] = lambda _request: httpx.Response(200, stream=Body())
    async with client_of(network) as client:
        async with client.stream("POST", "/long") as long:
            assert await anext(long.aiter_bytes()) == b"first "
        network.does["one"] = 200
        await client.get("/short")
        await client.get("/short")
    assert sorted(network.asked[1:]) == ["one", "two"]


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), httpx.ConnectTimeout("nobody there")])
async def test_what_was_not_sent_goes_to_the_next_whatever_it_is(
    network: Instances, error: Exception
) -> None:
    network.does["one"] = error
    async with client_of(network) as client:
        assert (await client.post("/things", json={})).json() == {"from": "two"}
        assert network.asked == ["one", "two"]
        for _ in range(2):
            await client.post("/things")
    assert network.asked[2:] == ["two", "two"], "the one that refused is tried last"


async def test_an_instance_that_refused_is_tried_again_later(
    network: Instances, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.does["one"] = httpx.ConnectError("refused")
    async with client_of(network) as client:
        await client.get("/things")
        network.does["one"] = 200
        monkeypatch.setattr(instances, "REFUSED_SECONDS", 0)
        await client.get("/things")
    assert network.asked == ["one", "two", "one"]


@pytest.mark.parametrize("failure", [httpx.ReadError("gone"), httpx.RemoteProtocolError("cut"), 502, 503])
async def test_other_failures_are_repeated_where_that_is_safe(
    network: Instances, failure: Exception | int
) -> None:
    network.does["one"] = failure
    async with client_of(network) as client:
        assert (await client.get("/things")).json() == {"from": "two"}
        network.sent.clear()
        marked = await client.post("/things", json={}, extensions={REPEATABLE: True})
        assert marked.json() == {"from": "two"}


async def test_other_failures_of_a_post_are_its_callers(network: Instances) -> None:
    async with client_of(network) as client:
        network.does["one"] = httpx.ReadError("gone")
        with pytest.raises(httpx.ReadError):
            await client.post("/things")
        network.does["two"] = 503
        assert (await client.post("/things")).status_code == 503
    assert network.asked == ["one", "two"]


async def test_a_body_that_can_be_read_once_is_sent_once(network: Instances) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"once"

    network.does = {"one": httpx.ReadError("gone"), "two": httpx.ReadError("gone")}
    async with client_of(network) as client:
        with pytest.raises(httpx.ReadError):
            await client.post("/things", content=body(), extensions={REPEATABLE: True})
    assert len(network.sent) == 1


async def test_repeating_ends(network: Instances) -> None:
    network.does = {"one": 503, "two": 502}
    async with client_of(network) as client:
        assert (await client.get("/things")).status_code in (502, 503)
        assert len(network.sent) == MAX_ATTEMPTS
        network.sent.clear()
        network.does = {"one": httpx.ConnectError("refused"), "two": httpx.ConnectError("refused")}
        with pytest.raises(httpx.ConnectError, match="refused"):
            await client.get("/things")
    assert len(network.sent) == len(URLS), "each refused once"


async def test_an_error_of_the_service_is_its_answer(network: Instances) -> None:
    network.does = {"one": 500, "two": 500}
    async with client_of(network) as client:
        for _ in range(3 * FAILURES_TO_OPEN):
            assert (await client.get("/things")).status_code == 500
    assert len(network.sent) == 3 * FAILURES_TO_OPEN


async def test_an_instance_that_keeps_failing_is_left_alone_and_then_tried_by_one(
    network: Instances, caplog: pytest.LogCaptureFixture
) -> None:
    network.does["one"] = httpx.ReadError("gone")
    async with client_of(network) as client:
        for _ in range(2 * FAILURES_TO_OPEN + 4):
            await client.get("/things")
        assert network.asked.count("one") == FAILURES_TO_OPEN
        assert "circuit_breaker" in caplog.text
        one = client._transport.instances[0]  # type: ignore[attr-defined]
        one.breaker._circuit.ttl = -1  # its time is over
        network.sent.clear()
        body = Body()
        network.does["one"] = lambda _request: httpx.Response(200, stream=body)
        one.last_used = 0
        async with client.stream("GET", "/probe") as probe:
            assert network.asked == ["one"]
            assert one.breaker.state == "closed", "it has begun to answer"
            body.go_on.set()
            await probe.aread()


async def test_a_half_open_circuit_lets_one_request_through(network: Instances) -> None:
    async with client_of(network) as client:
        one, two = client._transport.instances  # type: ignore[attr-defined]
        for _ in range(FAILURES_TO_OPEN):
            one.breaker.failed(httpx.ReadError("gone"))
        assert not one.breaker.admit()
        one.breaker._circuit.ttl = -1
        assert one.breaker.admit()
        assert not one.breaker.admit()
        one.breaker.failed(httpx.ReadError("still"))
        assert one.breaker.state == "opened"
        one.breaker._circuit.ttl = 60
        for _ in range(FAILURES_TO_OPEN):
            two.breaker.failed(httpx.ReadError("gone"))
        with pytest.raises(NoInstance, match="No instance of employee takes requests"):
            await client.get("/things")
    assert network.sent == []


async def test_responses_that_break_off_open_the_circuit(network: Instances) -> None:
    def breaking(_request: httpx.Request) -> httpx.Response:
        body = Body(error=httpx.RemoteProtocolError("cut"))
        body.go_on.set()
        return httpx.Response(200, stream=body)

    network.does["one"] = breaking
    async with client_of(network) as client:
        for _ in range(FAILURES_TO_OPEN):
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get("/stream")
            await client.get("/stream")
        network.sent.clear()
        for _ in range(4):
            await client.get("/stream")
    assert network.asked == ["two"] * 4


async def test_a_single_instance_is_always_asked(network: Instances) -> None:
    network.does["one"] = httpx.ConnectError("refused")
    async with client_of(network, URLS[0]) as client:
        for _ in range(2 * FAILURES_TO_OPEN):
            with pytest.raises(httpx.ConnectError, match="refused"):
                await client.get("/things")
        network.does["one"] = 200
        assert (await client.get("/things")).status_code == 200
    assert len(network.sent) == 2 * FAILURES_TO_OPEN + 1


async def test_requests_of_a_thread_stay_together_while_one_is_outstanding(network: Instances) -> None:
    body = Body()
    network.does["one"] = lambda _request: httpx.Response(200, stream=body)
    async with client_of(network) as client:
        async with client.stream("POST", "/threads/a/runs/stream") as run:
            network.does["one"] = 200
            await client.post("/threads/a/runs/x/cancel")
            await client.post("/threads/b/runs/y/cancel")
            assert network.asked == ["one", "one", "two"]
            body.go_on.set()
            await run.aread()
        for _ in range(3):
            await client.post("/threads/a/runs/x/cancel")
            await client.get("/threads/a/runs/x")
        assert network.asked[3:] == ["one"] * 6, "the instance that was given the run has it"
        network.sent.clear()
        for number in range(4):
            await client.post(f"/threads/{number}/runs/wait")
            await client.get("/threads/a/state")
    assert sorted(network.asked) == ["one"] * 4 + ["two"] * 4


async def test_an_instance_that_does_not_begin_to_answer_is_left_for_another() -> None:
    """A stopped process takes connections, and says nothing."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        urls = [f"http://127.0.0.1:{one.getsockname()[1]}" for one in (silent, server.sockets[0])]
        async with server, client_of(None, *urls, head_timeout_seconds=0.2) as client:
            assert (await client.get("/things")).text == "ok"
            await client.get("/things")
            with pytest.raises(httpx.ReadTimeout, match="did not begin to answer"):
                await client.post("/things")


async def test_a_run_is_followed_on_elsewhere_when_its_owner_broke_off(network: Instances) -> None:
    broken = Body(error=httpx.ReadError("killed"))
    broken.go_on.set()
    network.does["one"] = lambda _request: httpx.Response(200, stream=broken)
    async with client_of(network) as client:
        with pytest.raises(httpx.ReadError):
            await client.post("/threads/t/runs/stream")
        await client.get("/threads/t/runs/r/stream")
    assert network.asked == ["one", "two"]


async def test_a_run_is_followed_at_its_owner(network: Instances) -> None:
    async with client_of(network) as client:
        await client.post("/threads/t/runs")
        await client.get("/threads/t/runs/r/stream")
    assert network.asked == ["one", "one"]
