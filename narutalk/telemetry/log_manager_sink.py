"""Sends log batches to the manager over HTTP."""

import httpx
import orjson
import structlog

from narutalk.errors import ConfigurationError
from narutalk.identity import ingest_key
from narutalk.settings import Settings
from narutalk.telemetry.log_shipping import LogShipper, NotDelivered, start_shipping

logger = structlog.get_logger(__name__)

INGEST_PATH = "/ingest/logs"
CONNECT_TIMEOUT_SECONDS = 2.0
TIMEOUT_SECONDS = 5.0

_REFUSED_WHOLE = (httpx.codes.BAD_REQUEST, httpx.codes.REQUEST_ENTITY_TOO_LARGE)


class ManagerSink:
    """Posts batches to one of the manager's instances; the next one after a failure.

    Args:
        urls: Of the instances.
        key: The ingest key.
        transport: Replaces the network, for tests.
    """

    def __init__(
        self, urls: tuple[str, ...], key: str, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._urls = urls
        self._turn = 0
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
            timeout=httpx.Timeout(TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS),
            transport=transport,
        )

    def deliver(self, body: bytes) -> int:
        """Post a batch; see `Sink.deliver`."""
        url = self._urls[self._turn % len(self._urls)] + INGEST_PATH
        try:
            response = self._http.post(url, content=body)
            return _rejected(response, body)
        except (httpx.HTTPError, NotDelivered) as error:
            self._turn += 1
            raise NotDelivered(f"{url}: {error or type(error).__name__}") from error

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def ship_logs(service: str, settings: Settings) -> LogShipper | None:
    """Send what this process logs to the manager; None where the settings do not want it, or have no key.

    Args:
        service: The name of the process.
        settings: ``ship_logs``, ``instance``, the manager's URLs and the ingest key.
    """
    if not settings.ship_logs:
        return None
    try:
        key = ingest_key(settings).get_secret_value()
    except ConfigurationError as error:
        logger.warning("logs are not shipped", reason=error.message)
        return None
    return start_shipping(service, settings.instance, ManagerSink(settings.service_urls("manager"), key))


def _rejected(response: httpx.Response, body: bytes) -> int:
    if response.is_success:
        return 0
    if response.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        rejected = response.json()["error"]["details"].get("rejected")
        return len(orjson.loads(body)["records"] if rejected is None else rejected)
    if response.status_code in _REFUSED_WHOLE:
        return len(orjson.loads(body)["records"])
    raise NotDelivered(f"HTTP {response.status_code}")
