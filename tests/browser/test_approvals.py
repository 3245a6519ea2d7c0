"""The card of what waits for an approval, as a person uses it."""

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.router_server import FakeRouter
from tests.fakes.turns import final_event

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
    ),
]


@pytest.fixture
def waiting(page: Page, router: FakeRouter) -> Page:
    """A page on which the removal of a document waits, after a reload."""
    value = {
        "type": "tool_approval",
        "name": "remove_document",
        "args": {"document": "Travel policy"},
        "description": "The document “Travel policy” will be removed for everyone.",
    }
    router.script(
        {"type": "agent_start", "agent": "document", "task": "Remove it"},
        {"type": "interrupt", "agent": "document", "id": "i1", "value": value},
    )
    page.fill("#question", "Remove the travel policy")
    page.keyboard.press("Enter")
    expect(page.locator(".approval")).to_contain_text("will be removed for everyone")
    page.reload()
    expect(page.locator(".approval")).to_contain_text("will be removed for everyone")
    return page


def test_what_waits_is_approved_by_keyboard(waiting: Page, router: FakeRouter) -> None:
    router.script(final_event("It is removed."))

    waiting.locator("[data-decision=approve]").press("Enter")

    expect(waiting.locator(".answer").last).to_contain_text("It is removed.")
    expect(waiting.locator(".approval")).to_have_count(0)
    assert router.runs[-1].body["command"] == {"resume": {"i1": {"type": "approve"}}}


def test_arguments_are_edited(waiting: Page, router: FakeRouter) -> None:
    router.script(final_event("It is removed."))

    waiting.locator("[data-decision=edit]").click()
    waiting.locator(".approval input").fill("Leave policy")
    waiting.locator("[data-decision=approve]").click()

    expect(waiting.locator(".answer").last).to_contain_text("It is removed.")
    edited = {"name": "remove_document", "args": {"document": "Leave policy"}}
    assert router.runs[-1].body["command"] == {"resume": {"i1": {"type": "edit", "edited_action": edited}}}


def test_it_is_refused(waiting: Page, router: FakeRouter) -> None:
    router.script(final_event("Nothing was changed."))

    waiting.locator("[data-decision=refuse]").click()

    expect(waiting.locator(".answer").last).to_contain_text("Nothing was changed.")
    assert router.runs[-1].body["command"] == {"resume": {"i1": {"type": "reject"}}}
