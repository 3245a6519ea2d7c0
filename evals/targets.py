"""What is asked: the router's decision, the document service's search, or the whole company.

The company is asked at the router, as the manager does, on a thread of its own for each question that is
deleted afterwards, and in the name of nobody who signs in: no person finds these questions among their
conversations.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any, Protocol
from uuid import uuid4

import httpx
from httpx_sse import SSEError, aconnect_sse
from pydantic import ValidationError

from evals.examples import EVERYTHING, Asker, Inputs, TargetName
from narutalk.errors import Unavailable, UpstreamFailed
from narutalk.events import ErrorEvent, FinalEvent, RouteEvent, TurnEvent, turn_event_adapter
from narutalk.http import build_client
from narutalk.identity import Identity, Issuer, TokenSigner, build_signer
from narutalk.registry import AGENTS
from narutalk.settings import Settings
from narutalk.threads import agent_thread_id

EVALUATOR_ID = "evaluation"
TOP_K = 5
HEALTH_TIMEOUT_SECONDS = 3.0
DELETE_TIMEOUT_SECONDS = 5.0
SERVICES = {TargetName.ROUTE: "router", TargetName.SEARCH: "document", TargetName.COMPANY: "router"}


class Target(Protocol):
    """Answers a question with what the evaluators of its kind read.

    ``agents`` (route, company): who works on it. ``sources`` (search, company): documents, best first, or
    what is cited. ``response`` (company): the answer's text.

    Raises:
        Unavailable, UpstreamFailed: The company cannot be reached, or failed.
    """

    async def __call__(self, inputs: Inputs) -> dict[str, Any]: ...


class Caller:
    """In whose name is asked: an identity with the asker's rights that is no user of the manager.

    Args:
        signer: Signs as the manager.
    """

    def __init__(self, signer: TokenSigner) -> None:
        self._signer = signer

    def headers(self, asker: Asker = EVERYTHING, conversation_id: str | None = None) -> dict[str, str]:
        identity = Identity(
            user_id=EVALUATOR_ID,
            username=EVALUATOR_ID,
            roles=frozenset(asker.roles),
            groups=frozenset(asker.groups),
            conversation_id=conversation_id,
        )
        return {"Authorization": f"Bearer {self._signer.sign(identity)}"}


@asynccontextmanager
async def open_target(
    name: TargetName, settings: Settings, *, timeout_seconds: float, url: str | None = None
) -> AsyncIterator[Target]:
    """Connect to the running company.

    Args:
        name: What to ask.
        settings: Where the services are, and the manager's signing key.
        timeout_seconds: The longest silence of an answer.
        url: Of the service that is asked, instead of the settings'.

    Raises:
        Unavailable: ``company_not_running``: the service does not answer.
        ConfigurationError: There is no signing key.
    """
    base_url = url or settings.service_urls(SERVICES[name])[0]
    caller = Caller(build_signer(settings, Issuer.MANAGER))
    async with build_client(base_url, read_timeout_seconds=timeout_seconds) as http:
        await _check(http, base_url)
        if name is TargetName.COMPANY:
            agent_urls = {agent.name: settings.service_urls(agent.name)[0] for agent in AGENTS}
            yield CompanyTarget(http, caller, agent_urls)
        else:
            yield _SIMPLE_TARGETS[name](http, caller)


async def _check(http: httpx.AsyncClient, url: str) -> None:
    try:
        response = await http.get("/health", timeout=HEALTH_TIMEOUT_SECONDS)
    except httpx.TransportError as error:
        raise _not_running(url) from error
    if not response.is_success:
        raise _not_running(url)


def _not_running(url: str) -> Unavailable:
    return Unavailable(
        f"Nothing answers at {url}. Start the company with `narutalk up`, with the same data dir and port.",
        code="company_not_running",
        details={"url": url},
    )


class RouteTarget:
    """The router's decision: `POST /route`."""

    def __init__(self, http: httpx.AsyncClient, caller: Caller) -> None:
        self._http = http
        self._caller = caller

    async def __call__(self, inputs: Inputs) -> dict[str, Any]:
        body = {
            "message": inputs.message,
            "history": [{"role": "user", "content": text} for text in inputs.before],
        }
        found = await _post(self._http, "/route", body, self._caller.headers(inputs.asker))
        return {"agents": [one["agent"] for one in found["delegations"]], **found}


