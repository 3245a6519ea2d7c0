"""Where a process sends its traces: nowhere, to the manager's sink, to LangSmith, or to both."""

from typing import Any, NamedTuple

import structlog
from pydantic import SecretStr

from narutalk.errors import ConfigurationError
from narutalk.identity import ingest_key
from narutalk.settings import Settings

SINK_PATH = "/ingest/langsmith"
HOSTED_DOMAIN = "smith.langchain.com"
MAX_BATCH_RUNS = 100
MAX_BATCH_BYTES = 5_000_000

# What `GET {sink}/info` answers; given to the client as it is, so that nobody has to be asked first. A
# `batch_ingest_config` that lacks a field ends the SDK's thread without a word.
SINK_INFO: dict[str, Any] = {
    "version": "0.16.0",
    "instance_flags": {},
    "batch_ingest_config": {
        "use_multipart_endpoint": False,
        "size_limit": MAX_BATCH_RUNS,
        "size_limit_bytes": MAX_BATCH_BYTES,
        "scale_up_nthreads_limit": 1,
        "scale_up_qsize_trigger": 1000,
        "scale_down_nempty_trigger": 4,
    },
}

logger = structlog.get_logger(__name__)


class Destination(NamedTuple):
    """One place that traces go to.

    Attributes:
        name: ``sink`` or ``langsmith``.
        url: Of its API.
        key: Sent in ``X-API-Key``, to this URL and to no other.
        info: The server's `/info`; None where the server is asked.
    """

    name: str
    url: str
    key: SecretStr
    info: dict[str, Any] | None


def trace_destinations(settings: Settings) -> tuple[Destination, ...]:
    """Return where this process sends its traces; empty means that nothing is traced."""
    found = (_sink(settings) if settings.trace_sink else None, _langsmith(settings))
    return tuple(destination for destination in found if destination)


def _sink(settings: Settings) -> Destination | None:
    try:
        key = ingest_key(settings)
    except ConfigurationError as error:
        logger.warning("traces are not kept", reason=error.message)
        return None
    return Destination("sink", f"{settings.service_urls('manager')[0]}{SINK_PATH}", key, SINK_INFO)


def _langsmith(settings: Settings) -> Destination | None:
    if not settings.langsmith_tracing:
        return None
    key = settings.langsmith_api_key or SecretStr("")
    if HOSTED_DOMAIN in settings.langsmith_endpoint and not key.get_secret_value():
        logger.error("traces do not go to LangSmith", reason="LANGSMITH_API_KEY is not set")
        return None
    return Destination("langsmith", settings.langsmith_endpoint.rstrip("/"), key, None)
