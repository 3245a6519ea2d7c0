"""The logs page as an operator uses it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.manager import Manager
from tests.unit.django_admin.log_batches import batch, record, send

pytestmark = [
    pytest.mark.slow,
    # ServeStatic leaves a file to the garbage collector when the browser goes away in the middle of it.
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
    ),
]

LOGS = "/dashboard/logs/"


def test_follows_new_records_and_keeps_an_open_one_open(page: Page, manager: Manager) -> None:
    rows = page.locator(".logs-row")
    with manager.client() as process:
        send(process, batch(record("first", level="error", exception="ValueError: no such month")))
        page.clock.install()
        page.goto(LOGS)
        expect(rows).to_have_count(1)
        page.get_by_role("link", name="Follow").click()
        expect(page.get_by_role("link", name="Stop following")).to_be_visible()

        send(process, batch(record("second")))
        expect(rows).to_have_count(2)
        expect(rows.first).to_contain_text("second")

        rows.last.locator("summary").click()
        expect(rows.last.locator(".logs-exception")).to_have_text("ValueError: no such month")
        send(process, batch(record("third")))
        polls: list[str] = []
        page.on("request", lambda request: polls.append(request.url))
        page.clock.run_for(10_000)
        assert not polls, "it would close under the reader's eyes"
        rows.last.locator("summary").click()
        page.clock.run_for(4_000)
    expect(rows).to_have_count(3)


def test_searches_and_follows_one_request(page: Page, manager: Manager) -> None:
    with manager.client() as process:
        send(process, batch(record("asked", request_id="request-1"), service="manager"))
        send(process, batch(record("found", request_id="request-1"), record("other", request_id="request-2")))
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(LOGS)

    expect(page.locator("#id_since")).to_be_hidden()
    page.select_option("#id_range", "custom")
    expect(page.locator("#id_since")).to_be_visible()
    page.select_option("#id_range", "1h")
    page.fill("#id_text", "FOUND")
    page.keyboard.press("Enter")
    expect(page.locator(".logs-row")).to_have_count(1)
    page.locator(".logs-request").click()

    expect(page).to_have_url(re.compile(r"request_id=request-1"))
    expect(page.locator(".logs-event")).to_have_text(["asked", "found"])
    assert page.evaluate("document.documentElement.scrollWidth") == 390, "it scrolls sideways"
