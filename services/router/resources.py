"""What the router opens: the intent classifier, and a client for each agent."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from anyio import to_thread
from fastapi import Request
from langchain_core.language_models import BaseChatModel

from graph.intents.classifier import IntentClassifier, load_model
from graph.remote import RemoteAgent
from narutalk.embedding import PACKAGED_MODEL, Embedder, build_embedder
from narutalk.http import build_service_client
from narutalk.identity import Issuer, build_signer
from narutalk.llm import build_chat_model
from narutalk.registry import AGENTS
from narutalk.settings import Settings

SILENCE_SECONDS = 15.0
"""An agent server sends a heartbeat every four seconds: one that is silent for so long is stuck or gone."""


@dataclass(frozen=True)
class RouterResources:
    """The open parts of the router.

    Attributes:
        classifier: Scores messages by intent.
        agents: By name.
        embedder: Of the classifier; also finds what a person asked to remember.
        model: Decides what the classifier is unsure of; the offline model decides nothing.
    """

    classifier: IntentClassifier
    agents: dict[str, RemoteAgent]
    embedder: Embedder
    model: BaseChatModel


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[RouterResources]:
    """Load the classifier, and open the clients."""
    signer = build_signer(settings, Issuer.ROUTER)
    # The intent model was trained on the packaged model's vectors, whatever the documents are embedded with.
    embedder = build_embedder(PACKAGED_MODEL)
    classifier = await to_thread.run_sync(_load_classifier, embedder)
    async with AsyncExitStack() as stack:
        agents = {}
        for agent in AGENTS:
            client = build_service_client(
                settings,
                agent.name,
                read_timeout_seconds=min(settings.agent_deadline_seconds, SILENCE_SECONDS),
            )
            await stack.enter_async_context(client)
            remote = RemoteAgent(agent.name, client, signer, deadline_seconds=settings.agent_deadline_seconds)
            stack.push_async_callback(remote.close)
            agents[agent.name] = remote
        yield RouterResources(classifier, agents, embedder, build_chat_model(settings))


def resources(request: Request) -> RouterResources:
    """Return what the lifespan opened; a dependency of the routes."""
    opened: RouterResources = request.app.state.server.resources
    return opened


def _load_classifier(embedder: Embedder) -> IntentClassifier:
    classifier = IntentClassifier(load_model(), embedder)
    classifier.classify(["ready"])
    return classifier
