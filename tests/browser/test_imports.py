"""Company data as people import it: the page in front of the real employee and client services."""

import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest
from openpyxl import Workbook
from playwright.sync_api import Page, expect
from pydantic import SecretStr

from narutalk.identity import Issuer, build_signer
from tests.browser.conftest import PASSWORD, sign_in
from tests.fakes.importing_services import ADMINISTRATOR, ImportingServices, running_importing_services
from tests.fakes.manager import Manager, running_manager
from tests.fakes.router_server import FakeRouter
from tests.postgres import make_database

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.slow

EMPLOYEES = (
    "Employee ID,Name,Korean name,Department,Region,Position,Hire date,Email,Shoe size\n"
    "E0001,Gildong Hong,홍길동,Sales,Seoul,director,2020-01-02,h@x.example,270\n"
    "E0002,Minsu Kim,김민수,Sales,Seoul,associate,2021-03-04,k@x.example,265\n"
)
KOREAN_EMPLOYEES = (
    "사번,성명,영문이름,부서,지역,직급,입사일,이메일\n"
    "E0003,이영희,Younghee Lee,영업부,서울,과장,2019년 5월 6일,y@x.example\n"
)
WRONG = EMPLOYEES.replace("associate,2021-03-04", "king,soon") + (
    "E0004,Jia Lim,임지아,Sales,Atlantis,associate,2020-01-02,j@x.example,240\n"
    "E0001,Gildong Hong,홍길동,Sales,Seoul,director,2020-01-02,h2@x.example,270\n"
)


@pytest.fixture
def databases() -> dict[str, SecretStr]:
    """The addresses of the services' databases; none are SQLite files."""
    return {}


@pytest.fixture
def services(tmp_path: Path, databases: dict[str, SecretStr]) -> Iterator[ImportingServices]:
    with running_importing_services(tmp_path / "company", **databases) as services:
        yield services


@pytest.fixture
def manager(transactional_db: None, router: FakeRouter, services: ImportingServices) -> Iterator[Manager]:
    from django_admin.accounts.models import User

    User.objects.create_superuser("minji", password=PASSWORD)
    User.objects.create_user("ann", password=PASSWORD)
    urls = {"employee_urls": services.employee_url, "client_urls": services.client_url}
    with running_manager(router.url, **urls) as manager:
        yield manager


def _names(services: ImportingServices) -> set[str]:
    """Return who is known to the employee service, asked over REST."""
    token = build_signer(services.settings, Issuer.MANAGER).sign(ADMINISTRATOR)
    answer = httpx.get(
        f"{services.employee_url}/employees",
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
        trust_env=False,
    )
    return {person["name_en"] for person in answer.json()["employees"]}


def _open(page: Page) -> None:
    page.goto("/import/")
    page.wait_for_selector("body[data-ready]")


def _check(page: Page, kind: str, name: str, text: str | bytes) -> None:
    page.locator(f".pill:has(input[value={kind}])").click()
    content = text if isinstance(text, bytes) else text.encode()
    page.set_input_files("#file", {"name": name, "mimeType": "text/csv", "buffer": content})
    page.click("#check")
    expect(page.locator("#outcome")).to_be_visible()


def _count(page: Page, name: str) -> str:
    return page.locator(f".is-{name} dd").inner_text()


def test_a_wrong_file_changes_nothing_and_a_right_one_is_imported(
    page: Page, services: ImportingServices
) -> None:
    _open(page)
    _check(page, "employees", "wrong.csv", WRONG)
    expect(page.locator("#verdict")).to_contain_text("Nothing was imported: 4 problems in 4 rows")
    rows = page.locator("#problem-rows tr")
    expect(rows).to_have_count(4)
    expect(rows.filter(has_text="Atlantis")).to_contain_text("No such region. Known: Seoul")
    expect(rows.filter(has_text="soon").locator("td").first).to_have_text("3")
    expect(rows.last).to_contain_text("The same key as in row 2")
    expect(page.locator("#import")).to_be_hidden()
    with page.expect_download() as downloading:
        page.click("#download")
    downloaded = Path(downloading.value.path()).read_text(encoding="utf-8-sig")
    assert downloaded.count("\n") == 5
    assert "Atlantis" in downloaded
    assert _names(services) == set()

    page.click("#start-over")
    _check(page, "employees", "people.csv", EMPLOYEES)
    expect(page.locator("#verdict")).to_contain_text("All 2 rows are right. Nothing was changed so far.")
    assert (_count(page, "inserted"), _count(page, "unchanged")) == ("2", "0")
    expect(page.locator("#columns summary")).to_have_text("Columns: 8 recognised, 1 not imported")
    assert _names(services) == set()

    page.reload()  # the check is still there
    page.wait_for_selector("body[data-ready]")
    expect(page.locator("#job-title")).to_have_text("people.csv")
    page.click("#import")
    page.click("#import-dialog button[value=ok]")
    expect(page.locator("#verdict")).to_contain_text("Imported: 2 of 2 rows were written.")
    assert _names(services) == {"Gildong Hong", "Minsu Kim"}
    past = page.locator("#history-rows tr")
    expect(past).to_have_count(1)
    expect(past).to_contain_text("minji")
    expect(past).to_contain_text("people.csv")

    page.click("#start-over")
    _check(page, "employees", "people.csv", EMPLOYEES)
    expect(page.locator("#verdict")).to_contain_text("There is nothing to import")
    assert _count(page, "unchanged") == "2"


