"""One question's records from every process, under its request id, on the logs page."""

import re
import time
from collections.abc import Callable
from html import unescape

import httpx
import pytest

from tests.company import Company

pytestmark = pytest.mark.slow

REQUEST_ID = "the-way-of-one-question"
LOGS = "/dashboard/logs/"
WAIT_SECONDS = 30


def _page_when(client: httpx.Client, condition: Callable[[str], bool], **search: str) -> str:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        text = client.get(LOGS, params=search).raise_for_status().text
        if condition(text):
            return text
        assert time.monotonic() < deadline, f"never found on the page:\n{_rows(text)}"
        time.sleep(0.2)


def _rows(page: str) -> list[tuple[str, str]]:
    """Return instance and event of each record, in the page's order."""
    found = re.findall(
        r'<span class="logs-service">(.*?)</span>\s*<span class="logs-event">(.*?)[ <]', page, re.S
    )
    return [(unescape(instance), unescape(event)) for instance, event in found]


def _instances(page: str) -> set[str]:
    return {instance for instance, _ in _rows(page)}


def test_one_question_is_followed_over_all_services(company: Company) -> None:
    with company.login() as client:
        answer = client.post(
            "/api/chat",
            json={"message": "How much may a hotel cost?"},
            headers={"X-Request-ID": REQUEST_ID},
        ).raise_for_status()
        assert answer.json()["service_used"] == "document"
        assert answer.headers["X-Request-ID"] == REQUEST_ID

        page = _page_when(
            client, lambda text: {"manager", "router", "document"} <= _instances(text), request_id=REQUEST_ID
        )
        rows = _rows(page)
        assert rows[-1] == ("manager", "request"), "the gateway's own line is the last"
        assert answer.json()["conversation_id"] in page
        newest = client.get(LOGS).text
        assert f"?request_id={REQUEST_ID}" in newest
        assert "/ingest/logs" not in newest, "what brings the logs is not in them"
        # Those that answer nobody's question come along as well.
        _page_when(client, lambda text: "worker" in _instances(text), service="worker", range="all")

    told = httpx.get(f"{company.settings.service_urls('document')[0]}/metrics").text
    shipped = re.search(r'narutalk_logs_shipped_total{service="document"} (\d+)', told)
    assert shipped is not None
    assert int(shipped[1]) > 0
    assert not re.search(r"narutalk_logs_dropped_total{[^}]*} [1-9]", told)
