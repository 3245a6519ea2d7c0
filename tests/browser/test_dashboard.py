"""The dashboard in a real browser: it follows what happens to the services by itself."""

import os
import signal
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import TIMEOUT_MS, sign_in
from tests.company import ADMIN_PASSWORD, Company

pytestmark = pytest.mark.slow

RED_WITHIN_SECONDS = 30
GREEN_WITHIN_MS = 90_000


@pytest.fixture
def operator(browser: Browser, company: Company) -> Iterator[Page]:
    """The administrator's page."""
    context = browser.new_context(base_url=company.url, locale="en-US")
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    sign_in(page, "admin", ADMIN_PASSWORD)
    yield page
    context.close()


def _kill_until_down(company: Company, service: str, instance: Locator) -> None:
    """Kill a service, and those that the launcher starts in its place, until the page shows it."""
    deadline = time.monotonic() + RED_WITHIN_SECONDS
    while instance.get_attribute("data-state") != "down":
        assert time.monotonic() < deadline, "the page did not notice"
        pid = company.child_pids().get(service)
        if pid:
            os.kill(pid, signal.SIGKILL)
        instance.page.wait_for_timeout(200)


def test_a_killed_service_is_red_and_then_green_again(operator: Page, company: Company) -> None:
    company.wait_until_healthy("client")
    operator.goto("/dashboard/")
    operator.evaluate("window.sameDocument = true")
    card = operator.locator("#state-client")
    instance = card.locator("[data-instance]")
    expect(instance).to_have_attribute("data-state", "up")
    expect(card.locator(".badge")).to_contain_text("Up")

    _kill_until_down(company, "client", instance)

    expect(card.locator(".badge")).to_contain_text("Down")
    expect(instance).to_contain_text("no connection")
    expect(operator.locator("#summary")).to_contain_text("4 / 5")
    expect(instance).to_have_attribute("data-state", "up", timeout=GREEN_WITHIN_MS)
    expect(operator.locator("#summary")).to_contain_text("5 / 5")
    assert operator.evaluate("window.sameDocument"), "the page was loaded anew"


def test_the_page_says_when_the_manager_is_away(page: Page, problems: list[str]) -> None:
    page.goto("/dashboard/")
    expect(page.locator(".when-live")).to_be_visible()
    expect(page.locator("canvas")).to_have_count(10)

    page.route("**/dashboard/live*", lambda route: route.abort())
    expect(page.locator(".when-lost")).to_be_visible()
    page.unroute("**/dashboard/live*")
    expect(page.locator(".when-live")).to_be_visible()

    problems.clear()  # Chromium and HTMX tell of the requests that failed
