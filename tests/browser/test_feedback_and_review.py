"""Thumbs as a person gives them, and a conversation as a reviewer reads it."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import TIMEOUT_MS
from tests.fakes.conversations import TWO_AGENTS, store_conversation, store_turn
from tests.fakes.manager import Manager, make_user, session_of

pytestmark = [
    pytest.mark.slow,
    # ServeStatic leaves a file to the garbage collector when the browser goes away in the middle of it.
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
    ),
]


def test_thumbs_and_a_comment_by_keyboard_survive_a_reload(page: Page, problems: list[str]) -> None:
    page.fill("#question", "How much for a hotel?")
    page.keyboard.press("Enter")
    up, down = (page.get_by_role("button", name=name, exact=True) for name in ("Good answer", "Bad answer"))
    expect(up).to_have_attribute("aria-pressed", "false")

    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    down.focus()
    page.keyboard.press("Enter")
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(up).to_have_attribute("aria-pressed", "false")
    expect(down).to_be_focused()
    page.keyboard.press("Tab")
    field = page.get_by_role("textbox", name="What was wrong or missing?")
    while not field.evaluate("field => field === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.type("Since March it is <b>180,000</b>.")
    page.keyboard.press("Enter")
    expect(page.locator(".feedback-status")).to_have_text("Thank you. Your comment is saved.")
    page.reload()
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".feedback q")).to_have_text("Since March it is <b>180,000</b>.")

    page.route("**/feedback", lambda route: route.abort())
    down.click()
    expect(page.locator(".feedback-status.is-bad")).to_have_text("There is no connection to the server.")
    expect(down).to_have_attribute("aria-pressed", "true")
    problems.clear()
    page.unroute("**/feedback")
    down.click()
    expect(down).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".feedback q")).to_have_count(0)


@pytest.fixture
def reviewer(context: BrowserContext, manager: Manager) -> Page:
    """A page on which Rae, a reviewer, is signed in."""
    rae = make_user("rae", is_staff=True, roles=["reviewer"])
    context.add_cookies([{"name": "narutalk_session", "value": session_of(rae), "url": manager.url}])
    page = context.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    return page


def test_a_reviewer_reads_labels_and_notes_a_conversation(reviewer: Page) -> None:
    from django_admin.conversations.models import Feedback
    from django_admin.reviews.models import Label

    ann = make_user("ann")
    store_turn(store_conversation(ann, "Another one"))
    conversation = store_conversation(ann, "Top sellers, and hotels?")
    answer = store_turn(conversation, "Top sellers, and hotels?", **TWO_AGENTS)
    Feedback.objects.create(answer=answer, user=ann, rating="down", comment="Old policy.")
    Label.objects.create(name="wrong source", colour="danger")

    reviewer.goto("/admin/conversations/conversation/")
    reviewer.locator("#changelist").get_by_text("Filters", exact=False).first.click()
    reviewer.locator("select[name=feedback]").select_option("down", force=True)
    reviewer.get_by_role("button", name="Apply Filters").click()
    expect(reviewer.get_by_role("link", name="Another one")).to_have_count(0)
    reviewer.get_by_role("link", name="Top sellers, and hotels?").click()

    turn = reviewer.get_by_role("article", name="Turn 1")
    expect(turn.locator("table tbody tr")).to_have_count(3)
    expect(turn).to_contain_text("Old policy.")
    label = reviewer.get_by_role("button", name="wrong source")
    label.click()
    expect(label).to_have_attribute("aria-pressed", "true")
    reviewer.get_by_label("New note").fill("The index holds last year's policy.")
    reviewer.get_by_role("button", name="Add the note").click()
    expect(reviewer.locator(".review-note")).to_contain_text("The index holds last year's policy.")
    reviewer.get_by_role("button", name="Mark as reviewed").click()
    expect(reviewer.locator(".review-side")).to_contain_text("Reviewed by rae")

    reviewer.get_by_role("link", name="All conversations").click()
    expect(reviewer).to_have_url(re.compile("feedback=down"))
    row = reviewer.locator("tr", has_text="Top sellers, and hotels?")
    expect(row).to_contain_text("wrong source")
    expect(row).to_contain_text("rae")
