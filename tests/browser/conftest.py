"""A real browser in front of a manager on a real port."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.fakes.manager import Manager, running_manager, running_router, set_up_django
from tests.fakes.router_server import FakeRouter
from tests.fakes.turns import TRAVEL_DOCUMENT

set_up_django()

CHROMIUM = Path(os.environ.get("NARUTALK_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
PASSWORD = "a good password"
TIMEOUT_MS = 15_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        hint = "apt-get install -y chromium fonts-nanum, or set NARUTALK_CHROMIUM"
        pytest.fail(f"These tests need Chromium at {CHROMIUM}: {hint}.")
    # Playwright's loop runs in this thread while tests do; Django would mistake their set-up for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def _router() -> Iterator[FakeRouter]:
    with running_router() as router:
        yield router


@pytest.fixture
def router(_router: FakeRouter) -> FakeRouter:
    _router.reset()
    _router.documents["travel-policy"] = TRAVEL_DOCUMENT
    return _router


@pytest.fixture
def manager(transactional_db: None, router: FakeRouter) -> Iterator[Manager]:
    from django_admin.accounts.models import User

    User.objects.create_superuser("minji", password=PASSWORD)
    with running_manager(router.url) as manager:
        yield manager


@pytest.fixture
def problems() -> Iterator[list[str]]:
    """What the pages complained of; a test that expects something removes it."""
    found: list[str] = []
    yield found
    assert not found, "the page complained"


@pytest.fixture
def context(browser: Browser, manager: Manager, problems: list[str]) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=manager.url, locale="en-US", viewport={"width": 1280, "height": 800}
    )
    context.set_default_timeout(TIMEOUT_MS)
    context.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: problems.append(str(error.error)))
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page on which Minji has signed in."""
    page = context.new_page()
    sign_in(page)
    return page


def sign_in(page: Page, username: str = "minji", password: str = PASSWORD) -> None:
    """Sign in through the page's form."""
    page.goto("/accounts/login/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.locator(".login-form button").click()
    page.wait_for_selector("body[data-ready]")
