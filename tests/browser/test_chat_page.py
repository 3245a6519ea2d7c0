"""The chat page as a person uses it."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from narutalk.followed_run import MAX_ASKS
from tests.fakes.router_server import Cut, Fail, FakeRouter, Gate
from tests.fakes.turns import document_turn, two_agent_turn

pytestmark = [
    pytest.mark.slow,
    # ServeStatic leaves a file to the garbage collector when the browser goes away in the middle of it.
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
    ),
]

QUESTION = "How much for a hotel?"


def _ask(page: Page, text: str = QUESTION) -> None:
    page.fill("#question", text)
    page.keyboard.press("Enter")


def _answer(page: Page, status: str = "complete") -> None:
    expect(page.locator(".answer").last).to_have_attribute("data-status", status)


def test_asks_and_shows_the_answer_as_it_comes(page: Page, router: FakeRouter) -> None:
    gate = Gate()
    turn = two_agent_turn()
    half = len(turn) // 2
    router.script(*turn[:half], gate, *turn[half:])

    _ask(page)

    expect(page.locator(".question")).to_have_text(QUESTION)
    expect(page.locator(".answer strong", has_text="top performers")).to_be_visible()
    expect(page.locator("#stop")).to_be_visible()
    gate.open()
    _answer(page)
    expect(page.locator(".chip")).to_have_count(2)
    expect(page.locator(".table-box table tbody tr")).to_have_count(3)
    expect(page.locator(".source")).to_have_count(2)
    expect(page.locator("#send")).to_be_visible()
    expect(page.locator("#status")).to_have_text("The answer is complete.")
    page.locator(".work summary").click()
    expect(page.locator(".step-tool", has_text="top_performers")).to_contain_text("period: 2026-Q3")


def test_a_source_opens_the_document_at_the_cited_passage(page: Page, context: BrowserContext) -> None:
    _ask(page)
    _answer(page)

    with context.expect_page() as opened:
        page.locator("a.source").click()

    document = opened.value
    expect(document.locator(".is-cited")).to_contain_text("Hotel costs are paid up to 150,000 KRW")
    expect(document.locator(".is-cited")).to_be_in_viewport()
    document.locator(".is-cited .table-box").wait_for()


def test_the_history_is_there_after_a_reload(page: Page, router: FakeRouter) -> None:
    _ask(page)
    _answer(page)
    expect(page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}$"))

    page.reload()

    expect(page.locator(".question")).to_have_text(QUESTION)
    expect(page.locator(".answer-body")).to_contain_text("150,000 KRW")
    expect(page.locator(".conversation.is-current")).to_contain_text(QUESTION)
    assert len(router.runs) == 1


def test_a_reload_in_the_middle_goes_on(page: Page, router: FakeRouter) -> None:
    gate = Gate()
    turn = document_turn()
    router.script(*turn[:6], gate, *turn[6:])
    _ask(page)
    expect(page.locator(".answer-body")).to_contain_text("Up")

    page.reload()

    expect(page.locator(".answer-body")).to_contain_text("Up")
    gate.open()
    _answer(page)
    assert len(router.runs) == 1


def test_stops_and_asks_again(page: Page, router: FakeRouter) -> None:
    gate = Gate()
    turn = document_turn()
    router.script(*turn[:7], gate, *turn[7:])
    _ask(page)
    expect(page.locator(".answer-body")).to_contain_text("Up to")

    page.locator("#stop").click()

    _answer(page, "interrupted")
    expect(page.locator(".notice")).to_contain_text("You stopped this answer.")
    expect(page.locator(".answer-body")).to_contain_text("Up to")
    gate.open()
    page.locator(".notice button").click()
    _answer(page)
    expect(page.locator(".question")).to_have_count(1)


@pytest.mark.parametrize("fault", [Fail(), Cut()], ids=["failed", "cut"])
def test_an_error_is_said_kindly_and_can_be_tried_again(
    page: Page, router: FakeRouter, fault: Fail | Cut
) -> None:
    # A run that broke off is asked again, so it breaks off each time.
    for _ in range(MAX_ASKS if isinstance(fault, Cut) else 1):
        router.script(*document_turn()[:6], fault)

    _ask(page)

    _answer(page, "error")
    expect(page.locator(".notice")).to_contain_text("Your question is saved.")
    page.locator(".notice button").click()
    _answer(page)
    expect(page.locator(".answer")).to_have_count(1)


def test_a_broken_connection_goes_on_where_it_was(
    page: Page, context: BrowserContext, router: FakeRouter, problems: list[str]
) -> None:
    gate = Gate()
    turn = document_turn()
    router.script(*turn[:6], gate, *turn[6:])
    # The page's own stream ends early, as when a proxy cuts it; everything after goes to the real server.
    page.evaluate(
        """() => {
          const real = window.fetch;
          window.fetch = async (path, options) => {
            const response = await real(path, options);
            if (path !== "/api/chat/stream") return response;
            window.fetch = real;
            const { value } = await response.body.getReader().read();
            const cut = new ReadableStream({ start(c) { c.enqueue(value); c.close(); } });
            return new Response(cut, { status: 200, headers: response.headers });
          };
        }"""
    )
    requests: list[str | None] = []
    page.on(
        "request", lambda r: requests.append(r.headers.get("last-event-id")) if "/stream/" in r.url else None
    )

    _ask(page)

    expect(page.locator(".answer-body")).to_contain_text("Up")
    gate.open()
    _answer(page)
    expect(page.locator(".answer-body")).to_have_text("Up to 150,000 KRW a night 1.")
    assert requests
    assert requests[0] is not None
    assert len(router.runs) == 1


def test_conversations_are_searched_renamed_and_deleted(page: Page, router: FakeRouter) -> None:
    _ask(page, "First question")
    _answer(page)
    page.locator("#new-conversation").click()
    expect(page.locator("#welcome")).to_be_visible()
    _ask(page, "Second question")
    _answer(page)
    expect(page.locator(".conversation")).to_have_count(2)

    page.fill("#search", "first")
    expect(page.locator(".conversation")).to_have_count(1)
    page.locator(".conversation a").click()
    expect(page.locator(".question")).to_have_text("First question")

    page.locator(".conversation .more").click()
    page.locator(".menu button", has_text="Rename").click()
    page.fill("#rename-dialog input", "Hotels")
    page.locator("#rename-dialog .primary").click()
    expect(page.locator(".conversation")).to_have_text("Hotels")
    expect(page.locator("#title")).to_have_text("Hotels")

    page.locator(".conversation .more").click()
    page.locator(".menu button", has_text="Delete").click()
    page.locator("#delete-dialog .danger").click()
    expect(page.locator(".conversation")).to_have_count(0)
    expect(page.locator("#welcome")).to_be_visible()
    page.fill("#search", "")
    expect(page.locator(".conversation")).to_have_text(["Second question"])
    assert len(router.deleted) == 1


def test_an_example_is_asked_by_a_click(page: Page, router: FakeRouter) -> None:
    example = page.locator(".example").first
    text = example.inner_text()

    example.click()

    _answer(page)
    assert router.runs[0].body["input"]["messages"][0]["content"] == text


def test_enter_while_composing_hangul_does_not_send(page: Page, router: FakeRouter) -> None:
    page.fill("#question", "매출")
    page.evaluate(
        """() => document.getElementById("question").dispatchEvent(
          new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true }))"""
    )
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("알려줘")
    expect(page.locator("#question")).to_have_value("매출\n알려줘")
    assert not router.runs

    page.keyboard.press("Enter")
    _answer(page)
    assert router.runs[0].body["input"]["messages"][0]["content"] == "매출\n알려줘"


def test_the_limit_shows_near_the_end(page: Page) -> None:
    page.fill("#question", "x" * 7000)
    expect(page.locator("#limit")).to_be_hidden()
    page.fill("#question", "x" * 7990)
    expect(page.locator("#limit")).to_have_text("10 characters left")
    page.fill("#question", "x" * 8001)
    expect(page.locator("#limit")).to_have_text("1 characters too many")
    expect(page.locator("#send")).to_be_disabled()


def test_what_an_answer_brings_along_does_nothing(
    page: Page, router: FakeRouter, problems: list[str]
) -> None:
    image = '<img src=x onerror="window.hacked=1">'
    evil = f"Hi {image} <script>window.hacked=1</script> [x](javascript:window.hacked=1)"
    router.script(*document_turn(evil))

    _ask(page, image)

    _answer(page)
    expect(page.locator("img, .answer script")).to_have_count(0)
    expect(page.locator('.answer-body a[href^="javascript"]')).to_have_count(0)
    assert page.evaluate("window.hacked") is None
    # The sanitiser parses in a document of its own, where Chromium already reports what the policy forbids.
    assert all("Content Security Policy" in problem for problem in problems)
    problems.clear()


def test_somebody_elses_conversation_says_so(page: Page, problems: list[str]) -> None:
    page.goto("/c/00000000-0000-0000-0000-000000000001")

    expect(page.locator(".notice")).to_contain_text("does not exist, or is not yours")
    assert "404" in problems.pop()


def test_on_a_phone_the_list_is_a_drawer(page: Page, router: FakeRouter) -> None:
    router.script(*two_agent_turn())
    page.set_viewport_size({"width": 390, "height": 844})
    _ask(page)
    _answer(page)

    expect(page.locator("#sidebar")).to_be_hidden()
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow == 0, "the page is wider than the phone"
    box = page.locator(".table-box").first
    assert box.evaluate("box => box.scrollWidth > box.clientWidth"), "a wide table scrolls in its box"
    page.locator("#open-drawer").click()
    expect(page.locator("#sidebar")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#sidebar")).to_be_hidden()


def test_dark_is_remembered(page: Page) -> None:
    page.locator(".account summary").click()
    page.locator("[data-theme-choice=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    page.reload()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.emulate_media(color_scheme="dark")
    page.locator(".account summary").click()
    page.locator("[data-theme-choice=system]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_korean(page: Page, router: FakeRouter) -> None:
    page.locator(".account summary").click()
    page.locator("button[name=language][value=ko]").click()

    expect(page.locator("#welcome h2")).to_have_text("무엇이 궁금하신가요?")
    _ask(page, "숙박비는 얼마까지 되나요?")
    _answer(page)
    expect(page.locator(".chip strong")).to_have_text("문서")
    expect(page.locator(".sources h3")).to_have_text("출처")


def test_signing_out(page: Page) -> None:
    page.locator(".account summary").click()
    page.locator(".account-panel button", has_text="Sign out").click()

    expect(page.locator(".login-form")).to_be_visible()
    page.goto("/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
