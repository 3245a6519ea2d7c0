"""Writes the tables of `docs/langgraph-api.md`: `python -m tests.contract.wire.page`."""

import re
from pathlib import Path
from typing import NamedTuple

from tests.contract.wire.differences import INTENDED
from tests.contract.wire.recordings import ENDPOINTS, recordings

PAGE = Path(__file__).parents[3] / "docs" / "langgraph-api.md"
NOT_SERVED = frozenset({"A2A", "MCP"})
"""Groups of endpoints that are not served."""
NOTES = {
    "GET /docs": "only with `NARUTALK_ENV=dev`",
    "GET /metrics": "open to this machine, to others with the ingest key",
}
ADDED = {
    "GET /health": "whether the service and its dependencies work",
    "GET /openapi.json": "this API's description; only with `NARUTALK_ENV=dev`",
    "GET /runs/{run_id}/stream": "follow a run without naming its thread",
    "WEBSOCKET /threads/{thread_id}/stream/events": "the event protocol on a WebSocket",
}
"""What we serve beside the reference's endpoints."""


class Endpoint(NamedTuple):
    """An operation of the reference server."""

    group: str
    method: str
    path: str
    summary: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_served(self) -> bool:
        return self.group not in NOT_SERVED


def endpoints() -> list[Endpoint]:
    """Return all operations of the reference server."""
    found = []
    group = ""
    for line in ENDPOINTS.read_text().splitlines():
        if line.startswith("## "):
            group = line.removeprefix("## ").rpartition(" (")[0]
        elif line.strip():
            method, path, summary = line.split(maxsplit=2)
            found.append(Endpoint(group, method, path, summary.rstrip(".")))
    return found


def tables() -> dict[str, str]:
    """Return the generated tables by name."""
    served = [f"| {one.group} | `{one.name}` | {_described(one)} |" for one in endpoints() if one.is_served]
    added = [f"| `{name}` | {text} |" for name, text in ADDED.items()]
    absent = [f"| {one.group} | `{one.name}` |" for one in endpoints() if not one.is_served]
    names = {recording.number: recording.name for recording in recordings()}
    differences = [
        f"| {entry.said} | {entry.reason} | {', '.join(names[number] for number in entry.seen_in)} |"
        for entry in INTENDED
    ]
    return {
        "served": "\n".join(["| Group | Endpoint | What it does |", "|---|---|---|", *served]),
        "added": "\n".join(["| Endpoint | What it does |", "|---|---|", *added]),
        "not served": "\n".join(["| Group | Endpoint |", "|---|---|", *absent]),
        "differences": "\n".join(["| Ours | Why | Recordings |", "|---|---|---|", *differences]),
    }


def with_tables(page: str) -> str:
    """Return the page with its tables as they should be."""
    for name, table in tables().items():
        pattern = re.compile(f"(<!-- {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
        page = pattern.sub(lambda found, table=table: found[1] + table + found[2], page)  # type: ignore[misc]
    return page


def _described(endpoint: Endpoint) -> str:
    note = NOTES.get(endpoint.name)
    return f"{endpoint.summary}; {note}" if note else endpoint.summary


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