def test_in_korean(page: Page, services: ImportingServices) -> None:
    _open(page)
    page.click("button[lang=ko]")
    page.wait_for_selector("body[data-ready]")
    expect(page.locator("h1")).to_have_text("자료 가져오기")
    wrong = KOREAN_EMPLOYEES.replace("서울", "아틀란티스")
    _check(page, "employees", "직원.csv", wrong.encode("cp949"))
    expect(page.locator("#verdict")).to_contain_text("가져오지 않았습니다: 1행에 문제 1건이 있습니다.")
    expect(page.locator("#problem-rows")).to_contain_text("그런 지역이 없습니다")
    page.click("#start-over")
    _check(page, "employees", "직원.csv", KOREAN_EMPLOYEES.encode("cp949"))
    page.click("#import")
    page.click("#import-dialog button[value=ok]")
    expect(page.locator("#verdict")).to_contain_text("가져왔습니다: 1행 중 1행을 반영했습니다.")
    assert _names(services) == {"Younghee Lee"}


def test_columns_are_corrected_by_hand(page: Page, services: ImportingServices) -> None:
    _open(page)
    text = (
        "Staff,Full name,Department,Position,Joined,Email\n"
        "E0009,Sora Park,Sales,associate,12/31/2020,s@x.example\n"
    )
    _check(page, "employees", "staff.csv", text)
    expect(page.locator("#verdict")).to_contain_text(
        "The file has no column for: id (Employee), region (Region)"
    )
    page.select_option("[data-column=Staff]", "email")
    expect(page.locator("#columns-hint")).to_contain_text("Two columns are imported as “E-mail”")
    expect(page.locator("#columns button")).to_be_disabled()
    page.select_option("[data-column=Staff]", "id")
    page.fill("#missing input[name=region]", "Busan")
    page.select_option("[name=date_order]", "mdy")
    page.click("#columns button")
    expect(page.locator("#problem-rows")).to_contain_text("Busan")
    page.check("[name=create_places]")
    page.click("#columns button")
    expect(page.locator("#created")).to_contain_text("Busan")
    page.click("#import")
    page.click("#import-dialog button[value=ok]")
    expect(page.locator("#verdict")).to_contain_text("Imported: 1 of 1 rows")
    assert _names(services) == {"Sora Park"}


