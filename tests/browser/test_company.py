"""The whole company in a real browser: sign in, ask, follow the source, come back."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import TIMEOUT_MS
from tests.company import ADMIN_PASSWORD, Company

pytestmark = pytest.mark.slow

ENGLISH = "How many unused vacation days can I take into next year?"
KOREAN = "미사용 연차는 며칠까지 이월되고 영업부 인원은 몇 명이야?"


@pytest.fixture
def person(browser: Browser, company: Company) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=company.url, locale="en-US", viewport={"width": 1280, "height": 800}
    )
    context.set_default_timeout(TIMEOUT_MS)
    yield context
    context.close()


@pytest.fixture
def chat_page(person: BrowserContext) -> Page:
    page = person.new_page()
    page.goto("/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", ADMIN_PASSWORD)
    page.locator(".login-form button").click()
    page.wait_for_selector("body[data-ready]")
    return page


def ask(page: Page, question: str) -> None:
    page.fill("#question", question)
    page.keyboard.press("Enter")
    expect(page.locator(".answer").last).to_have_attribute("data-status", "complete")


def eventually(check: Callable[[], None], attempts: int = 5) -> None:
    """Try a check that waits by itself until it passes."""
    for left in reversed(range(attempts)):
        try:
            return check()
        except AssertionError:
            if not left:
                raise


def test_a_question_its_source_and_the_history(chat_page: Page, person: BrowserContext) -> None:
    ask(chat_page, ENGLISH)
    expect(chat_page.locator(".answer-body").last).to_contain_text("Up to 5 unused days")
    expect(chat_page.locator(".chip")).to_have_count(1)
    with person.expect_page() as opened:
        chat_page.locator("a.source").first.click()
    expect(opened.value.locator(".is-cited")).to_contain_text("Up to 5 unused days")
    expect(opened.value.locator(".is-cited")).to_be_in_viewport()
    chat_page.reload()
    expect(chat_page.locator(".question")).to_have_text(ENGLISH)
    expect(chat_page.locator(".answer-body")).to_contain_text("Up to 5 unused days")


def test_two_agents_answer_in_korean(chat_page: Page) -> None:
    ask(chat_page, KOREAN)
    answer = chat_page.locator(".answer").last
    expect(answer.locator(".chip")).to_have_count(2)
    expect(answer.locator(".answer-body")).to_contain_text("최대 5일까지 이월")
    expect(answer.locator(".answer-body")).to_contain_text("영업부 직원은")


@pytest.mark.parametrize(
    ("question", "title", "unit", "marks"),
    [
        ("Show the ageing of receivables", "Receivables by age", "KRW", "g.mark-rect.role-mark path"),
        ("올해 거래처 매출 추이를 보여줘", "월별 순매출", "억", "g.mark-symbol.role-mark path"),
    ],
)
def test_a_chart_is_drawn_from_the_companys_figures_and_kept(
    chat_page: Page, question: str, title: str, unit: str, marks: str
) -> None:
    problems: list[str] = []
    chat_page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    ask(chat_page, question)
    for _ in range(2):
        chart = chat_page.locator("figure.answer-chart").last
        expect(chart).to_have_attribute("data-state", "drawn")
        expect(chart.locator(".chart-title")).to_contain_text(title)
        expect(chart.locator(".chart-picture svg")).to_contain_text(unit)
        assert chart.locator(f".chart-picture {marks}").count() >= 3
        chat_page.reload()
        chart.scroll_into_view_if_needed()
    assert not problems


def test_an_administrator_reads_a_conversation_with_its_trace_and_labels_it(chat_page: Page) -> None:
    ask(chat_page, ENGLISH)
    chat_page.goto("/admin/reviews/label/add/")
    chat_page.fill("input[name=name]", "well sourced")
    chat_page.get_by_role("button", name="Save", exact=True).click()
    chat_page.goto("/admin/conversations/conversation/")
    chat_page.get_by_role("link", name=re.compile("How many unused vacation")).first.click()
    turn = chat_page.get_by_role("article").first
    expect(turn).to_contain_text("Up to 5 unused days")

    def traced() -> None:
        """The last runs of a turn reach the sink a moment after its answer."""
        chat_page.reload()
        turn.locator("details.turn-trace > summary").click()
        expect(turn.locator(".trace-service", has_text="document").first).to_be_visible(timeout=2000)

    eventually(traced)
    services = set(turn.locator(".trace-service").all_inner_texts())
    assert {"manager", "router", "document"} <= services

    label = chat_page.get_by_role("button", name="well sourced")
    label.click()
    expect(label).to_have_attribute("aria-pressed", "true")