class SearchTarget:
    """The document service's passages: `POST /search`."""

    def __init__(self, http: httpx.AsyncClient, caller: Caller) -> None:
        self._http = http
        self._caller = caller

    async def __call__(self, inputs: Inputs) -> dict[str, Any]:
        body = {"query": inputs.message, "top_k": TOP_K}
        found = await _post(self._http, "/search", body, self._caller.headers(inputs.asker))
        kept = ("source", "title", "section", "page", "score", "text")
        hits = [{name: hit[name] for name in kept} for hit in found["hits"]]
        return {"sources": list(dict.fromkeys(hit["source"] for hit in hits)), "hits": hits}


class CompanyTarget:
    """Whole questions: runs of the router's graph, with all agents behind it.

    Args:
        http: Of the router.
        caller: In whose name is asked.
        agent_urls: Of each agent, whose threads are deleted with the router's.
    """

    def __init__(self, http: httpx.AsyncClient, caller: Caller, agent_urls: Mapping[str, str]) -> None:
        self._http = http
        self._caller = caller
        self._agent_urls = agent_urls

    async def __call__(self, inputs: Inputs) -> dict[str, Any]:
        thread_id = str(uuid4())
        try:
            for message in inputs.before:
                await self._ask(thread_id, message, inputs.asker)
            return await self._ask(thread_id, inputs.message, inputs.asker)
        finally:
            await self._delete(thread_id)

    async def _ask(self, thread_id: str, message: str, asker: Asker) -> dict[str, Any]:
        agents: list[str] = []
        final: FinalEvent | None = None
        async for event in self._events(thread_id, message, asker):
            if isinstance(event, RouteEvent):
                agents = [one.agent for one in event.delegations]
            elif isinstance(event, ErrorEvent):
                raise UpstreamFailed(event.message, code=event.code)
            elif isinstance(event, FinalEvent):
                final = event
        if final is None:
            raise UpstreamFailed("The turn ended without an answer.", code="turn_failed")
        return {
            "response": final.response,
            "agents": agents,
            "sources": list(dict.fromkeys(citation.source for citation in final.citations)),
            "reports": [report.model_dump(mode="json") for report in final.agents],
            "confidence": final.confidence,
            "degraded": final.degraded,
            "usage": final.usage.model_dump(mode="json"),
        }

    async def _events(self, thread_id: str, message: str, asker: Asker) -> AsyncIterator[TurnEvent]:
        body = {
            "assistant_id": "supervisor",
            "input": {"messages": [{"role": "user", "content": message, "id": str(uuid4())}]},
            "stream_mode": ["custom"],
            "if_not_exists": "create",
            "on_disconnect": "cancel",
        }
        url, headers = f"/threads/{thread_id}/runs/stream", self._caller.headers(asker, thread_id)
        try:
            async with aconnect_sse(self._http, "POST", url, json=body, headers=headers) as source:
                await _raise_for_status(source.response)
                async with aclosing(source.aiter_sse()) as frames:
                    async for frame in frames:
                        if frame.event == "custom":
                            yield turn_event_adapter.validate_json(frame.data)
                        elif frame.event == "error":
                            raise UpstreamFailed(f"The run failed: {frame.data}", code="turn_failed")
        except httpx.TransportError as error:
            raise _lost(error) from error
        except (SSEError, ValidationError) as error:
            raise UpstreamFailed(f"The stream cannot be read: {error}") from error

    async def _delete(self, thread_id: str) -> None:
        """Delete what the router and its agents remember of a question."""
        headers = self._caller.headers(conversation_id=thread_id)
        threads = [f"/threads/{thread_id}"]
        threads += [
            f"{url}/threads/{agent_thread_id(thread_id, name)}" for name, url in self._agent_urls.items()
        ]
        for url in threads:
            # A service that went away in the meantime keeps its thread; the question's own result says so.
            with suppress(httpx.TransportError):
                await self._http.delete(url, headers=headers, timeout=DELETE_TIMEOUT_SECONDS)


_SIMPLE_TARGETS: dict[TargetName, Callable[[httpx.AsyncClient, Caller], Target]] = {
    TargetName.ROUTE: RouteTarget,
    TargetName.SEARCH: SearchTarget,
}


async def _post(
    http: httpx.AsyncClient, path: str, body: dict[str, Any], headers: dict[str, str]
) -> dict[str, Any]:
    try:
        response = await http.post(path, json=body, headers=headers)
    except httpx.TransportError as error:
        raise _lost(error) from error
    await _raise_for_status(response)
    found: dict[str, Any] = response.json()
    return found


async def _raise_for_status(response: httpx.Response) -> None:
    if not response.is_success:
        await response.aread()
        raise UpstreamFailed(f"HTTP {response.status_code}: {response.text[:500]}")


def _lost(error: httpx.TransportError) -> Unavailable:
    return Unavailable(f"The company cannot be reached: {error!r}")
