"""Documents as people add, find, read and remove them: the pages in front of the real document service."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD, sign_in
from tests.fakes.document_service import DocumentService, running_document_service
from tests.fakes.manager import Manager, running_manager
from tests.fakes.router_server import FakeRouter
from tests.fakes.turns import document_turn

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
    ),
]

FILES = Path(__file__).parents[1] / "data/documents/files"
KOREAN = FILES / "writer-korean.docx"
BROKEN = FILES / "truncated.pdf"
MANY_SECTIONS = "\n\n".join(
    f"# Chapter {number}\n\nThe lighthouse of island {number} was painted in {1800 + number}. "
    + "Its keeper wrote down the weather every evening, and what ships went by. " * 6
    for number in range(40)
)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[DocumentService]:
    with running_document_service(tmp_path) as service:
        yield service


@pytest.fixture
def manager(transactional_db: None, router: FakeRouter, service: DocumentService) -> Iterator[Manager]:
    """The manager in front of the real document service."""
    from django.contrib.auth.models import Group

    from django_admin.accounts.models import User

    User.objects.create_superuser("minji", password=PASSWORD)
    Group.objects.get_or_create(name="finance")
    with running_manager(router.url, document_urls=service.url) as manager:
        yield manager


def _open(page: Page) -> None:
    page.goto("/documents/")
    page.wait_for_selector("body[data-ready]")


def _add(page: Page, *files: Path | tuple[str, str]) -> Locator:
    """Add files, wait until they are indexed, and return their job."""
    before = page.locator(".job").count()
    payloads: list[Any] = [
        {
            "name": entry.name if isinstance(entry, Path) else entry[0],
            "mimeType": "application/octet-stream",
            "buffer": entry.read_bytes() if isinstance(entry, Path) else entry[1].encode(),
        }
        for entry in files
    ]
    page.set_input_files("#files", payloads)
    expect(page.locator("#chosen li")).to_have_count(len(files))
    page.click("#send")
    expect(page.locator(".job")).to_have_count(before + 1)
    job = page.locator(".job").first
    expect(job.locator("progress")).to_have_count(0, timeout=60_000)
    return job


def _rows(page: Page) -> Locator:
    return page.locator(".document-row")


def _document_id(page: Page, title: str) -> str:
    address = page.get_by_role("link", name=title).first.get_attribute("href")
    assert address
    return address.rpartition("/")[2]


@pytest.mark.parametrize("width", [1280, 390])
def test_files_are_added_and_each_is_told_of(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    if width < 760:
        page.click("#open-drawer")
    page.click(".account summary")
    page.get_by_role("link", name="Documents").click()
    page.wait_for_selector("body[data-ready]")
    expect(page.locator("#count")).to_have_text("There are no documents that you may read.")
    expect(page.locator("#send")).to_be_disabled()

    job = _add(page, ("parking.txt", "Visitors park on level two."), BROKEN, KOREAN)

    expect(job.locator(".state")).to_have_text("done, 1 failed")
    files = job.locator(".job-files li")
    expect(files).to_have_count(3)
    expect(files.nth(0)).to_contain_text("parking.txt")
    expect(files.nth(0).locator(".file-state")).to_have_text("added")
    expect(files.nth(1).locator(".file-state")).to_have_text("failed")
    expect(files.nth(1).locator(".file-reason")).to_have_text("It is damaged, or is not what its name says.")
    expect(files.nth(2).locator(".file-state")).to_have_text("added")
    expect(_rows(page)).to_have_count(2)
    expect(page.locator("#chosen")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    again = _add(page, ("parking.txt", "Visitors park on level three."), KOREAN)
    expect(again.locator(".file-state")).to_have_text(["new version", "was there already"])
    expect(_rows(page)).to_have_count(2)


def test_the_page_speaks_korean(page: Page) -> None:
    page.click(".account summary")
    page.click("button[name=language][value=ko]")
    page.wait_for_selector("html[lang=ko] body[data-ready]")
    _open(page)

    job = _add(page, BROKEN, KOREAN)

    expect(page.get_by_role("heading", level=1)).to_have_text("문서")
    expect(job.locator(".file-state")).to_have_text(["실패", "추가됨"])
    expect(job.locator(".file-reason")).to_have_text("파일이 손상되었거나 이름과 다른 형식입니다.")
    expect(page.locator("#count")).to_have_text("문서 1건")
    _rows(page).get_by_role("link").click()
    expect(page.locator("article")).to_contain_text(re.compile("[가-힣]{2}"))


def test_a_job_is_followed_and_cancelled(page: Page) -> None:
    _open(page)
    files = [
        {
            "name": f"volume-{number}.md",
            "mimeType": "text/markdown",
            "buffer": MANY_SECTIONS.replace("island", f"island {number}-").encode(),
        }
        for number in range(30)
    ]
    page.set_input_files("#files", files)  # type: ignore[arg-type]
    page.click("#send")

    job = page.locator(".job").first
    expect(job.locator("progress")).to_be_visible()
    expect(job.locator(".file-state").get_by_text("added").first).to_be_visible(timeout=60_000)
    job.get_by_role("button", name="Cancel").click()

    expect(job.locator(".state")).to_have_text("cancelled", timeout=60_000)
    expect(job.locator(".file-state").get_by_text("cancelled").first).to_be_visible()
    added = job.locator(".file-state").get_by_text("added").count()
    expect(page.locator("#count")).to_have_text(re.compile(rf"^{added} documents?$"))


def test_documents_are_found_and_removed(page: Page) -> None:
    _open(page)
    _add(page, ("parking.txt", "Visitors park on level two."), ("lunch.md", "# Lunch\n\nAt noon."), KOREAN)

    page.fill("[name=search]", "lunch")
    expect(_rows(page)).to_have_count(1)
    page.fill("[name=search]", "")
    page.select_option("[name=language]", "ko")
    expect(_rows(page)).to_have_count(1)
    expect(_rows(page)).to_contain_text(KOREAN.name)
    page.select_option("[name=language]", "")
    page.select_option("[name=format]", label="TXT")
    expect(_rows(page)).to_have_count(1)
    expect(_rows(page)).to_contain_text("parking")

    question = page.locator("#remove-dialog")
    _rows(page).get_by_role("button").click()
    expect(question).to_contain_text("parking")
    question.get_by_role("button", name="Cancel").click()
    expect(_rows(page)).to_have_count(1)
    _rows(page).get_by_role("button").click()
    question.get_by_role("button", name="Remove").click()
    expect(page.locator("#count")).to_have_text("Nothing found")
    page.select_option("[name=format]", "")
    expect(page.locator("#count")).to_have_text("2 documents")


def test_who_may_not_add_or_read_sees_neither(page: Page, context: "BrowserContext") -> None:
    from django_admin.accounts.models import User

    User.objects.create_user("bob", password=PASSWORD)
    _open(page)
    page.check("[name=groups][value=finance]")
    expect(page.locator("[name=groups][value=everyone]")).not_to_be_checked()
    _add(page, ("budget.txt", "The budget is secret."))
    page.check("[name=groups][value=everyone]")
    expect(page.locator("[name=groups][value=finance]")).not_to_be_checked()
    _add(page, ("parking.txt", "Visitors park on level two."))
    secret = _document_id(page, "budget")

    context.clear_cookies()
    sign_in(page, "bob")
    _open(page)
    expect(_rows(page)).to_have_count(1)
    expect(_rows(page)).to_contain_text("parking")
    expect(page.locator("#add")).to_be_hidden()
    expect(page.locator("#jobs")).to_be_hidden()
    expect(_rows(page).get_by_role("button")).to_have_count(0)
    assert page.request.get(f"/documents/{secret}").status == 404
    assert page.request.get(f"/documents/{secret}/file").status == 404


def test_a_citation_opens_the_document_at_the_passage(
    page: Page, context: "BrowserContext", router: FakeRouter
) -> None:
    _open(page)
    hostile = "\n\n<script>document.title = 'owned'</script><img src=x onerror=\"document.title='owned'\">"
    _add(page, ("lighthouses.md", MANY_SECTIONS + hostile))
    document_id = _document_id(page, "lighthouses.md")
    passages = page.request.get(f"/api/documents/{document_id}").json()["passages"]
    cited = next(passage for passage in passages if "island 33 " in passage["text"])
    turn = json.loads(
        json.dumps(document_turn()).replace(json.dumps("travel-policy"), json.dumps(document_id))
    )
    for event in turn:
        for citation in [event, *event.get("citations", [])]:
            if citation.get("document_id") == document_id:
                quote = "The lighthouse of island 33 was painted in 1833."
                citation.update(passage=cited["index"], section=cited["section"], quote=quote)
    router.script(*turn)
    page.goto("/")
    page.wait_for_selector("body[data-ready]")
    page.fill("#question", "When was it painted?")
    page.press("#question", "Enter")

    with context.expect_page() as opened:
        page.locator("a.source").click()
    viewer = opened.value
    mark = viewer.locator(".is-cited")
    expect(mark).to_contain_text("island 33")
    expect(mark).to_be_in_viewport()
    expect(mark.locator("mark")).to_have_text("The lighthouse of island 33 was painted in 1833")
    assert "owned" not in viewer.title()
    with viewer.expect_download() as download:
        viewer.get_by_role("link", name="Original file").click()
    assert download.value.suggested_filename == "lighthouses.md"


def test_a_service_that_is_away_is_told_and_tried_again(page: Page, problems: list[str]) -> None:
    answer = '{"error": {"code": "document_unavailable", "message": "", "details": {}, "request_id": null}}'
    page.route(re.compile("/api/documents"), lambda route: route.fulfill(status=503, body=answer), times=2)

    _open(page)
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached at the moment")
    page.get_by_role("button", name="Try again").click()

    expect(page.locator("#count")).to_have_text("There are no documents that you may read.")
    problems.clear()  # the browser itself told of the 503s


def test_what_is_too_large_is_not_sent(page: Page) -> None:
    _open(page)
    page.evaluate(
        """() => {
            const files = new DataTransfer();
            const big = new File(["x"], "big.pdf");
            Object.defineProperty(big, "size", { value: 51 * 1024 * 1024 });
            files.items.add(new File(["small"], "small.txt"));
            const drop = new DragEvent("drop", { cancelable: true });
            Object.defineProperty(drop, "dataTransfer", { value: { files: [big, ...files.files] } });
            document.getElementById("drop").dispatchEvent(drop);
        }"""
    )

    expect(page.locator("#chosen .is-refused")).to_contain_text("larger than 50 MB")
    expect(page.locator("#send")).to_have_text("Add 1 document")
    page.get_by_role("button", name="Leave out big.pdf").click()
    expect(page.locator("#chosen li")).to_have_count(1)
