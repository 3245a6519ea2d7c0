"""An administrator starts an evaluation in a real browser, and reads its result."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import TIMEOUT_MS
from tests.company import ADMIN_PASSWORD, Company

pytestmark = pytest.mark.slow

RUNS = "/admin/evaluations/evaluationrun/"
RUN_TIMEOUT_MS = 60_000


@pytest.fixture(params=["en-US", "ko-KR"])
def page(browser: Browser, company: Company, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(
        base_url=company.url, locale=request.param, viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", ADMIN_PASSWORD)
    page.locator(".login-form button").click()
    page.wait_for_selector("body[data-ready]")
    yield page
    context.close()


def test_an_evaluation_is_started_and_read(page: Page) -> None:
    page.goto(f"{RUNS}add/")
    page.select_option("select[name=dataset_name]", "company")
    page.fill("input[name=limit]", "5")
    page.locator("#content button[type=submit]").click()
    expect(page).to_have_url(re.compile(r"/evaluationrun/\d+/change/"))

    summary = page.locator("[data-summary] tbody tr")
    expect(summary).to_have_count(8, timeout=RUN_TIMEOUT_MS)  # the page refreshes itself until then
    expect(page.get_by_text("5/5")).to_be_visible()
    expect(page.locator("[data-results] tbody tr")).to_have_count(5)

    page.locator("[data-results] a").first.click()
    expect(page.locator(".ev-title")).to_contain_text("company-001")
    expect(page.get_by_text("18 days").first).to_be_visible()
    expect(page.locator("[data-scores] tr")).to_have_count(6)

    page.goto(RUNS)
    expect(page.locator("#result_list tbody tr").first).to_contain_text("company")
