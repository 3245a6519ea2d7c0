"""The page for API keys, in a real browser: from the chat page's menu to a copied and a revoked key."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.fakes.manager import Manager

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("width", [1280, 390])
def test_a_key_is_made_copied_used_and_revoked(
    page: Page, context: BrowserContext, manager: Manager, width: int
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.set_viewport_size({"width": width, "height": 844})
    if width < 760:
        page.click("#open-drawer")
    page.click(".account summary")
    page.click("text=API keys")
    expect(page.locator(".key-none")).to_be_visible()

    page.fill("#key-name", "nightly report")
    page.locator("label.pill", has_text="1 week").click()
    page.click("text=Create key")
    shown = page.locator("#issued-key").inner_text()
    assert re.fullmatch(r"nk_[a-z0-9]{8}_[\w-]{43}", shown)
    page.click("[data-copy]")
    expect(page.locator("[data-copy]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == shown
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    with manager.client() as program:
        program.headers["Authorization"] = f"Bearer {shown}"
        assert program.post("/api/chat", json={"message": "hi"}).status_code == 200

        page.reload()  # sends the form again, which shows nothing and makes nothing
        expect(page.locator(".key")).to_have_count(1)
        assert shown not in page.content()
        page.click("details.revoke summary")
        page.click("text=Revoke this key")
        expect(page.locator(".state")).to_have_text("revoked")
        assert program.post("/api/chat", json={"message": "hi"}).status_code == 401
