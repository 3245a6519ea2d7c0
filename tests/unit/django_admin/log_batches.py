"""Log batches as the processes send them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from narutalk.identity import ingest_key
from tests.fakes.manager import manager_settings


def record(event: str = "request", *, ago: timedelta = timedelta(), **fields: Any) -> dict[str, Any]:
    """Return a record on the wire, made some time ago."""
    made = {
        "timestamp": (datetime.now(UTC) - ago).isoformat(),
        "level": "info",
        "logger": "tests",
        "data": {},
    }
    return {**made, "event": event, **fields}


def batch(*records: Any, service: str = "document", **fields: Any) -> dict[str, Any]:
    """Return a batch on the wire."""
    made = {"batch_id": uuid4().hex, "service": service, "instance": service, "dropped": {}}
    return {**made, "records": list(records), **fields}


def send(client: httpx.Client, body: Any, *, key: str | None = None) -> httpx.Response:
    """Send a batch as a process does; bytes are sent as they are."""
    given = key or ingest_key(manager_settings()).get_secret_value()
    headers = {"Authorization": f"Bearer {given}"}
    content = {"content": body} if isinstance(body, bytes) else {"json": body}
    return client.post("/ingest/logs", headers=headers, **content)  # type: ignore[arg-type]
