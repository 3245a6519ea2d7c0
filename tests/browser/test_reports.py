"""The page of one's own reports in front of the real client service: what, when, until when, the files."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD
from tests.fakes.client_service import ClientService, running_client_service
from tests.fakes.manager import Manager, running_manager
from tests.fakes.router_server import FakeRouter

pytestmark = pytest.mark.slow

UNREACHABLE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClientService]:
    with running_client_service(tmp_path_factory.mktemp("client-service")) as service:
        yield service


@pytest.fixture
def employee_url(service: ClientService) -> str:
    """The address of the service of employees' reports; another one has none, as nobody asked it."""
    return service.url


@pytest.fixture
def manager(
    transactional_db: None, router: FakeRouter, service: ClientService, employee_url: str
) -> Iterator[Manager]:
    """The manager in front of the real client service, with Minji who had nothing made yet."""
    from django_admin.accounts.models import User

    User.objects.create_superuser("minji", password=PASSWORD)
    # Another test's Minji may have had the same number.
    shutil.rmtree(service.settings.data_dir / "reports", ignore_errors=True)
    urls = {"client_urls": service.url, "employee_urls": employee_url}
    with running_manager(router.url, **urls) as manager:
        yield manager


def _make(service: ClientService, **asked: str) -> str:
    from django_admin.accounts.identity import identity_of
    from django_admin.accounts.models import User

    return service.make_report(identity_of(User.objects.get(username="minji")), **asked)


def _open(page: Page) -> None:
    page.goto("/reports/")
    page.wait_for_selector("body[data-ready]")


def _rows(page: Page) -> Locator:
    return page.locator(".report-row")


class TestOfOneService:
    """The employee service cannot be reached, and the page says so."""

    @pytest.fixture
    def employee_url(self) -> str:
        return UNREACHABLE

    @pytest.mark.parametrize("width", [1280, 390])
    def test_each_report_downloads_in_each_format_and_is_removed(
        self, page: Page, problems: list[str], service: ClientService, width: int, tmp_path: Path
    ) -> None:
        page.set_viewport_size({"width": width, "height": 900})
        _make(service, kind="receivables", format="pdf")
        if width < 760:
            page.click("#open-drawer")
        page.click(".account summary")
        page.get_by_role("link", name="Reports").click()
        page.wait_for_selector("body[data-ready]")

        expect(page.get_by_role("heading", level=1)).to_have_text("Reports")
        expect(page.locator("#count")).to_contain_text("Reports on employees cannot be reached")
        row = _rows(page).first
        expect(row.locator(".document-title")).to_have_text("Ageing of receivables")
        expect(row.locator(".facts")).to_contain_text(re.compile(r"Clients.*Made on .*Kept until "))
        expect(row.locator(".is-asked-for")).to_have_text("PDF")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for name, beginning, ending in (
            ("PDF", b"%PDF", ".pdf"),
            ("Excel", b"PK", ".xlsx"),
            ("HTML", b"<!doc", ".html"),
        ):
            with page.expect_download() as download:
                row.get_by_role("link", name=f"Download “Ageing of receivables” as {name}").click()
            download.value.save_as(tmp_path / name)
            assert download.value.suggested_filename.endswith(ending)
            assert (tmp_path / name).read_bytes().startswith(beginning)

        before = _rows(page).count()
        row.get_by_role("button", name="Remove Ageing of receivables").click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        expect(_rows(page)).to_have_count(before)
        row.get_by_role("button", name="Remove Ageing of receivables").click()
        page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        expect(_rows(page)).to_have_count(before - 1)

    def test_a_report_that_is_gone_says_so(
        self, page: Page, problems: list[str], service: ClientService
    ) -> None:
        gone = _make(service, kind="receivables", format="xlsx", language="ko")
        _open(page)
        with page.expect_response(lambda answer: gone in answer.url):
            page.evaluate(
                "async (id) => fetch(`/api/reports/client/${id}`, {method: 'DELETE', headers: "
                "{'X-CSRFToken': JSON.parse(document.getElementById('config').textContent).csrfToken}})",
                gone,
            )

        _rows(page).first.get_by_role("link", name="as HTML").click()

        expect(page.locator("#count .failure")).to_have_text(
            "This report does not exist any more: it was removed, or has expired."
        )
        page.get_by_role("button", name="Try again").click()
        expect(_rows(page)).to_have_count(0)
        assert [problem for problem in problems if "404" in problem]
        problems.clear()


def test_the_page_speaks_korean_and_is_turned(page: Page, service: ClientService) -> None:
    page.click(".account summary")
    page.click("button[name=language][value=ko]")
    page.wait_for_selector("html[lang=ko] body[data-ready]")
    _open(page)
    expect(page.locator("#count")).to_contain_text("보고서가 없습니다")

    # One service stands for two: each report is listed twice.
    for _ in range(11):
        _make(service, kind="receivables", format="html", language="ko")
    _open(page)

    expect(page.locator("#count")).to_have_text("보고서 22건")
    expect(_rows(page)).to_have_count(20)
    expect(_rows(page).first.locator(".document-title")).to_have_text(re.compile("[가-힣]+"))
    expect(_rows(page).first.locator(".facts")).to_contain_text("보관 기한")
    page.get_by_role("button", name="다음").click()
    expect(_rows(page)).to_have_count(2)
    expect(page.locator("[data-page]")).to_have_text("2 / 2")
