"""Reports over the manager's API, in front of the real client service."""

from collections.abc import Iterator
from io import BytesIO
from urllib.parse import unquote

import httpx
import pytest
from pypdf import PdfReader
from pytest_django.plugin import DjangoDbBlocker

from django_admin.accounts.identity import identity_of
from django_admin.accounts.key_actions import do_create_key
from django_admin.accounts.models import User
from django_admin.accounts.scopes import Scope
from tests.fakes.client_service import ClientService, running_client_service
from tests.fakes.manager import Manager, make_user, running_manager
from tests.fakes.router_server import FakeRouter
from tests.unit.django_admin.streams import error_code

pytestmark = pytest.mark.slow

UNREACHABLE = "http://127.0.0.1:9"
NO_ID = f"r{'0' * 32}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClientService]:
    with running_client_service(tmp_path_factory.mktemp("client-service")) as running:
        yield running


@pytest.fixture(scope="module")
def _reporting(
    _router: FakeRouter, service: ClientService, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Manager]:
    urls = {"client_urls": service.url, "employee_urls": UNREACHABLE}
    with django_db_blocker.unblock(), running_manager(_router.url, **urls) as manager:
        yield manager


@pytest.fixture
def reporting(transactional_db: None, _reporting: Manager) -> Manager:
    return _reporting


def test_a_person_downloads_and_deletes_their_own(reporting: Manager, service: ClientService) -> None:
    lena, otto = make_user("lena"), make_user("otto")
    asked = {"kind": "receivables", "format": "pdf", "language": "ko"}
    report_id = service.make_report(identity_of(lena), **asked)
    path = f"/api/reports/client/{report_id}"

    with reporting.client(otto) as ottos:
        assert error_code(ottos.get(path)) == "report_not_found"
        assert error_code(ottos.delete(path)) == "report_not_found"
        assert ottos.get("/api/reports/client").json()["total"] == 0
    with reporting.client(lena) as lenas:
        [listed] = lenas.get("/api/reports/client").json()["reports"]
        file = lenas.get(path)
        deleted = lenas.delete(path)
        gone = lenas.get(path)

    assert listed["id"] == report_id
    assert file.headers["content-type"] == "application/pdf"
    disposition = file.headers["content-disposition"]
    assert disposition.startswith("attachment")
    assert listed["file_name"] in unquote(disposition)
    assert "sandbox" in file.headers["content-security-policy"]
    assert "lena" in PdfReader(BytesIO(file.content)).pages[0].extract_text()
    assert (deleted.status_code, error_code(gone)) == (204, "report_not_found")


def test_a_report_downloads_in_each_format(reporting: Manager, service: ClientService) -> None:
    lea = make_user("lea")
    path = f"/api/reports/client/{service.make_report(identity_of(lea), kind='receivables', language='ko')}"

    with reporting.client(lea) as client:
        pdf, html, xlsx = (client.get(path, params={"format": name}) for name in ("pdf", "html", "xlsx"))
        refused = client.get(path, params={"format": "docx"})

    for file, beginning, ending in (
        (pdf, b"%PDF", ".pdf"),
        (html, b"<!doctype", ".html"),
        (xlsx, b"PK", ".xlsx"),
    ):
        assert file.content.startswith(beginning)
        assert unquote(file.headers["content-disposition"]).endswith(ending)
    assert "font-src data:" in html.headers["content-security-policy"]
    assert error_code(refused) == "invalid_input"


def test_reports_of_all_services_are_one_list(
    transactional_db: None, router: FakeRouter, service: ClientService
) -> None:
    rosa = make_user("rosa")
    made = [service.make_report(identity_of(rosa), kind="receivables", format="xlsx") for _ in range(3)]

    # One service stands for two, so that each report is listed twice.
    urls = {"client_urls": service.url, "employee_urls": service.url}
    with running_manager(router.url, **urls) as manager, manager.client(rosa) as client:
        first = client.get("/api/reports", params={"limit": 4}).json()
        last = client.get("/api/reports", params={"limit": 4, "offset": first["next_offset"]}).json()
        beyond = client.get("/api/reports", params={"offset": 60}).json()

    shown = [(report["id"], report["service"]) for page in (first, last) for report in page["reports"]]
    assert sorted(shown) == sorted((name, of) for name in made for of in ("client", "employee"))
    assert [report["made_at"] for report in first["reports"]] == sorted(
        (report["made_at"] for report in first["reports"]), reverse=True
    )
    assert (first["total"], first["unavailable"], last["next_offset"]) == (6, [], None)
    assert (beyond["reports"], beyond["next_offset"]) == ([], None)


def test_a_service_that_does_not_answer_is_named(reporting: Manager, service: ClientService) -> None:
    vera = make_user("vera")
    made = service.make_report(identity_of(vera), kind="receivables", format="xlsx")

    with reporting.client(vera) as client:
        listed = client.get("/api/reports").json()

    assert [report["id"] for report in listed["reports"]] == [made]
    assert listed["unavailable"] == ["employee"]


def test_no_service_that_answers_is_an_error(transactional_db: None, router: FakeRouter) -> None:
    urls = {"client_urls": UNREACHABLE, "employee_urls": UNREACHABLE}
    with running_manager(router.url, **urls) as manager, manager.client(make_user("wim")) as client:
        answer = client.get("/api/reports")

    assert (answer.status_code, error_code(answer)) == (503, "reports_unavailable")


def test_nobody_gets_in_without_a_login(reporting: Manager) -> None:
    with httpx.Client(base_url=reporting.url) as stranger:
        assert stranger.get(f"/api/reports/client/{NO_ID}").status_code == 401
        assert stranger.get("/api/reports").status_code == 401


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"/api/reports/client/{NO_ID}", 404, "report_not_found"),
        ("/api/reports/client/..%2Fclients", 404, None),
        (f"/api/reports/document/{NO_ID}", 422, "invalid_input"),
        ("/api/reports/client?limit=0", 422, "invalid_input"),
        (f"/api/reports/employee/{NO_ID}", 503, "reports_unavailable"),
        ("/api/reports/employee", 503, "reports_unavailable"),
    ],
)
def test_what_is_not_there_says_so(reporting: Manager, path: str, status: int, code: str | None) -> None:
    with reporting.client(make_user("mona")) as client:
        answer = client.get(path)

    assert answer.status_code == status, answer.text
    assert code in (None, error_code(answer))


def _with_key(manager: Manager, user: User, scope: Scope) -> httpx.Client:
    text = do_create_key(user, name=scope.value, scopes=[scope], days=1).text
    return httpx.Client(base_url=manager.url, headers={"Authorization": f"Bearer {text}"})


def test_a_key_needs_the_scope(reporting: Manager, service: ClientService) -> None:
    nils = make_user("nils")
    path = f"/api/reports/client/{service.make_report(identity_of(nils), kind='receivables')}"

    with _with_key(reporting, nils, Scope.REPORTS_READ) as reader:
        assert reader.get(path).status_code == 200
        assert reader.get("/api/reports").status_code == 200
        assert error_code(reader.delete(path)) == "scope_missing"
    with _with_key(reporting, nils, Scope.DOCUMENTS_READ) as other:
        assert error_code(other.get(path)) == "scope_missing"
        assert error_code(other.get("/api/reports")) == "scope_missing"
    with _with_key(reporting, nils, Scope.REPORTS_WRITE) as writer:
        assert writer.delete(path).status_code == 204