def _workbook(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


class TestSpreadsheetsOnPostgres:
    """What Excel writes, into PostgreSQL: wrong, mended, imported, and imported again."""

    @pytest.fixture
    def databases(self, postgres_server: str) -> dict[str, SecretStr]:
        """A database of each test's own, as each has a company of its own."""
        url = SecretStr(make_database(postgres_server, f"imports_{uuid4().hex}"))
        names = ("employee_database_url", "client_database_url", "transaction_database_url")
        return dict.fromkeys(names, url)

    def test_a_workbook_is_checked_and_imported(self, page: Page, services: ImportingServices) -> None:
        header = ("사번", "성명", "영문이름", "부서", "지역", "직급", "입사일", "이메일")
        row = ("E0003", "이영희", "Younghee Lee", "영업부", "서울", "과장", date(2019, 5, 6), "y@x.example")
        _open(page)
        _check(page, "employees", "wrong.xlsx", _workbook(header, (*row[:4], "아틀란티스", *row[5:])))
        expect(page.locator("#problem-rows")).to_contain_text("No such region. Known: Seoul")
        expect(page.locator("#encoding")).to_be_hidden()  # a workbook says what it is in
        page.click("#start-over")
        _check(page, "employees", "people.xlsx", _workbook(header, row))
        page.click("#import")
        page.click("#import-dialog button[value=ok]")
        expect(page.locator("#verdict")).to_contain_text("Imported: 1 of 1 rows")
        assert _names(services) == {"Younghee Lee"}

        page.click("#start-over")
        _check(page, "employees", "people.xlsx", _workbook(header, row))
        expect(page.locator("#verdict")).to_contain_text("There is nothing to import")
        page.click("#start-over")
        products = _workbook(("Code", "Name", "Category", "List price"), ("P1", "Pen", "Office", 1000.5))
        _check(page, "products", "products.xlsx", products)
        expect(page.locator("#problem-rows")).to_contain_text("Finer than the currency's smallest unit.")

    @pytest.mark.parametrize(
        ("name", "content", "verdict"),
        [
            ("broken.xlsx", b"PK\x03\x04 and no more", "cannot be read"),
            ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Neither CSV nor XLSX"),
            ("empty.xlsx", _workbook(), "The file is empty."),
            (
                "header.xlsx",
                _workbook(("Code", "Name", "Category", "List price")),
                "no rows below its header",
            ),
        ],
    )
    def test_a_bad_workbook_says_what_is_wrong(
        self, page: Page, name: str, content: bytes, verdict: str
    ) -> None:
        _open(page)
        _check(page, "products", name, content)
        expect(page.locator("#verdict")).to_contain_text(verdict)
        expect(page.locator("#import")).to_be_hidden()


def test_words_that_were_not_understood_are_explained(page: Page, services: ImportingServices) -> None:
    _open(page)
    _check(
        page, "employees", "people.csv", EMPLOYEES.replace("director", "Head honcho").replace("Seoul", "SE")
    )
    words = page.locator("#words label")
    expect(words).to_have_text(
        [re.compile("“Head honcho” in Position means"), re.compile("“SE” in Region means")]
    )
    words.filter(has_text="honcho").locator("select").select_option("director")
    words.filter(has_text="SE").locator("input").fill("Seoul")
    page.click("#columns button")
    expect(page.locator("#verdict")).to_contain_text("All 2 rows are right.")

    page.reload()  # what was explained is still there, and can be taken back
    page.wait_for_selector("body[data-ready]")
    page.click("#columns summary")
    expect(words.filter(has_text="honcho").locator("select")).to_have_value("director")
    words.filter(has_text="honcho").locator("select").select_option("")
    page.click("#columns button")
    expect(page.locator("#problem-rows")).to_contain_text("Head honcho")


def test_an_encoding_is_chosen_by_hand(page: Page, services: ImportingServices) -> None:
    _open(page)
    korean = KOREAN_EMPLOYEES.encode("cp949")
    _check(page, "employees", "people.csv", korean)
    page.locator("#columns details").evaluate("details => { details.open = true; }")
    page.select_option("[name=encoding]", "utf-8")
    page.click("#columns button")
    expect(page.locator("#verdict")).to_contain_text("The file's encoding is not recognised")
    expect(page.locator("#mapping")).to_be_hidden()
    page.select_option("[name=encoding]", "cp949")
    page.click("#columns button")
    expect(page.locator("#verdict")).to_contain_text("All 1 rows are right.")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    expect(page.locator("[name=encoding]")).to_have_value("cp949")


def test_a_checked_file_is_discarded(page: Page, services: ImportingServices) -> None:
    _open(page)
    _check(page, "employees", "people.csv", EMPLOYEES)
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.locator("#import")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(page.locator("#choose")).to_be_visible()
    expect(page.locator("#files li")).to_have_count(0)
    expect(page.locator("#status")).to_have_text("“people.csv” is discarded. Nothing was imported.")
    assert page.url.endswith("/import/")
    assert _names(services) == set()


def test_who_may_not_import_finds_no_page(page: Page, context: "BrowserContext", problems: list[str]) -> None:
    page.click(".account summary")
    expect(page.get_by_role("link", name="Import data")).to_be_visible()
    context.clear_cookies()
    sign_in(page, "ann")
    page.click(".account summary")
    expect(page.get_by_role("link", name="Documents")).to_be_visible()
    expect(page.get_by_role("link", name="Import data")).to_have_count(0)
    answer = page.goto("/import/")
    assert answer is not None
    assert answer.status == 403
    problems.clear()  # the browser notes the refusal
