"""What the assistant remembers, as a person looks it up and has it forgotten."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD
from tests.fakes.manager import Manager, make_user, running_manager
from tests.fakes.remembering_router import RememberingRouter, running_remembering_router

if TYPE_CHECKING:
    from django_admin.accounts.models import User

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
    ),
]

BUSAN = "I look after the Busan branch."


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RememberingRouter]:
    with running_remembering_router(tmp_path_factory.mktemp("router")) as router:
        yield router


@pytest.fixture
def manager(transactional_db: None, memory: RememberingRouter) -> Iterator[Manager]:
    """The manager in front of the real router."""
    from django_admin.accounts.models import User

    User.objects.create_superuser("minji", password=PASSWORD)
    with running_manager(memory.url) as manager:
        yield manager


@pytest.fixture
def minji(manager: Manager) -> "User":
    from django_admin.accounts.models import User

    return User.objects.get(username="minji")


def _open(page: Page) -> Locator:
    if page.viewport_size and page.viewport_size["width"] < 760:
        page.click("#open-drawer")
    page.click(".account summary")
    page.click("#open-memories")
    dialog = page.locator("#memories-dialog")
    expect(dialog).to_be_visible()
    return dialog


@pytest.mark.parametrize("width", [1280, 390])
def test_one_thing_is_looked_up_and_forgotten(
    page: Page, memory: RememberingRouter, minji: "User", width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    memory.remember(make_user("bob"), "Bob's secret")
    kept = memory.remember(minji, BUSAN, created_at="2026-03-05T01:02:03+00:00")
    memory.remember(minji, "한국어로 답해 주세요.", kind="preference", name="language", language="ko")

    dialog = _open(page)
    rows = dialog.locator(".memory")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("한국어로 답해 주세요.")
    expect(rows.nth(0).locator(".memory-facts")).to_contain_text("Preferred language")
    expect(rows.nth(1)).to_contain_text(BUSAN)
    expect(rows.nth(1).locator(".memory-facts")).to_contain_text("Note")
    expect(rows.nth(1).locator("time")).to_have_text("Mar 5, 2026")
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    question = page.locator("#forget-dialog")
    rows.nth(0).get_by_role("button", name="Forget: 한국어로 답해 주세요.").click()
    expect(question).to_contain_text("한국어로 답해 주세요.")
    question.get_by_role("button", name="Cancel").click()
    expect(rows).to_have_count(2)
    rows.nth(0).get_by_role("button").click()
    question.get_by_role("button", name="Forget").click()

    expect(rows).to_have_count(1)
    expect(dialog.get_by_role("status")).to_have_text("Forgotten.")
    assert memory.remembered(minji) == [kept]


def test_by_keyboard_alone(page: Page, memory: RememberingRouter, minji: "User") -> None:
    for text in ("First", "Second"):
        memory.remember(minji, text)
    page.focus(".account summary")
    page.keyboard.press("Enter")
    page.focus("#open-memories")
    page.keyboard.press("Enter")
    dialog = page.locator("#memories-dialog")
    expect(dialog.locator(".memory")).to_have_count(2)

    last = dialog.get_by_role("button", name="Forget: First")
    last.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#forget-dialog .danger")).to_be_focused()
    page.keyboard.press("Enter")

    expect(dialog.get_by_role("button", name="Forget: Second")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator(".account summary")).to_be_focused()


def test_everything_is_forgotten_in_korean(page: Page, memory: RememberingRouter, minji: "User") -> None:
    for number in range(51):
        memory.remember(minji, f"{number}번 거래처를 담당합니다.", language="ko")
    page.click(".account summary")
    page.click("button[name=language][value=ko]")
    page.wait_for_selector("html[lang=ko] body[data-ready]")

    dialog = _open(page)
    expect(dialog.get_by_role("heading")).to_have_text("기억하는 내용")
    expect(dialog.locator(".memory")).to_have_count(50)
    dialog.get_by_role("button", name="더 보기").click()
    expect(dialog.locator(".memory")).to_have_count(51)
    dialog.get_by_role("button", name="모두 잊기").click()
    page.locator("#forget-all-dialog .danger").click()

    expect(dialog.get_by_role("status")).to_have_text("모두 잊었습니다(51개).")
    expect(dialog).to_contain_text("아직 기억하는 내용이 없습니다.")
    expect(dialog.get_by_role("button", name="모두 잊기")).to_be_hidden()
    assert memory.remembered(minji) == []


def test_what_is_new_is_there_when_it_is_opened_again(
    page: Page, memory: RememberingRouter, minji: "User"
) -> None:
    dialog = _open(page)
    expect(dialog).to_contain_text("Nothing is remembered yet.")
    dialog.get_by_role("button", name="Close").last.click()

    memory.remember(minji, BUSAN)

    expect(_open(page).locator(".memory-text")).to_have_text([BUSAN])


def test_a_failure_is_told_and_tried_again(
    page: Page, memory: RememberingRouter, minji: "User", problems: list[str]
) -> None:
    memory.remember(minji, BUSAN)
    answer = '{"error": {"code": "memories_unavailable", "message": "", "details": {}, "request_id": null}}'
    page.route(re.compile("/api/memories"), lambda route: route.fulfill(status=503, body=answer), times=1)

    dialog = _open(page)
    expect(dialog.get_by_role("alert")).to_contain_text("cannot be reached at the moment")
    expect(dialog.get_by_role("button", name="Forget everything")).to_be_hidden()
    dialog.get_by_role("button", name="Try again").click()

    expect(dialog.locator(".memory-text")).to_have_text([BUSAN])
    problems.clear()  # the browser itself told of the 503
